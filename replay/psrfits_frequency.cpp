#include "replay/psrfits_frequency.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr double of_a_channel = 0.01;
constexpr double float_step = 1.2e-7;  // relative; 2^-23

FrequencyAxis axis_of_header(const PsrfitsHeader& header) {
  const std::size_t channels = header.samples.channels;
  const double centre = header.centre_mhz.value_or(0.0);
  const double width = header.channel_width_mhz.value_or(0.0);
  const double half_span = 0.5 * static_cast<double>(channels - 1) * width;
  if (!(centre - std::abs(half_span) > 0.0) || width == 0.0) {
    throw InputError{"HDU SUBINT",
                     fmt::format("no usable column DAT_FREQ, OBSFREQ = {} MHz and CHAN_BW = {} MHz",
                                 centre, width),
                     "the frequency of each channel"};
  }
  return FrequencyAxis{Megahertz{centre - half_span}, Megahertz{width}, channels};
}

bool fits_regular(const std::vector<double>& centres, double step, double rounding) {
  if (!std::isfinite(step) || step == 0.0) return false;
  const double tolerance = of_a_channel * std::abs(step) + rounding;
  for (std::size_t c = 0; c < centres.size(); ++c) {
    const double expected = centres.front() + static_cast<double>(c) * step;
    if (!(expected > 0.0 && std::abs(centres[c] - expected) <= tolerance)) return false;
  }
  return true;
}

FrequencyAxis axis_of_centres(const PsrfitsHeader& header, const std::vector<double>& centres) {
  const double rounding = header.frequencies->type == 'E'
                              ? float_step * *std::max_element(centres.begin(), centres.end())
                              : 0.0;
  // CHAN_BW first: where it fits it has more digits than differences of DAT_FREQ.
  const double mean_step = centres.size() > 1 ? (centres.back() - centres.front()) /
                                                    static_cast<double>(centres.size() - 1)
                                              : header.channel_width_mhz.value_or(0.0);
  for (const double step : {header.channel_width_mhz.value_or(0.0), mean_step}) {
    if (fits_regular(centres, step, rounding)) {
      return FrequencyAxis{Megahertz{centres.front()}, Megahertz{step}, centres.size()};
    }
  }
  std::vector<Megahertz> table;
  table.reserve(centres.size());
  for (const double centre : centres) table.emplace_back(centre);
  return FrequencyAxis{std::move(table)};
}

// OBSFREQ is often the middle of the band's lower edges, so half a channel either way is usual.
void warn_where_headers_disagree(const PsrfitsHeader& header, const FrequencyAxis& axis,
                                 std::vector<std::string>& warnings) {
  const double width = header.channel_width_mhz.value_or(axis.step().value());
  const double step = axis.step().value();
  const double centre = header.centre_mhz.value_or(axis.middle().value());
  const double channels = static_cast<double>(axis.channels());
  if (std::abs(step - width) * channels <= 0.5 * std::abs(step) &&
      std::abs(axis.middle().value() - centre) <= 1.01 * std::abs(step)) {
    return;
  }
  warnings.push_back(
      fmt::format("HDU SUBINT: DAT_FREQ is centred at {:.6f} MHz in steps of {:.6g} MHz, the "
                  "headers say {:.6f} and {:.6g}; DAT_FREQ is used",
                  axis.middle().value(), step, centre, width));
}

}  // namespace

FrequencyAxis read_frequency_axis(const PsrfitsHeader& header, const std::byte* row,
                                  std::vector<std::string>& warnings) {
  if (!header.frequencies) {
    FrequencyAxis axis = axis_of_header(header);
    warnings.emplace_back(
        "HDU SUBINT: found no column DAT_FREQ; frequencies are taken from OBSFREQ and CHAN_BW");
    return axis;
  }
  std::vector<double> centres;
  centres.reserve(header.samples.channels);
  for (std::size_t c = 0; c < header.samples.channels; ++c) {
    const double centre = float_at(*header.frequencies, row, c);
    if (!(centre > 0.0) || !std::isfinite(centre)) {
      FrequencyAxis axis = axis_of_header(header);
      warnings.push_back(
          fmt::format("HDU SUBINT: found DAT_FREQ = {} MHz in channel {}; frequencies are taken "
                      "from OBSFREQ and CHAN_BW",
                      centre, c));
      return axis;
    }
    centres.push_back(centre);
  }
  FrequencyAxis axis = axis_of_centres(header, centres);
  warn_where_headers_disagree(header, axis, warnings);
  return axis;
}

}  // namespace draftstream
