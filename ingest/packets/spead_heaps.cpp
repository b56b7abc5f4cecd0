#include "ingest/packets/spead_heaps.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace draftstream {
namespace {

constexpr std::size_t most_items = 256;               // of different ids in a heap
constexpr std::size_t most_ranges = 4096;             // pieces that do not touch
constexpr std::uint64_t no_heap = ~std::uint64_t{0};  // counts have 48 bits

}  // namespace

std::optional<std::uint64_t> SpeadHeap::immediate(std::uint16_t id) const noexcept {
  for (const SpeadItem& item : items_) {
    if (item.immediate && item.id == id) return item.value;
  }
  return std::nullopt;
}

std::optional<std::span<const std::byte>> SpeadHeap::addressed(std::uint16_t id) const noexcept {
  for (const SpeadItem& item : items_) {
    if (item.immediate || item.id != id) continue;
    std::uint64_t end = payload_.size();
    for (const SpeadItem& other : items_) {
      if (!other.immediate && other.value > item.value) end = std::min(end, other.value);
    }
    return std::span{payload_}.subspan(item.value, end - item.value);
  }
  return std::nullopt;
}

bool SpeadHeap::has(std::uint16_t id) const noexcept {
  return std::any_of(items_.begin(), items_.end(),
                     [id](const SpeadItem& item) { return item.id == id; });
}

// Copies what is not there yet. @return How many bytes that were.
std::uint64_t SpeadHeap::add_bytes(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (bytes.empty()) return 0;
  const std::uint64_t end = offset + bytes.size();
  std::uint64_t at = offset;
  std::uint64_t added = 0;
  const auto copy_up_to = [&](std::uint64_t until) {
    if (until <= at) return;
    std::memcpy(payload_.data() + at, bytes.data() + (at - offset), until - at);
    added += until - at;
  };
  // Ranges that overlap or touch become one with this.
  const auto first = std::lower_bound(
      ranges_.begin(), ranges_.end(), offset,
      [](const Range& range, std::uint64_t value) { return range.second < value; });
  auto last = first;
  Range merged{offset, end};
  for (; last != ranges_.end() && last->first <= end; ++last) {
    copy_up_to(std::min(last->first, end));
    at = std::max(at, last->second);
    merged.first = std::min(merged.first, last->first);
    merged.second = std::max(merged.second, last->second);
  }
  copy_up_to(end);
  if (first == last) {
    ranges_.insert(first, merged);
  } else {
    *first = merged;
    ranges_.erase(first + 1, last);
  }
  received_ += added;
  return added;
}

SpeadHeaps::SpeadHeaps(const Options& options) : options_{options} {
  if (options.partial_heaps == 0) throw std::invalid_argument("SpeadHeaps: no partial heaps");
  heaps_.resize(options.partial_heaps);
  recent_.assign(options.partial_heaps, no_heap);
}

SpeadHeap& SpeadHeaps::find_or_begin(const SpeadPacket& packet) {
  SpeadHeap* oldest = &heaps_.front();  // or a free one, whose order is 0
  for (SpeadHeap& heap : heaps_) {
    if (heap.order_ != 0 && heap.count_ == packet.heap_count) return heap;
    if (heap.order_ < oldest->order_) oldest = &heap;
  }
  if (oldest->order_ != 0) ++incomplete_;
  oldest->count_ = packet.heap_count;
  oldest->received_ = 0;
  oldest->order_ = ++order_;
  oldest->payload_.resize(packet.heap_length);
  oldest->items_.clear();
  oldest->ranges_.clear();
  return *oldest;
}

std::variant<SpeadHeaps::Added, Refused> SpeadHeaps::add(const SpeadPacket& packet) {
  if (packet.heap_length > options_.longest_heap) {
    return Refused{PacketFault::huge_heap, 0, packet.heap_length, options_.longest_heap};
  }
  if (std::find(recent_.begin(), recent_.end(), packet.heap_count) != recent_.end()) {
    return Added::duplicate;
  }
  for (std::size_t i = 0; i < packet.items(); ++i) {
    const SpeadItem item = packet.item(i);
    if (!item.immediate && item.id != spead_id::padding && item.value > packet.heap_length) {
      return Refused{PacketFault::outside_heap, static_cast<std::uint32_t>(8 + 8 * i), item.value,
                     packet.heap_length};
    }
  }
  SpeadHeap& heap = find_or_begin(packet);
  if (heap.payload_.size() != packet.heap_length) {
    return Refused{PacketFault::changed_heap, 0, packet.heap_length, heap.payload_.size()};
  }
  for (std::size_t i = 0; i < packet.items(); ++i) {
    const SpeadItem item = packet.item(i);
    if (item.id == spead_id::padding || (item.immediate && item.id <= spead_id::payload_length)) {
      continue;
    }
    const auto same =
        std::find_if(heap.items_.begin(), heap.items_.end(), [&item](const SpeadItem& other) {
          return other.id == item.id && other.immediate == item.immediate &&
                 (item.immediate || other.value == item.value);
        });
    if (same != heap.items_.end()) continue;
    if (heap.items_.size() == most_items) {
      return Refused{PacketFault::huge_heap, 6, most_items + 1, most_items};
    }
    heap.items_.push_back(item);
  }
  if (heap.ranges_.size() >= most_ranges) {
    return Refused{PacketFault::huge_heap, 0, most_ranges + 1, most_ranges};
  }
  const std::uint64_t added = heap.add_bytes(packet.payload_offset, packet.payload);
  if (heap.received_ < packet.heap_length) {
    return added == 0 && !packet.payload.empty() ? Added::duplicate : Added::piece;
  }
  heap.order_ = 0;
  completed_ = &heap;
  recent_[next_recent_] = heap.count_;
  next_recent_ = (next_recent_ + 1) % recent_.size();
  return Added::complete;
}

void SpeadHeaps::clear() {
  for (SpeadHeap& heap : heaps_) {
    if (heap.order_ != 0) ++incomplete_;
    heap.order_ = 0;
  }
  recent_.assign(recent_.size(), no_heap);
}

}  // namespace draftstream
