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
#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/detector_tile.hpp"
#include "engine/infer/snr_code.hpp"
#include "engine/infer/tile_grid.hpp"
#include "ingest/errors.hpp"
#include "ingest/time_axis.hpp"
#include "publishers/plots/told_numbers.hpp"

namespace draftstream {
namespace {

constexpr std::size_t side = ClassifierPatch::side;
constexpr std::size_t middle = side / 2;  // cell of the pulse's middle, row of its DM

// Planes of a patch, decoded; see ClassifierPatch.
float waterfall_value(std::byte code) {
  return static_cast<float>(static_cast<std::int8_t>(code)) / 20.0F;
}
float dm_time_value(std::byte code) {
  return 3.0F * std::sinh(static_cast<float>(static_cast<std::int8_t>(code)) / 24.0F);
}

Image patch_image(const Cutout& cutout, std::size_t plane, float (*value)(std::byte)) {
  Image image{side, side, std::vector<float>(side * side)};
  const auto begin = cutout.patch.begin() + static_cast<std::ptrdiff_t>(plane * side * side);
  std::transform(begin, begin + side * side, image.values.begin(), value);
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

// The better of narrow and wide boxes.
Image tile_image(const Cutout& cutout) {
  constexpr std::size_t size = DetectorTile::plane_size;
  Image image{tile_grid::rows, tile_grid::pixels, {}};
  for (std::size_t i = 0; i < size; ++i) {
    const std::byte best = std::max(cutout.tile[DetectorTile::narrow * size + i],
                                    cutout.tile[DetectorTile::wide * size + i]);
    image.values.push_back(static_cast<float>(SnrCode::snr(std::to_integer<std::uint8_t>(best))));
  }
  return image;
}

std::string score(const std::optional<double>& value) {
  return value ? told_score(*value) : "none";
}

// To microseconds, which is what a double of MJD days holds.
std::string arrival(const CutoutInfo& info) {
  const std::string all = format_iso8601(from_mjd(info.start_mjd_utc) + Seconds{info.toa_s});
  return all.substr(0, all.size() - 4) + " UTC";
}

std::vector<std::string> facts_of(const CutoutInfo& info) {
  std::vector<std::string> facts{"S/N " + told_snr(info.snr),
                                 fmt::format("DM {} pc cm#u-3#d", told_dm(info.dm_pc_cm3)),
                                 fmt::format("width {} ms", told_width(info.width_ms)),
                                 arrival(info), told_time(info.toa_s) + " s after the beginning"};
  std::string judged = info.label;
  if (info.detector_score || info.classifier_score) {
    facts.push_back(judged + ": detector " + score(info.detector_score));
    judged = "classifier " + score(info.classifier_score);
  }
  facts.push_back(judged);
  return facts;
}

// @return Delays of its band.
BandDelays check(const Cutout& cutout) {
  const CutoutInfo& info = cutout.info;
  const std::string place = "cutout of " + info.event_id;
  const CutoutFormat format = default_cutout_format();
  if (cutout.tile.size() != format.tile->bytes() || cutout.patch.size() != format.patch->bytes()) {
    throw InputError{place,
                     fmt::format("a tile of {} bytes and a patch of {}", cutout.tile.size(),
                                 cutout.patch.size()),
                     fmt::format("{} and {}", format.tile->bytes(), format.patch->bytes())};
  }
  if (!(info.tsamp_s > 0.0)) throw InputError{place, "no sampling time", "one"};
  if (info.channels < 2 || !(std::abs(info.step_mhz) > 0.0)) {
    throw InputError{place, "no band", "two channels or more"};
  }
  return {FrequencyAxis{Megahertz{info.first_mhz}, Megahertz{info.step_mhz}, info.channels},
          Seconds{info.tsamp_s}};
}

}  // namespace

CandidatePage page_of(const Cutout& cutout) {
  const BandDelays delays = check(cutout);
  const CutoutInfo& info = cutout.info;
  const auto dm_of = [&](double sweep) { return delays.dm(sweep).value(); };
  const double pulse = info.toa_s / info.tsamp_s;  // its middle [samples]
  const double sweep = delays.sweep(DispersionMeasure{info.dm_pc_cm3});
  const auto width =
      static_cast<std::uint32_t>(std::max(1.0, std::round(1e-3 * info.width_ms / info.tsamp_s)));

  CandidatePage page;
  page.title = info.event_id;
  page.facts = facts_of(info);
  const std::uint32_t cell = std::max<std::uint32_t>(1, width / 4);
  const double half_ms = static_cast<double>(middle) * cell * info.tsamp_s * 1e3;
  page.time_ms = {-half_ms, half_ms};
  page.waterfall = patch_image(cutout, 0, waterfall_value);
  page.profile = profile_of(page.waterfall);
  const double last_mhz = info.first_mhz + info.step_mhz * (info.channels - 1.0);
  const double half_channel = 0.5 * std::abs(info.step_mhz);
  page.band_mhz = {std::min(info.first_mhz, last_mhz) - half_channel,
                   std::max(info.first_mhz, last_mhz) + half_channel};

  page.dm_time = patch_image(cutout, 1, dm_time_value);
  const double row = 0.25 * width;  // of sweep [samples]
  page.dm_pc_cm3 = {dm_of(sweep - (static_cast<double>(middle) + 0.5) * row),
                    dm_of(sweep + (static_cast<double>(middle) - 0.5) * row)};
  page.dm_curve = best_boxes(page.dm_time, std::max<std::size_t>(1, width / cell));

  const TilePlace tile = tile_grid::place_of(pulse, sweep, width);
  const auto at = [&](double pixel) {
    return (tile_grid::middle_of(tile, pixel) - pulse) * info.tsamp_s;
  };
  page.far_dm_time = tile_image(cutout);
  page.far_time_s = {at(0.0), at(tile_grid::pixels)};
  page.far_dm_pc_cm3 = {dm_of(tile_grid::sweep_of(tile, -0.5)),
                        dm_of(tile_grid::sweep_of(tile, tile_grid::rows - 0.5))};
  page.dm = info.dm_pc_cm3;
  return page;
}

}  // namespace draftstream
