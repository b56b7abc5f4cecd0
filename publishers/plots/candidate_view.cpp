#include "publishers/plots/candidate_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/snr_code.hpp"
#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

constexpr std::size_t side = ClassifierPatch::side;
constexpr std::size_t middle = side / 2;  // cell of the pulse's middle, row of its DM

// Planes of a patch, decoded; see ClassifierPatch.
float waterfall_value(std::int8_t code) {
  return static_cast<float>(code) / 20.0F;
}
float dm_time_value(std::int8_t code) {
  return 3.0F * std::sinh(static_cast<float>(code) / 24.0F);
}

Image image_of(const ClassifierPatch& patch, std::size_t plane, float (*value)(std::int8_t)) {
  Image image{side, side, {}};
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t cell = 0; cell < side; ++cell) {
      image.values.push_back(value(patch.at(plane, row, cell)));
    }
  }
  return image;
}

// Bands in which nothing is good are 0 throughout.
std::vector<double> profile_of(const Image& waterfall) {
  std::vector<double> profile(waterfall.columns, 0.0);
  std::size_t bands = 0;
  for (std::size_t row = 0; row < waterfall.rows; ++row) {
    const auto begin = waterfall.values.begin() + static_cast<std::ptrdiff_t>(row * side);
    if (std::all_of(begin, begin + side, [](float value) { return value == 0.0F; })) continue;
    ++bands;
    for (std::size_t i = 0; i < profile.size(); ++i) {
      profile[i] += static_cast<double>(*(begin + static_cast<std::ptrdiff_t>(i)));
    }
  }
  for (double& value : profile)
    value /= std::sqrt(static_cast<double>(std::max<std::size_t>(bands, 1)));
  return profile;
}

// The best box of `cells` that holds the pulse's middle or begins there, row by row.
std::vector<double> best_boxes(const Image& dm_time, std::size_t cells) {
  std::vector<double> best;
  for (std::size_t row = 0; row < dm_time.rows; ++row) {
    double most = -1e9;
    for (std::size_t first = middle - cells; first <= middle; ++first) {
      double sum = 0.0;
      for (std::size_t i = first; i < first + cells; ++i) {
        sum += static_cast<double>(dm_time.values[row * dm_time.columns + i]);
      }
      most = std::max(most, sum);
    }
    best.push_back(most / std::sqrt(static_cast<double>(cells)));
  }
  return best;
}

Image image_of(const DetectorTile& tile) {
  Image image{tile_grid::rows, tile_grid::pixels, {}};
  for (std::size_t row = 0; row < image.rows; ++row) {
    for (std::size_t pixel = 0; pixel < image.columns; ++pixel) {
      const std::uint8_t code = std::max(tile.at(DetectorTile::narrow, row, pixel),
                                         tile.at(DetectorTile::wide, row, pixel));
      image.values.push_back(static_cast<float>(SnrCode::snr(code)));
    }
  }
  return image;
}

std::string with_error(double value, const std::optional<double>& error, const char* unit) {
  return error ? fmt::format("{:.2f} +- {:.2f} {}", value, *error, unit)
               : fmt::format("{:.2f} {}", value, unit);
}

std::vector<std::string> facts_of(const Event& event) {
  const EventClassifier& judged = event.classifier;
  std::vector<std::string> facts{
      fmt::format("S/N {:.2f}, width {:.3f} ms ({} samples)", event.signal.snr,
                  event.signal.width_ms, event.signal.width_samples),
      "DM " + with_error(event.dm.value_pc_cm3, event.dm.unc_pc_cm3, "pc cm#u-3#d"),
      fmt::format("{} at {:.1f} MHz", format_iso8601(event.time.toa), event.time.toa_ref_freq_mhz),
      fmt::format("{:.6f} s after the beginning", event.time.toa_s)};
  if (judged.probability) {
    facts.push_back(fmt::format("{}: probability {:.3f}, detector {:.3f}, classifier {:.3f}",
                                judged.label, *judged.probability,
                                judged.detector_score.value_or(0.0),
                                judged.classifier_score.value_or(0.0)));
  } else {
    facts.push_back(judged.label);
  }
  if (event.quality.gap_within_event || event.quality.frac_masked > 0.0) {
    facts.push_back(fmt::format("{:.1f} % missing, {:.1f} % masked",
                                100.0 * event.quality.frac_missing,
                                100.0 * event.quality.frac_masked));
  }
  return facts;
}

}  // namespace

CandidatePage page_of(const Event& event, const Look& look, const Observation& observation) {
  const double sample_s = observation.time.sample_time.value();
  const BandDelays delays{observation.frequency, observation.time.sample_time};
  const auto dm_of = [&](double sweep) { return delays.dm(sweep).value(); };
  const PatchPlace& place = look.patch_place;

  CandidatePage page;
  page.title = event.event_id;
  page.facts = facts_of(event);
  const std::uint32_t cell = std::max<std::uint32_t>(1, place.width / 4);
  const double half_ms = static_cast<double>(middle) * cell * sample_s * 1e3;
  page.time_ms = {-half_ms, half_ms};
  page.waterfall = image_of(look.patch, 0, waterfall_value);
  page.profile = profile_of(page.waterfall);
  page.band_mhz = {event.signal.freq_lo_mhz.value_or(0.0), event.signal.freq_hi_mhz.value_or(1.0)};

  page.dm_time = image_of(look.patch, 1, dm_time_value);
  const double row = 0.25 * place.width;  // of sweep [samples]
  page.dm_pc_cm3 = {dm_of(place.sweep - (static_cast<double>(middle) + 0.5) * row),
                    dm_of(place.sweep + (static_cast<double>(middle) - 0.5) * row)};
  page.dm_curve = best_boxes(page.dm_time, std::max<std::size_t>(1, place.width / cell));

  const TilePlace& tile = look.tile_place;
  const auto at = [&](double pixel) {
    return (tile_grid::middle_of(tile, pixel) - place.middle) * sample_s;
  };
  page.far_dm_time = image_of(*look.tile);
  page.far_time_s = {at(0.0), at(tile_grid::pixels)};
  page.far_dm_pc_cm3 = {dm_of(tile_grid::sweep_of(tile, -0.5)),
                        dm_of(tile_grid::sweep_of(tile, tile_grid::rows - 0.5))};
  page.dm = dm_of(place.sweep);
  return page;
}

}  // namespace draftstream
