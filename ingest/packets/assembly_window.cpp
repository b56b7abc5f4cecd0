#include "ingest/packets/assembly_window.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace draftstream {
namespace {

constexpr auto window_slots = static_cast<std::int64_t>(AssemblyWindow::slots);

// Rounds towards minus infinity, as blocks before the start have negative numbers.
std::int64_t floor_divide(std::int64_t number, std::int64_t by) {
  const std::int64_t quotient = number / by;
  return number % by < 0 ? quotient - 1 : quotient;
}

std::size_t checked_product(std::initializer_list<std::size_t> factors) {
  std::size_t product = 1;
  for (const std::size_t factor : factors) {
    if (factor == 0) throw std::invalid_argument("AssemblyWindow: a count of 0");
    if (product > std::numeric_limits<std::size_t>::max() / factor) {
      throw std::invalid_argument("AssemblyWindow: more bytes than can be counted");
    }
    product *= factor;
  }
  return product;
}

}  // namespace

AssemblyCounts& AssemblyCounts::operator+=(const AssemblyCounts& other) noexcept {
  cells_expected += other.cells_expected;
  cells_placed += other.cells_placed;
  cells_missing += other.cells_missing;
  cells_duplicate += other.cells_duplicate;
  spectra += other.spectra;
  spectra_whole += other.spectra_whole;
  spectra_partial += other.spectra_partial;
  spectra_lost += other.spectra_lost;
  return *this;
}

AssemblyCounts& AssemblyCounts::operator-=(const AssemblyCounts& other) noexcept {
  cells_expected -= other.cells_expected;
  cells_placed -= other.cells_placed;
  cells_missing -= other.cells_missing;
  cells_duplicate -= other.cells_duplicate;
  spectra -= other.spectra;
  spectra_whole -= other.spectra_whole;
  spectra_partial -= other.spectra_partial;
  spectra_lost -= other.spectra_lost;
  return *this;
}

AssemblyWindow::AssemblyWindow(const CellGrid& grid, const Options& options, Sink sink)
    : grid_{grid}, options_{options}, sink_{std::move(sink)} {
  check(grid.format);
  if (grid.format.bits < 8) {
    throw std::invalid_argument("AssemblyWindow: samples of less than 8 bits");
  }
  if (options.agreeing_strays == 0) throw std::invalid_argument("AssemblyWindow: 0 strays");
  const std::size_t cells = checked_product({slots, grid.beams, options.slot_blocks, grid.groups});
  const auto sample_bytes = static_cast<std::size_t>(grid.format.bits) / 8;
  samples_.resize(checked_product({cells, grid.block_samples, grid.group_channels, sample_bytes}));
  block_bytes_ = grid.block_samples * grid.spectrum_bytes();
  present_.resize(cells);
  holes_.resize(grid.beams);
  for (auto& holes : holes_) holes.reserve(options.slot_blocks * (grid.groups / 2 + 1));
  beam_slots_.resize(grid.beams);
}

std::uint8_t* AssemblyWindow::present(std::size_t beam, std::size_t block) noexcept {
  const std::size_t slot = block / options_.slot_blocks % slots;
  const std::size_t row =
      (slot * grid_.beams + beam) * options_.slot_blocks + block % options_.slot_blocks;
  return present_.data() + row * grid_.groups;
}

std::size_t& AssemblyWindow::placed(std::int64_t slot) noexcept {
  return placed_[static_cast<std::size_t>(slot) % slots];
}

// Of the slot that is passed on next.
std::byte* AssemblyWindow::spectra(std::size_t beam) noexcept {
  const std::size_t slot = static_cast<std::size_t>(next_) % slots;
  return samples_.data() + (slot * grid_.beams + beam) * options_.slot_blocks *
                               grid_.block_samples * grid_.spectrum_bytes();
}

Arrival AssemblyWindow::arrive(std::uint64_t block) {
  const auto from_start = static_cast<std::int64_t>(block - options_.first_block);
  const std::int64_t slot =
      floor_divide(from_start, static_cast<std::int64_t>(options_.slot_blocks));
  if (slot < base_ - window_slots || slot >= base_ + 2 * window_slots) return stray(slot);
  strays_ = 0;
  if (slot < base_) return Arrival::late;
  if (slot >= base_ + window_slots) pass_on(options_.slot_blocks);
  if (slot >= base_ + window_slots) return Arrival::far_future;
  const auto block_now = static_cast<std::size_t>(from_start);
  block_row_ = block_now / options_.slot_blocks % slots * grid_.beams * options_.slot_blocks +
               block_now % options_.slot_blocks;
  last_block_ = std::max(last_block_, from_start);
  return Arrival::in_window;
}

Arrival AssemblyWindow::stray(std::int64_t slot) {
  // Unsigned, as a clock may be anything and a difference of two of them must not overflow.
  const auto distance = [](std::int64_t from, std::int64_t to) {
    return from < to ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                     : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
  };
  if (strays_ > 0 && distance(first_stray_, slot) < slots) {
    ++strays_;
    lowest_stray_ = std::min(lowest_stray_, slot);
  } else {
    strays_ = 1;
    first_stray_ = lowest_stray_ = slot;
  }
  if (strays_ < options_.agreeing_strays) return Arrival::stray;
  strays_ = 0;
  if (lowest_stray_ < base_ || distance(base_, lowest_stray_) > options_.longest_gap) {
    return Arrival::restarted;
  }
  for (std::size_t i = 0; i < slots; ++i) pass_on(options_.slot_blocks);
  // One slot before the earliest of them stays open for what comes later than it should.
  pass_gap(static_cast<std::uint64_t>(lowest_stray_ - 1 - base_));
  return Arrival::resynced;
}

std::byte* AssemblyWindow::place(std::size_t beam, std::size_t group) noexcept {
  const std::size_t row = block_row_ + beam * options_.slot_blocks;
  std::uint8_t& there = present_[row * grid_.groups + group];
  if (there != 0) {
    ++counts_.cells_duplicate;
    return nullptr;
  }
  there = 1;
  ++placed_[row / (grid_.beams * options_.slot_blocks)];
  ++counts_.cells_placed;
  const std::size_t channel_bytes = static_cast<std::size_t>(grid_.format.bits) / 8;
  return samples_.data() + row * block_bytes_ + group * grid_.group_channels * channel_bytes;
}

void AssemblyWindow::blank(std::size_t beam, std::size_t block, std::size_t group) {
  const std::size_t sample_bytes = static_cast<std::size_t>(grid_.format.bits) / 8;
  const std::size_t bytes = grid_.group_channels * sample_bytes;
  std::byte* row =
      spectra(beam) + block * grid_.block_samples * grid_.spectrum_bytes() + group * bytes;
  constexpr float nothing = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t t = 0; t < grid_.block_samples; ++t, row += grid_.spectrum_bytes()) {
    if (!grid_.format.is_float) {
      std::memset(row, 0, bytes);
    } else {
      for (std::size_t at = 0; at < bytes; at += sizeof nothing) {
        std::memcpy(row + at, &nothing, sizeof nothing);
      }
    }
  }
}

// Of the first `blocks` blocks of the slot that is passed on; counts, too.
void AssemblyWindow::find_holes(std::size_t beam, std::size_t blocks, std::vector<Hole>& holes) {
  holes.clear();
  std::size_t before = 0;  // where the holes of the block before begin
  const auto first_block = static_cast<std::uint64_t>(next_) * options_.slot_blocks;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::uint8_t* there = present(beam, static_cast<std::size_t>(first_block) + block);
    const std::size_t here = holes.size();
    std::size_t missing = 0;
    for (std::size_t group = 0; group < grid_.groups; ++group) {
      if (there[group] != 0) continue;
      ++missing;
      const std::size_t channel = group * grid_.group_channels;
      if (holes.size() > here && holes.back().first_channel + holes.back().channels == channel) {
        holes.back().channels += grid_.group_channels;
      } else {
        holes.push_back({(first_block + block) * grid_.block_samples, grid_.block_samples, channel,
                         grid_.group_channels});
      }
    }
    counts_.cells_missing += missing;
    (missing == 0              ? counts_.spectra_whole
     : missing == grid_.groups ? counts_.spectra_lost
                               : counts_.spectra_partial) += grid_.block_samples;
    // Do all holes of the block before, which end here, go on?
    const bool go_on =
        here - before == holes.size() - here && here != holes.size() &&
        std::equal(holes.begin() + static_cast<std::ptrdiff_t>(before),
                   holes.begin() + static_cast<std::ptrdiff_t>(here),
                   holes.begin() + static_cast<std::ptrdiff_t>(here),
                   [](const Hole& old, const Hole& now) {
                     return old.first_channel == now.first_channel && old.channels == now.channels;
                   });
    if (go_on) {
      holes.resize(here);
      for (std::size_t i = before; i < here; ++i) holes[i].samples += grid_.block_samples;
    } else {
      before = here;
    }
  }
  counts_.cells_expected += blocks * grid_.groups;
  counts_.spectra += blocks * grid_.block_samples;
}

// The window moves by one slot.
void AssemblyWindow::pass_on(std::size_t blocks) {
  if (next_ == base_) hand_over(blocks);
  forget(base_++);
}

void AssemblyWindow::pass_whole() {
  const std::size_t cells = grid_.beams * options_.slot_blocks * grid_.groups;
  while (next_ < base_ + window_slots && placed(next_) == cells) hand_over(options_.slot_blocks);
}

void AssemblyWindow::hand_over(std::size_t blocks) {
  const auto first_block = static_cast<std::size_t>(next_) * options_.slot_blocks;
  const std::uint64_t samples = blocks * grid_.block_samples;
  for (std::size_t beam = 0; beam < grid_.beams; ++beam) {
    const std::uint8_t* const there = present(beam, first_block);
    const std::size_t cells = blocks * grid_.groups;
    const bool empty =
        std::none_of(there, there + cells, [](std::uint8_t one) { return one != 0; });
    find_holes(beam, blocks, holes_[beam]);
    for (std::size_t cell = 0; !empty && cell < cells; ++cell) {
      if (there[cell] == 0) blank(beam, cell / grid_.groups, cell % grid_.groups);
    }
    beam_slots_[beam].holes = holes_[beam];
    beam_slots_[beam].spectra = {spectra(beam),
                                 empty ? 0 : std::size_t{samples} * grid_.spectrum_bytes()};
  }
  const FinishedSlot slot{first_block * grid_.block_samples, samples, beam_slots_};
  ++next_;
  sink_(slot);
}

// Its place is the next one's.
void AssemblyWindow::forget(std::int64_t slot) noexcept {
  const std::size_t cells = grid_.beams * options_.slot_blocks * grid_.groups;
  const std::size_t first = static_cast<std::size_t>(slot) % slots * cells;
  std::fill_n(present_.begin() + static_cast<std::ptrdiff_t>(first), cells, std::uint8_t{0});
  placed(slot) = 0;
}

// Slots of which nothing came, as one.
void AssemblyWindow::pass_gap(std::uint64_t gap_slots) {
  const std::uint64_t blocks = gap_slots * options_.slot_blocks;
  const std::uint64_t samples = blocks * grid_.block_samples;
  const std::uint64_t first =
      static_cast<std::uint64_t>(base_) * options_.slot_blocks * grid_.block_samples;
  for (std::size_t beam = 0; beam < grid_.beams; ++beam) {
    holes_[beam].assign(1, Hole{first, samples, 0, grid_.channels()});
    beam_slots_[beam] = {{}, holes_[beam]};
  }
  counts_.cells_expected += blocks * grid_.groups * grid_.beams;
  counts_.cells_missing += blocks * grid_.groups * grid_.beams;
  counts_.spectra += samples * grid_.beams;
  counts_.spectra_lost += samples * grid_.beams;
  base_ += static_cast<std::int64_t>(gap_slots);
  next_ = base_;
  sink_({first, samples, beam_slots_});
}

void AssemblyWindow::finish() {
  const auto slot_blocks = static_cast<std::int64_t>(options_.slot_blocks);
  while (base_ * slot_blocks <= last_block_) {
    const std::int64_t left = last_block_ + 1 - base_ * slot_blocks;
    pass_on(static_cast<std::size_t>(std::min(left, slot_blocks)));
  }
}

}  // namespace draftstream
