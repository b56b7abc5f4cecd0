// The line between a test telescope and its network, on which what is planned goes wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "replay/packets/block_encoder.hpp"
#include "replay/planned_faults.hpp"

namespace draftstream {

enum class PacketFate : std::uint8_t {
  lost,
  lost_in_burst,
  duplicated,
  reordered,
  corrupted,
  cut,
  garbled,
  followed_by_stranger,
};
inline constexpr std::size_t packet_fates = 8;
/// "lost_in_burst"
std::string_view name_of(PacketFate fate);

/// Something that was done to one packet.
struct PacketEvent {
  std::uint64_t packet = 0;  ///< Number among those that were made, from 0.
  std::uint64_t sample = 0;  ///< First sample of its block, in the recording.
  PacketFate fate{};
};

/// What is to arrive of a beam, if nothing but the plan goes wrong:
/// cells_expected = cells_placed + cells_missing, spectra = whole + partial + lost.
struct BeamAccount {
  std::uint64_t beam = 0;
  std::uint64_t cells_expected = 0;
  std::uint64_t cells_placed = 0;
  std::uint64_t cells_missing = 0;
  std::uint64_t cells_in_doubt = 0;   ///< Of the missing: garbled, so they may come all the same.
  std::uint64_t cells_duplicate = 0;  ///< Where each packet is whole cells; 0 for pieces of heaps.
  std::uint64_t spectra = 0;
  std::uint64_t spectra_whole = 0;
  std::uint64_t spectra_partial = 0;
  std::uint64_t spectra_lost = 0;
};

/// From the first block of which something arrives to the last one. A clock that is set back, or
/// far ahead, begins another.
struct ObservationAccount {
  std::uint64_t first_sample = 0;  ///< Of the recording.
  std::vector<BeamAccount> beams;
};

struct LineAccount {
  std::uint64_t made = 0;                           ///< Packets that the recording was made into.
  std::array<std::uint64_t, packet_fates> fates{};  ///< Of these, by PacketFate.
  std::uint64_t stranger_packets = 0;
  std::uint64_t end_packets = 0;
  std::uint64_t sent = 0;  ///< Datagrams handed to the network, in all.
  std::vector<PacketEvent> events;
  std::vector<ObservationAccount> observations;
};

/// Passes packets on, or not, as planned. The fate of a packet is a function of its number and the
/// seed alone, and that of one kind is no matter of the others.
///
/// Threads: one at a time per object.
class FaultyLine {
 public:
  using Out = std::function<bool(std::span<const std::byte>)>;  ///< @return false once stopped.
  using Stranger = std::function<void(const SendDatagram&)>;    ///< Makes one of another stream.

  /// @param beams             Numbers of all beams.
  /// @param longest_gap_s     A longer jump of the clock begins another observation.
  FaultyLine(const PlannedFaults& faults, const BlockEncoder::Grid& grid,
             std::span<const std::uint64_t> beams, Seconds sample_time, Seconds longest_gap,
             Out out);

  /// Packets of the next block follow.
  /// @param first    Its first sample, in the recording.
  /// @param present  Indices of the beams that are encoded.
  void begin_block(std::uint64_t first, std::span<const std::size_t> present);
  /// @return false once stopped.
  bool send(const PacketCells& cells, std::size_t header_bytes, std::span<const std::byte> datagram,
            const Stranger& stranger);
  void end_block();
  /// The clock of the packets that follow is so many blocks ahead of what it would be.
  void jump(std::int64_t blocks);
  /// Sends what is still held back.
  bool flush();
  /// Sends the word that the stream ends.
  bool send_end(std::span<const std::byte> datagram);

  [[nodiscard]] const LineAccount& account() const noexcept { return account_; }

 private:
  struct Held {
    std::uint64_t release;  // with the packet of this number
    std::vector<std::byte> datagram;
  };
  // What became of a cell so far.
  struct Cell {
    bool came = false;
    bool spoiled = false;
    bool in_doubt = false;
    bool twice = false;
  };

  [[nodiscard]] double draw(PacketFate fate) const noexcept;
  [[nodiscard]] bool in_burst() const noexcept;
  bool happens(PacketFate fate, double probability);
  void note(PacketFate fate);
  void change_bytes(std::size_t from);
  void mark(const PacketCells& cells, bool arrives, bool in_doubt, bool twice);
  bool pass(std::span<const std::byte> datagram);
  bool release_held(std::uint64_t up_to);
  void add_lost_blocks(std::uint64_t blocks);

  PlannedFaults faults_;
  BlockEncoder::Grid grid_;
  std::vector<std::uint64_t> beams_;
  std::uint64_t burst_samples_;
  std::uint64_t burst_every_samples_;
  std::int64_t longest_gap_blocks_;
  Out out_;

  LineAccount account_;
  std::uint64_t first_ = 0;  // sample of the block
  std::vector<std::size_t> present_;
  std::vector<Cell> cells_;          // [beam, group]
  bool running_ = false;             // an observation has begun
  std::uint64_t silent_blocks_ = 0;  // since the last of which something arrived
  std::vector<Held> held_;           // in the order of their release
  std::vector<std::byte> changed_;
};

}  // namespace draftstream
