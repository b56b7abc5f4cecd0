#include "replay/faulty_line.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace draftstream {
namespace {

constexpr std::size_t most_changed_bytes = 8;

// A number that depends on all bits of another. @source S. Vigna (2015), splitmix64.
std::uint64_t mix(std::uint64_t number) noexcept {
  number += 0x9e37'79b9'7f4a'7c15U;
  number = (number ^ number >> 30U) * 0xbf58'476d'1ce4'e5b9U;
  number = (number ^ number >> 27U) * 0x94d0'49bb'1331'11ebU;
  return number ^ number >> 31U;
}

std::uint64_t in_samples(Seconds length, Seconds sample_time) {
  return static_cast<std::uint64_t>(std::llround(length / sample_time));
}

}  // namespace

std::string_view name_of(PacketFate fate) {
  static constexpr std::array<std::string_view, packet_fates> names{
      "lost",      "lost_in_burst", "duplicated", "reordered",
      "corrupted", "cut",           "garbled",    "followed_by_stranger"};
  return names[static_cast<std::size_t>(fate)];
}

FaultyLine::FaultyLine(const PlannedFaults& faults, const BlockEncoder::Grid& grid,
                       std::span<const std::uint64_t> beams, Seconds sample_time,
                       Seconds longest_gap, Out out)
    : faults_{faults},
      grid_{grid},
      beams_{beams.begin(), beams.end()},
      burst_samples_{in_samples(faults.burst, sample_time)},
      burst_every_samples_{in_samples(faults.burst_every, sample_time)},
      longest_gap_blocks_{static_cast<std::int64_t>(
          longest_gap / (static_cast<double>(grid.block_samples) * sample_time))},
      out_{std::move(out)},
      cells_(beams.size() * grid.groups) {}

// Of the packet that is being sent: 0 to 1, another one for each fate.
double FaultyLine::draw(PacketFate fate) const noexcept {
  const std::uint64_t bits =
      mix(mix(faults_.seed ^ mix(account_.made)) + static_cast<std::uint64_t>(fate));
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

bool FaultyLine::in_burst() const noexcept {
  return burst_samples_ > 0 && first_ >= burst_every_samples_ &&
         first_ % burst_every_samples_ < burst_samples_;
}

void FaultyLine::note(PacketFate fate) {
  ++account_.fates[static_cast<std::size_t>(fate)];
  account_.events.push_back({account_.made, first_, fate});
}

bool FaultyLine::happens(PacketFate fate, double probability) {
  if (!(draw(fate) < probability)) return false;
  note(fate);
  return true;
}

void FaultyLine::begin_block(std::uint64_t first, std::span<const std::size_t> present) {
  first_ = first;
  present_.assign(present.begin(), present.end());
  std::fill(cells_.begin(), cells_.end(), Cell{});
}

// Changes a few bytes behind `from`, each to another value.
void FaultyLine::change_bytes(std::size_t from) {
  std::uint64_t random = mix(faults_.seed + mix(~account_.made));
  const std::size_t count = 1 + random % most_changed_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    random = mix(random);
    const std::size_t at = from + (random >> 8U) % (changed_.size() - from);
    // The same place twice would undo it.
    changed_[at] ^= static_cast<std::byte>(1U << (i % most_changed_bytes));
  }
}

void FaultyLine::mark(const PacketCells& cells, bool arrives, bool in_doubt, bool twice) {
  for (std::size_t b = cells.first_beam; b < cells.first_beam + cells.beams; ++b) {
    const std::size_t beam = present_[b];
    for (std::size_t g = cells.first_group; g < cells.first_group + cells.groups; ++g) {
      Cell& cell = cells_[beam * grid_.groups + g];
      cell.came = cell.came || arrives;
      cell.spoiled = cell.spoiled || !arrives;
      cell.in_doubt = cell.in_doubt || in_doubt;
      cell.twice = cell.twice || (twice && arrives && grid_.whole_cells);
    }
  }
}

bool FaultyLine::pass(std::span<const std::byte> datagram) {
  ++account_.sent;
  return out_(datagram);
}

// Those that were to come after packets up to this one.
bool FaultyLine::release_held(std::uint64_t up_to) {
  while (!held_.empty() && held_.front().release <= up_to) {
    const Held next = std::move(held_.front());
    held_.erase(held_.begin());
    if (!pass(next.datagram)) return false;
  }
  return true;
}

bool FaultyLine::send(const PacketCells& cells, std::size_t header_bytes,
                      std::span<const std::byte> datagram, const Stranger& stranger) {
  const std::uint64_t number = account_.made;
  bool going = true;
  if (in_burst()) {
    note(PacketFate::lost_in_burst);
    mark(cells, false, false, false);
  } else if (happens(PacketFate::lost, faults_.loss)) {
    mark(cells, false, false, false);
  } else {
    changed_.assign(datagram.begin(), datagram.end());
    bool arrives = true;
    bool in_doubt = false;
    if (happens(PacketFate::cut, faults_.cut)) {
      changed_.resize(1 + mix(number) % (changed_.size() - 1));
      arrives = false;
    } else if (happens(PacketFate::garbled, faults_.garble)) {
      change_bytes(0);
      arrives = false;
      in_doubt = true;
    } else if (happens(PacketFate::corrupted, faults_.corrupt)) {
      change_bytes(header_bytes);
    }
    const bool twice = happens(PacketFate::duplicated, faults_.duplicate);
    mark(cells, arrives, in_doubt, twice);
    const bool later = happens(PacketFate::reordered, faults_.reorder);
    if (later) {
      const std::uint64_t release =
          number + 1 + mix(faults_.seed + mix(number)) % faults_.reorder_by;
      const auto place =
          std::upper_bound(held_.begin(), held_.end(), release,
                           [](std::uint64_t at, const Held& held) { return at < held.release; });
      held_.insert(place, {release, changed_});
    }
    if (!later || twice) going = pass(changed_);
    if (going && !later && twice) going = pass(changed_);
    const bool strange = going && happens(PacketFate::followed_by_stranger, faults_.wrong_stream);
    if (strange) {
      stranger([&](std::span<const std::byte> one) {
        ++account_.stranger_packets;
        going = going && pass(one);
      });
    }
  }
  going = going && release_held(number);
  ++account_.made;
  return going;
}

void FaultyLine::add_lost_blocks(std::uint64_t blocks) {
  for (BeamAccount& beam : account_.observations.back().beams) {
    beam.cells_expected += blocks * grid_.groups;
    beam.cells_missing += blocks * grid_.groups;
    beam.spectra += blocks * grid_.block_samples;
    beam.spectra_lost += blocks * grid_.block_samples;
  }
}

void FaultyLine::end_block() {
  const bool any = std::any_of(cells_.begin(), cells_.end(),
                               [](const Cell& cell) { return cell.came && !cell.spoiled; });
  if (!any) {
    silent_blocks_ += running_ ? 1 : 0;
    return;
  }
  if (!running_) {
    running_ = true;
    silent_blocks_ = 0;
    account_.observations.push_back({first_, {}});
    for (const std::uint64_t beam : beams_) {
      account_.observations.back().beams.emplace_back().beam = beam;
    }
  }
  add_lost_blocks(std::exchange(silent_blocks_, 0));
  for (std::size_t b = 0; b < beams_.size(); ++b) {
    BeamAccount& beam = account_.observations.back().beams[b];
    const auto cells = std::span{cells_}.subspan(b * grid_.groups, grid_.groups);
    std::uint64_t placed = 0;
    for (const Cell& cell : cells) {
      placed += cell.came && !cell.spoiled ? 1 : 0;
      beam.cells_in_doubt += cell.in_doubt ? 1 : 0;
      beam.cells_duplicate += cell.twice ? 1 : 0;
    }
    beam.cells_expected += grid_.groups;
    beam.cells_placed += placed;
    beam.cells_missing += grid_.groups - placed;
    beam.spectra += grid_.block_samples;
    (placed == grid_.groups ? beam.spectra_whole
     : placed == 0          ? beam.spectra_lost
                            : beam.spectra_partial) += grid_.block_samples;
  }
}

void FaultyLine::jump(std::int64_t blocks) {
  if (blocks == 0 || !running_) return;
  if (blocks > 0 && blocks <= longest_gap_blocks_) {
    silent_blocks_ += static_cast<std::uint64_t>(blocks);
    return;
  }
  running_ = false;
}

bool FaultyLine::flush() {
  return release_held(~std::uint64_t{0});
}

bool FaultyLine::send_end(std::span<const std::byte> datagram) {
  ++account_.end_packets;
  return pass(datagram);
}

}  // namespace draftstream
