// A filterbank in SPEAD heaps, for the assembler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/packet_samples.hpp"
#include "ingest/packets/tick_clock.hpp"

namespace draftstream {

/// Which items a stream of heaps uses, and how. The ids, and the shape of a heap, are by default
/// those of FBFUSE; the band, its clock and its start must be given.
/// @source mpikat, fbfuse_mksend_config; the FBFUSE test sender.
struct SpeadOptions {
  std::uint16_t timestamp_id = 0x1600;  ///< Immediate: ticks of `clock` since `sync_ns`.
  std::uint16_t beam_id = 0x5555;       ///< Immediate; a heap without it is of beam 0.
  std::uint16_t channel_id = 0x4103;    ///< Immediate; a heap without it begins at channel 0.
  std::uint16_t data_id = 0x5556;       ///< Address.

  PacketSamples samples{SampleKind::i8};
  std::size_t heap_samples = 8192;  ///< Spectra in a heap.
  std::size_t heap_channels = 128;  ///< Channels in a heap; divides the band.
  std::uint64_t channel_step = 1;   ///< Channels that the item counts by: heap_channels where it
                                    ///< numbers sub-bands.

  FrequencyAxis frequency;  ///< Of the whole band.
  TickRate clock;           ///< Of timestamps.
  std::uint64_t ticks_per_sample = 1;
  std::uint64_t sync_ns = 0;  ///< UNIX time of timestamp 0 [ns].

  std::vector<std::uint64_t> beams;  ///< That are assembled; empty: that of the first heap.
  bool as_float = false;             ///< Assemble 32-bit floats, whatever comes.
  std::size_t partial_heaps = 16;    ///< Incomplete ones at a time.
};

/// A cell is the data of one heap. Its time is its timestamp's, never the heap's number.
/// @throws std::invalid_argument on a count of 0, or heaps that do not divide the band.
std::unique_ptr<PacketFormat> make_spead_stream(const SpeadOptions& options);

}  // namespace draftstream
