#include "ingest/live/slot_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace draftstream {
namespace {

// A claim takes its spectra away from readers that the writer does not wait for.
constexpr std::uint64_t claims_in_ring = 8;

// Of spectra [first, end), which were claimed. Floats say in themselves what is missing of a
// spectrum.
void mark(SpectrumRing& ring, std::span<const Hole> holes, std::uint64_t first, std::uint64_t end,
          const CellGrid& grid) {
  for (Hole hole : holes) {
    const std::uint64_t hole_end = std::min(hole.end(), end);
    hole.first = std::max(hole.first, first);
    if (hole.first >= hole_end) continue;
    hole.samples = hole_end - hole.first;
    if (hole.channels == grid.channels()) {
      ring.mark_gap({hole.first, hole.samples, Fate::missing});
    } else if (!grid.format.is_float) {
      ring.mark_hole(hole);
    }
  }
}

}  // namespace

SlotWriter::SlotWriter(std::span<SpectrumRing* const> rings, const CellGrid& grid)
    : rings_{rings.begin(), rings.end()}, grid_{grid} {}

void SlotWriter::write(const FinishedSlot& slot) {
  for (std::size_t beam = 0; beam < rings_.size(); ++beam) {
    if (rings_[beam] != nullptr && !write_beam(*rings_[beam], slot, slot.beams[beam])) {
      rings_[beam] = nullptr;
    }
  }
}

bool SlotWriter::wanted() const noexcept {
  return std::any_of(rings_.begin(), rings_.end(),
                     [](const SpectrumRing* ring) { return ring != nullptr && !ring->stopped(); });
}

// False once the ring is stopped.
bool SlotWriter::write_beam(SpectrumRing& ring, const FinishedSlot& slot,
                            const BeamSlot& beam) const {
  if (beam.spectra.empty()) return ring.publish_gap(slot.samples, Fate::missing);
  const std::uint64_t most = std::max<std::uint64_t>(ring.capacity() / claims_in_ring, 1);
  for (std::uint64_t done = 0; done < slot.samples;) {
    const std::uint64_t samples = std::min(most, slot.samples - done);
    const std::span<std::byte> memory = ring.claim(samples);
    if (memory.empty()) return false;
    std::memcpy(memory.data(), beam.spectra.data() + done * grid_.spectrum_bytes(), memory.size());
    const std::uint64_t first = slot.first + done;
    mark(ring, beam.holes, first, first + samples, grid_);
    ring.publish(samples);
    done += samples;
  }
  return true;
}

void KeptSlots::add(const FinishedSlot& slot) {
  Slot copy{slot.first, slot.samples, {}, {}};
  for (const BeamSlot& beam : slot.beams) {
    copy.spectra.emplace_back(beam.spectra.begin(), beam.spectra.end());
    copy.holes.emplace_back(beam.holes.begin(), beam.holes.end());
  }
  slots_.push_back(std::move(copy));
}

void KeptSlots::write_to(SlotWriter& writer) {
  for (const Slot& slot : slots_) {
    std::vector<BeamSlot> beams;
    for (std::size_t beam = 0; beam < slot.spectra.size(); ++beam) {
      beams.push_back({slot.spectra[beam], slot.holes[beam]});
    }
    writer.write({slot.first, slot.samples, beams});
  }
  slots_.clear();
}

}  // namespace draftstream
