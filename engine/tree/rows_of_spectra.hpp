// From stored spectra to rows of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ingest/filterbank_chunk.hpp"

namespace draftstream {

/// Channels whose rows are made together. More of them, and a spectrum is read in longer pieces,
/// as memory likes it.
inline constexpr std::size_t most_rows_at_once = 512;

/// rows[i][t] = sample t of channel first + i of a chunk of at most 8 bits, a byte each; signed
/// samples + 128.
/// @param first    A multiple of 64.
/// @param rows     Of `length` bytes each; at most most_rows_at_once of them.
/// @param length   The chunk's samples, rounded up to 64 or more. Behind them there are zeros.
void rows_of_spectra(const FilterbankChunk& chunk, std::size_t first,
                     std::span<std::uint8_t* const> rows, std::size_t length);

}  // namespace draftstream
