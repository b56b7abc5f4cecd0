#include "replay/psrfits_intensity.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "replay/psrfits_samples.hpp"

namespace draftstream {
namespace {

// True if all elements of the column are `expected`; an absent column has what it would default to.
bool all_are(const std::optional<FitsColumn>& column, const std::byte* row, double expected) {
  if (!column) return true;
  for (std::size_t i = 0; i < column->repeat; ++i) {
    if (float_at(*column, row, i) != expected) return false;
  }
  return true;
}

// Weight 0 is "no data here"; so is a weight that is no number.
bool blank(double weight) {
  return weight == 0.0 || !std::isfinite(weight);
}

std::size_t count_blank(const std::optional<FitsColumn>& weights, const std::byte* row) {
  if (!weights) return 0;
  std::size_t blanks = 0;
  for (std::size_t c = 0; c < weights->repeat; ++c) {
    if (blank(float_at(*weights, row, c))) ++blanks;
  }
  return blanks;
}

bool same_field(const std::optional<FitsColumn>& column, const std::byte* a, const std::byte* b) {
  return !column || std::memcmp(a + column->offset, b + column->offset, column->bytes) == 0;
}

// What one row's factors mean.
struct RowVerdict {
  bool invalid = false;      // every weight is 0
  bool as_stored = false;    // factors change nothing
  bool scaled_away = false;  // every DAT_SCL is 0
};

RowVerdict judge(const PsrfitsHeader& header, const std::byte* row) {
  const std::size_t blanks = count_blank(header.weights, row);
  return {blanks == header.samples.channels,
          blanks == 0 && all_are(header.scales, row, 1.0) && all_are(header.offsets, row, 0.0),
          header.scales && all_are(header.scales, row, 0.0)};
}

void warn_of_absent_columns(const PsrfitsHeader& header, std::vector<std::string>& warnings) {
  const auto absent = [&warnings](const char* name, const char* instead) {
    warnings.push_back(fmt::format("HDU SUBINT: found no column {}; read as {}", name, instead));
  };
  if (!header.weights) absent("DAT_WTS", "1");
  if (!header.scales) absent("DAT_SCL", "1");
  if (!header.offsets) absent("DAT_OFFS", "0");
}

}  // namespace

std::vector<std::size_t> intensity_pols(const PsrfitsHeader& header, std::optional<int> pick,
                                        std::vector<std::string>& warnings) {
  const std::size_t pols = header.samples.pols;
  if (pick) {
    if (*pick < 0 || static_cast<std::size_t>(*pick) >= pols) {
      throw ConfigError{
          fmt::format("found pick_if = {}, expected 0 to {} (NPOL = {})", *pick, pols - 1, pols)};
    }
    return {static_cast<std::size_t>(*pick)};
  }
  if (pols == 1) return {0};
  const std::string& type = header.pol_type;
  const auto begins_with = [&type](const char* prefix) { return type.rfind(prefix, 0) == 0; };
  if (pols == 4 && (begins_with("IQUV") || begins_with("STOKE"))) return {0};
  if (begins_with("AABB") || begins_with("XXYY") || begins_with("LLRR") || begins_with("PPQQ")) {
    return {0, 1};
  }
  if (pols == 2) {
    warnings.push_back(fmt::format(
        "HDU SUBINT, keyword POL_TYPE: found \"{}\", expected AABB with NPOL = 2; read as AABB",
        type));
    return {0, 1};
  }
  throw InputError{"HDU SUBINT, keyword POL_TYPE", "\"" + type + "\"",
                   "IQUV or AABBCRCI with NPOL = 4"};
}

PsrfitsScaling scan_scaling(const PsrfitsHeader& header, PsrfitsRows& rows,
                            const std::vector<PsrfitsRow>& in_time,
                            std::vector<std::string>& warnings) {
  warn_of_absent_columns(header, warnings);
  const std::byte* first_row = rows.at(in_time.front().row);
  PsrfitsScaling scaling;
  scaling.as_stored = header.samples.pols == 1 && header.zero_offset == 0.0;
  bool scaled_away = header.scales.has_value();
  bool frequencies_change = false;
  const std::byte* judged = nullptr;
  RowVerdict verdict;
  for (const PsrfitsRow& at : in_time) {
    const std::byte* row = rows.at(at.row);
    // As a rule all rows have the same factors: comparing bytes is all there is to do.
    if (judged == nullptr || !same_field(header.weights, row, judged) ||
        !same_field(header.scales, row, judged) || !same_field(header.offsets, row, judged)) {
      verdict = judge(header, row);
    }
    judged = row;
    frequencies_change = frequencies_change || !same_field(header.frequencies, row, first_row);
    scaled_away = scaled_away && verdict.scaled_away;
    if (verdict.invalid) {
      scaling.invalid_rows.push_back({at.first, at.samples, Fate::invalid});
    } else {
      scaling.as_stored = scaling.as_stored && verdict.as_stored;
    }
  }
  if (scaled_away) {
    warnings.emplace_back("HDU SUBINT: DAT_SCL is 0 in every row; all channels are constant");
  }
  if (frequencies_change) {
    warnings.emplace_back(
        "HDU SUBINT: DAT_FREQ differs between rows; that of the first row is used");
  }
  return scaling;
}

PsrfitsIntensity::PsrfitsIntensity(const PsrfitsHeader& header, std::vector<std::size_t> pols)
    : header_{header},
      pols_{std::move(pols)},
      scales_(pols_.size() * header.samples.channels, 1.0F),
      offsets_(pols_.size() * header.samples.channels, 0.0F),
      blanks_(header.samples.channels, 0.0F),
      stored_(stored_format(header.samples).spectrum_bytes(header.samples.channels)),
      raw_(header.samples.channels) {}

void PsrfitsIntensity::load(const std::byte* row) {
  const std::size_t channels = header_.samples.channels;
  data_ = {row + header_.data.offset, static_cast<std::size_t>(header_.data.bytes)};
  for (std::size_t chosen = 0; chosen < pols_.size(); ++chosen) {
    for (std::size_t c = 0; c < channels; ++c) {
      // Factors given for one polarisation are those of all.
      const std::size_t at = pols_[chosen] * channels + c;
      const std::size_t to = chosen * channels + c;
      if (header_.scales) {
        scales_[to] = static_cast<float>(
            float_at(*header_.scales, row, header_.scales->repeat == channels ? c : at));
      }
      if (header_.offsets) {
        offsets_[to] = static_cast<float>(
            float_at(*header_.offsets, row, header_.offsets->repeat == channels ? c : at));
      }
    }
  }
  if (!header_.weights) return;
  for (std::size_t c = 0; c < channels; ++c) {
    blanks_[c] =
        blank(float_at(*header_.weights, row, c)) ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
  }
}

void PsrfitsIntensity::spectrum(std::size_t time, std::span<float> out) {
  const SampleFormat format = stored_format(header_.samples);
  const auto zero = static_cast<float>(header_.zero_offset);
  std::copy(blanks_.begin(), blanks_.end(), out.begin());
  for (std::size_t chosen = 0; chosen < pols_.size(); ++chosen) {
    copy_spectrum(data_, header_.samples, time * header_.samples.pols + pols_[chosen], stored_);
    unpack_spectrum(stored_, format, raw_);
    const float* scale = &scales_[chosen * raw_.size()];
    const float* offset = &offsets_[chosen * raw_.size()];
    for (std::size_t c = 0; c < raw_.size(); ++c) {
      out[c] += (raw_[c] - zero) * scale[c] + offset[c];
    }
  }
  for (float& value : out) {
    if (!std::isfinite(value)) value = std::numeric_limits<float>::quiet_NaN();
  }
}

}  // namespace draftstream
