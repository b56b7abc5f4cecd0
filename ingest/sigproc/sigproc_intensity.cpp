#include "ingest/sigproc/sigproc_intensity.hpp"

#include <fmt/format.h>

#include "ingest/bit_copy.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Sums of two must fit: 8 bits and less into 16 exactly, and so do two of 16 into a float.
SampleFormat format_of_sum(const SampleFormat& stored) {
  if (stored.bits > 8) return float_samples;
  return SampleFormat{16, stored.is_signed, false};
}

}  // namespace

SigprocIntensity::SigprocIntensity(SigprocHeader& header, std::optional<int> pick_if)
    : stored_format_{header.format} {
  const std::size_t channels = header.frequency.channels();
  if (pick_if) {
    picked_ = *pick_if;
    if (picked_ < 0 || picked_ >= header.ifs) {
      throw ConfigError(fmt::format("found pick_if = {}, expected 0 to {} (nifs = {})", picked_,
                                    header.ifs - 1, header.ifs));
    }
  } else {
    sum_ = header.ifs > 1;
    if (header.ifs > 2) {
      header.warnings.push_back(
          fmt::format("nifs = {}; IFs 0 and 1 are summed as two polarisations. If they are Stokes "
                      "parameters, choose intensity with pick_if = 0.",
                      header.ifs));
    }
  }
  row_bits_ = channels * static_cast<std::uint64_t>(header.format.bits);
  stored_bits_ = row_bits_ * static_cast<std::uint64_t>(header.ifs);

  observation_.frequency = header.frequency;
  observation_.time = header.time;
  observation_.format = sum_ ? format_of_sum(header.format) : header.format;
  observation_.telescope = header.telescope;
  observation_.backend = header.backend;
  observation_.source_name = header.source_name;
  observation_.ra_deg = header.ra_deg;
  observation_.dec_deg = header.dec_deg;
  observation_.beam = header.beam;
  observation_.stored_bits = header.format.bits;
  observation_.stored_pols = header.ifs;

  as_stored_ = !sum_ && stored_bits_ == 8 * observation_.spectrum_bytes();
  if (sum_) {
    row_.resize(static_cast<std::size_t>((row_bits_ + 7) / 8));
    first_if_.resize(channels);
    second_if_.resize(channels);
  }
}

void SigprocIntensity::read(std::span<const std::byte> stored, std::uint64_t first_bit,
                            std::span<std::byte> to) {
  if (!sum_) {
    copy_bits(stored, first_bit + static_cast<std::uint64_t>(picked_) * row_bits_, row_bits_, to);
    return;
  }
  copy_bits(stored, first_bit, row_bits_, row_);
  unpack_spectrum(row_, stored_format_, first_if_);
  copy_bits(stored, first_bit + row_bits_, row_bits_, row_);
  unpack_spectrum(row_, stored_format_, second_if_);
  for (std::size_t c = 0; c < first_if_.size(); ++c) first_if_[c] += second_if_[c];
  pack_spectrum(first_if_, observation_.format, to);
}

}  // namespace draftstream
