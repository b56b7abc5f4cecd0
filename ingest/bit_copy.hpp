// Cutting spectra out of samples that are packed without regard to bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace draftstream {

/// Copies bits [first_bit, first_bit + bits) of `from` to the beginning of `to`; the rest of the
/// last byte becomes 0. Bit n lies in byte n / 8, the lowest bit first.
/// @param from  Holds at least first_bit + bits bits.
/// @param to    (bits + 7) / 8 bytes.
void copy_bits(std::span<const std::byte> from, std::uint64_t first_bit, std::uint64_t bits,
               std::span<std::byte> to) noexcept;

}  // namespace draftstream
