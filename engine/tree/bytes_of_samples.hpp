// Samples of up to 8 bits as unsigned bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tree/byte_transpose.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

/// One byte a sample; signed samples + 128.
/// @param stored  Begins at a whole byte; holds `count` samples or more.
/// @param count   At most tile_channels. Behind them, `bytes` may hold anything.
void bytes_of_samples(std::span<const std::byte> stored, const SampleFormat& format,
                      std::size_t count, std::span<std::uint8_t, tile_channels> bytes);

}  // namespace draftstream
