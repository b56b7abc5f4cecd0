// What an assembler has to know of a kind of packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/packets/assembly_window.hpp"
#include "ingest/packets/refusal.hpp"

namespace draftstream {

/// What a datagram turned out to be, unless it was refused.
enum class Datagram {
  unit,       ///< A packet with samples, or the last piece of a heap: it is now the current unit.
  piece,      ///< A piece of a heap that is not complete.
  duplicate,  ///< A piece that was there.
  control,    ///< Says something about the stream that is not needed: descriptors.
  end,        ///< Says that nothing more will come.
};

/// What all units of an observation share. One of another shape is of another stream, or begins
/// another observation.
struct StreamShape {
  std::uint64_t epoch = 0;            ///< When the clock was 0, in the format's own terms.
  std::uint64_t ticks_per_block = 0;  ///< Of the clock, in a time block.
  std::uint64_t phase = 0;            ///< The clock modulo ticks_per_block.
  std::size_t block_samples = 0;
  std::size_t group_channels = 0;

  friend bool operator==(const StreamShape&, const StreamShape&) = default;
};

/// An observation as its first unit tells it.
struct StreamStart {
  std::vector<Observation> beams;  ///< One for each beam of the grid.
  CellGrid grid;
};

/// One stream of one kind of packets. The current unit is what was last looked at, or kept and
/// taken up again; its bytes are those of the datagram, and valid as long.
///
/// Nothing is allocated but by begin(), and by what exceeds all that came before.
/// Threads: one at a time per object.
class PacketFormat {
 public:
  PacketFormat() = default;
  PacketFormat(const PacketFormat&) = delete;
  PacketFormat& operator=(const PacketFormat&) = delete;
  virtual ~PacketFormat() = default;

  virtual std::variant<Datagram, Refused> look(std::span<const std::byte> datagram) = 0;

  /// Of the current unit.
  [[nodiscard]] virtual StreamShape shape() const noexcept = 0;
  /// Of the current unit: its clock divided by ticks_per_block.
  [[nodiscard]] virtual std::uint64_t block() const noexcept = 0;

  /// The current unit is the first of an observation.
  virtual StreamStart begin() = 0;
  /// Writes the current unit, whose block has arrived, into its places.
  /// @return Cells of beams or channels that are not assembled.
  virtual std::uint64_t put(AssemblyWindow& window) const noexcept = 0;

  /// Nothing more will come: forgets pieces of units that are not complete.
  virtual void drop_pieces() {}
  /// Units of which some pieces came and others did not, so far.
  [[nodiscard]] virtual std::uint64_t incomplete_units() const noexcept { return 0; }

  /// Puts a copy of the current unit aside.
  virtual void keep() = 0;
  /// Makes the oldest unit that was put aside the current one. @return false: there is none.
  virtual bool take_kept() = 0;
  /// Forgets those that were put aside.
  virtual void drop_kept() noexcept = 0;
};

/// Units put aside, oldest first; their memory is used again.
template <class Unit>
class KeptUnits {
 public:
  /// @return Where to copy to; what it holds is of no meaning.
  Unit& add() {
    if (end_ == units_.size()) units_.emplace_back();
    return units_[end_++];
  }
  /// Exchanges the oldest one with `unit`. @return false: there is none.
  bool take(Unit& unit) {
    if (next_ == end_) return false;
    std::swap(unit, units_[next_++]);
    if (next_ == end_) drop();
    return true;
  }
  void drop() noexcept { next_ = end_ = 0; }

 private:
  std::vector<Unit> units_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
};

}  // namespace draftstream
