// Spectra as the samples of packets or heaps.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ingest/packets/packet_samples.hpp"
#include "replay/packets/sample_loss.hpp"

namespace draftstream {

/// Part of the band in the layout of a packet or heap: the inverse of write_samples().
///
/// Whole numbers that the layout holds survive exactly, also as sums of two: these are halves, the
/// larger one second. Others are rounded to nearest, ties to even, and clipped; NaN becomes the
/// lowest value of 8-bit samples. In floats, sums are the value and 0.
/// @param spectra        Shape [samples, band_channels].
/// @param first_channel  first_channel + channels is at most band_channels.
/// @param out            Emptied first; then layout.bytes(samples, channels) bytes.
/// @return What was not kept exactly; NaN is not counted.
SampleLoss pack_samples(const PacketSamples& layout, std::span<const float> spectra,
                        std::size_t band_channels, std::size_t first_channel, std::size_t channels,
                        std::vector<std::byte>& out);

}  // namespace draftstream
