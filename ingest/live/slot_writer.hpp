// From slots of assembled packets to rings.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ingest/packets/assembly_window.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// Writes what an assembly window passes on into a ring for each beam: spectra that lack some
/// channels with their holes, those that lack all as gaps of fate missing.
///
/// Threads: one at a time, the rings' writer.
class SlotWriter {
 public:
  /// @param rings  Shape [beam]; they must outlive this.
  SlotWriter(std::span<SpectrumRing* const> rings, const CellGrid& grid);

  /// Slots in order, each where the last one ended.
  void write(const FinishedSlot& slot);
  /// Whether somebody may still read: not all rings were stopped.
  [[nodiscard]] bool wanted() const noexcept;

 private:
  bool write_beam(SpectrumRing& ring, const FinishedSlot& slot, const BeamSlot& beam) const;

  std::vector<SpectrumRing*> rings_;  // null: stopped
  CellGrid grid_;
};

/// Keeps slots until there is somebody to write them.
class KeptSlots {
 public:
  void add(const FinishedSlot& slot);
  /// Writes what was kept, and forgets it.
  void write_to(SlotWriter& writer);
  void clear() { slots_.clear(); }

 private:
  struct Slot {
    std::uint64_t first = 0;
    std::uint64_t samples = 0;
    std::vector<std::vector<std::byte>> spectra;  // [beam]
    std::vector<std::vector<Hole>> holes;         // [beam]
  };
  std::vector<Slot> slots_;
};

}  // namespace draftstream
