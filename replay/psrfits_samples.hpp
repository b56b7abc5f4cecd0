// The order of samples in a PSRFITS row, and the way from there to spectra and back.
#pragma once

#include <cstddef>
#include <span>

#include "ingest/samples.hpp"
#include "replay/psrfits_header.hpp"

namespace draftstream {

/// Format of the ring that holds the stored integers (or floats) as they are.
[[nodiscard]] SampleFormat stored_format(const PsrfitsSamples& samples) noexcept;

/// Bytes of the DATA column of one row.
[[nodiscard]] std::size_t row_data_bytes(const PsrfitsSamples& samples) noexcept;

/// Copies one spectrum as the ring wants it: little-endian, first channel in the lowest bits,
/// stored_format(samples). Of floats, what is not finite becomes NaN.
/// @param data      DATA of one row.
/// @param spectrum  time * pols + pol.
/// @param out       spectrum_bytes of stored_format.
void copy_spectrum(std::span<const std::byte> data, const PsrfitsSamples& samples,
                   std::size_t spectrum, std::span<std::byte> out);

/// The inverse of copy_spectrum.
/// @param data  DATA of one row; bits of samples not yet written must be 0.
void place_spectrum(std::span<const std::byte> spectrum_bytes, const PsrfitsSamples& samples,
                    std::size_t spectrum, std::span<std::byte> data);

}  // namespace draftstream
