// Datagrams in, observations of finished slots out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ingest/packets/assembly_window.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/refusal.hpp"

namespace draftstream {

/// What became of datagrams, and of the units (packets with samples, or whole heaps) among them.
/// Always: datagrams = units + pieces + duplicate_pieces + control + the sum of refused,
/// and units = accepted + late + far_future + stray + wrong_stream + units that are kept.
struct PacketCounts {
  std::uint64_t datagrams = 0;
  std::uint64_t units = 0;
  std::uint64_t pieces = 0;
  std::uint64_t duplicate_pieces = 0;
  std::uint64_t control = 0;
  std::array<std::uint64_t, packet_faults> refused{};  ///< By PacketFault.

  std::uint64_t accepted = 0;
  std::uint64_t late = 0;
  std::uint64_t far_future = 0;
  std::uint64_t stray = 0;
  std::uint64_t wrong_stream = 0;

  /// Of accepted units: cells of beams or channels that are not assembled. The other cells are
  /// counted by AssemblyCounts, as placed or duplicate.
  std::uint64_t cells_elsewhere = 0;
  AssemblyCounts assembled;

  [[nodiscard]] std::uint64_t refused_in_all() const noexcept;
  PacketCounts& operator-=(const PacketCounts& other) noexcept;
  friend bool operator==(const PacketCounts&, const PacketCounts&) = default;
};

/// What the caller has to do after a datagram.
enum class Assembly {
  more,   ///< Nothing.
  began,  ///< An observation has begun: start() tells its header. Slots follow.
  ended,  ///< The observation has ended, and all its slots were passed on. Call resume().
};

/// One stream of packets, put together. Between `ended` and resume() nothing can be taken.
///
/// An observation ends by the stream's own end, by finish(), or when `agreeing_strays` units in a
/// row, consistent with each other, say that the clock was set back, jumped far ahead, or that the
/// packets have another shape. These units are kept, and begin the next one: nothing is lost.
///
/// A steady state allocates nothing. Threads: one at a time per object.
class PacketAssembler {
 public:
  struct Options {
    Seconds slot{0.1};             ///< Length of a slot; rounded up to whole time blocks.
    unsigned agreeing_strays = 8;  ///< > 0.
    Seconds longest_gap{600.0};    ///< A longer one ends the observation.
    /// Most bytes of the window: slots are shorter where they would not fit, and streams of which
    /// no time block does are refused.
    std::uint64_t most_bytes = 2ULL << 30U;
  };

  /// @param sink  Gets the slots, during take(), resume() and finish().
  PacketAssembler(std::unique_ptr<PacketFormat> format, const Options& options,
                  AssemblyWindow::Sink sink);

  [[nodiscard]] Assembly take(std::span<const std::byte> datagram);
  /// After `ended`: goes on with the units that were kept, if any.
  /// @return `began` if there were some, else `more`.
  [[nodiscard]] Assembly resume();
  /// The sender fell silent, or we are to end: passes on what there is.
  /// @return `ended` if there was an observation, else `more`.
  [[nodiscard]] Assembly finish();

  /// Of the observation that began last.
  [[nodiscard]] const StreamStart& start() const noexcept { return start_; }
  /// Of all observations together, but for `assembled` as long as one goes on.
  [[nodiscard]] const PacketCounts& counts() const noexcept { return counts_; }
  /// Cells and spectra of the running observation, or of the last one.
  [[nodiscard]] const AssemblyCounts& assembled() const noexcept;
  /// Heaps of which some packets came and others did not, in all observations.
  [[nodiscard]] std::uint64_t incomplete_units() const noexcept {
    return format_->incomplete_units();
  }
  /// Units that are counted as such and have no other fate yet.
  [[nodiscard]] std::uint64_t kept_units() const noexcept { return kept_; }
  /// Why a datagram was last refused.
  [[nodiscard]] const std::optional<Refused>& last_refused() const noexcept { return refused_; }

 private:
  Assembly take_unit();
  Assembly begin();
  void refuse(const Refused& refused);
  Assembly other_shape();
  Assembly end();
  void keep();
  void drop_kept(std::uint64_t PacketCounts::*as);
  void take_up(Arrival arrival);
  void take_kept_again();

  std::unique_ptr<PacketFormat> format_;
  Options options_;
  AssemblyWindow::Sink sink_;
  StreamStart start_;
  StreamShape shape_;
  std::optional<AssemblyWindow> window_;
  bool running_ = false;
  StreamShape other_shape_;   // of units that are no part of this observation
  std::uint64_t others_ = 0;  // of these, in a row
  std::uint64_t kept_ = 0;    // units put aside
  std::uint64_t PacketCounts::*kept_as_ = &PacketCounts::stray;
  PacketCounts counts_;
  std::optional<Refused> refused_;
};

}  // namespace draftstream
