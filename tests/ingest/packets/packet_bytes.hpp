// Packets written by hand, independently of what is tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace draftstream::test {

using Bytes = std::vector<std::byte>;

/// "0a ff" as two bytes; blanks and anything that is no digit only separate.
inline Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    const std::size_t digit = std::string_view{"0123456789abcdef"}.find(c);
    if (digit == std::string_view::npos) continue;
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  return bytes;
}

template <class Number>
void add(Bytes& bytes, Number number) {
  std::byte raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  for (const std::byte byte : raw) bytes.push_back(byte);
}

/// A CHIME/FRB packet, field by field as in the description of the format.
struct ChimeBytes {
  std::uint32_t version = 2;
  int data_nbytes = -1;  // -1: as it should be
  std::uint16_t counts_per_sample = 384;
  std::uint64_t fpga0_ns = 1'700'000'000'123'456'789;
  std::uint64_t fpga_count = 0;
  std::vector<std::uint16_t> beams{0};
  std::vector<std::uint16_t> coarse{0};
  std::uint16_t up = 1;
  std::uint16_t samples = 4;
  std::vector<float> scales;       // [beam, coarse]; empty: 1
  std::vector<float> offsets;      // the same; empty: 0
  std::vector<std::uint8_t> data;  // [beam, coarse, up, time]; empty: 1, 2, 3, ...

  [[nodiscard]] std::size_t cells() const { return beams.size() * coarse.size(); }

  [[nodiscard]] Bytes bytes() const {
    const std::size_t count = cells() * up * samples;
    Bytes out;
    add(out, version);
    add(out, static_cast<std::int16_t>(data_nbytes == -1 ? static_cast<int>(count) : data_nbytes));
    add(out, counts_per_sample);
    if (version == 2) add(out, fpga0_ns);
    add(out, fpga_count);
    add(out, static_cast<std::uint16_t>(beams.size()));
    add(out, static_cast<std::uint16_t>(coarse.size()));
    add(out, up);
    add(out, samples);
    for (const auto beam : beams) add(out, beam);
    for (const auto id : coarse) add(out, id);
    for (std::size_t i = 0; i < cells(); ++i) add(out, scales.empty() ? 1.0F : scales[i]);
    for (std::size_t i = 0; i < cells(); ++i) add(out, offsets.empty() ? 0.0F : offsets[i]);
    for (std::size_t i = 0; i < count; ++i) {
      add(out, data.empty() ? static_cast<std::uint8_t>(1 + i % 254) : data[i]);
    }
    return out;
  }
};

/// One item pointer of SPEAD-64-48.
struct SpeadPointer {
  bool immediate = true;
  std::uint16_t id = 0;
  std::uint64_t value = 0;
};

inline void add_big(Bytes& bytes, std::uint64_t number, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(number >> (8 * i)));
}

inline Bytes spead_bytes(const std::vector<SpeadPointer>& items, const Bytes& payload) {
  Bytes out = from_hex("53 04 02 06 00 00");
  add_big(out, items.size(), 2);
  for (const auto& item : items) {
    add_big(out, (item.immediate ? 0x8000U : 0U) | item.id, 2);
    add_big(out, item.value, 6);
  }
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

/// Packet of the heap `count` that holds payload [offset, offset + length) of `heap`, with the
/// items that name the heap and then `more`.
inline Bytes spead_piece(std::uint64_t count, const Bytes& heap, std::size_t offset,
                         std::size_t length, const std::vector<SpeadPointer>& more) {
  std::vector<SpeadPointer> items{
      {true, 1, count}, {true, 2, heap.size()}, {true, 3, offset}, {true, 4, length}};
  items.insert(items.end(), more.begin(), more.end());
  const auto at = heap.begin() + static_cast<std::ptrdiff_t>(offset);
  return spead_bytes(items, Bytes(at, at + static_cast<std::ptrdiff_t>(length)));
}

}  // namespace draftstream::test
