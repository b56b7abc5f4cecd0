// Spectra as SPEAD heaps: what the test telescope sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/packets/spead_stream.hpp"
#include "replay/packets/append_bytes.hpp"

namespace draftstream {

/// Heaps of one filterbank stream, each in as many packets as it takes; every packet repeats all
/// items. Threads: one at a time per object.
class SpeadEncoder {
 public:
  /// Of a datagram with samples: its header and eight items.
  static constexpr std::size_t header_bytes = 8 + 8 * 8;

  /// @param layout        Its ids are used, and nothing else.
  /// @param packet_bytes  Longest datagram; 73 to 65507.
  /// @param heap_count    Of the first heap; further ones count on.
  /// @throws std::invalid_argument on another length.
  explicit SpeadEncoder(const SpeadOptions& layout, std::size_t packet_bytes = 1472,
                        std::uint64_t heap_count = 1);

  /// Sends one heap.
  /// @param timestamp, beam, channel  Values of these items; 48 bits each.
  /// @param data  Samples as pack_samples() makes them.
  void encode(std::uint64_t timestamp, std::uint64_t beam, std::uint64_t channel,
              std::span<const std::byte> data, const SendDatagram& send);

  /// Sends the heap that stops a stream.
  void stop(const SendDatagram& send);

 private:
  void begin_packet(std::size_t items);
  void append_item(bool immediate, std::uint64_t id, std::uint64_t value);

  SpeadOptions layout_;
  std::size_t packet_bytes_;
  std::uint64_t heap_count_;
  std::vector<std::byte> packet_;
};

}  // namespace draftstream
