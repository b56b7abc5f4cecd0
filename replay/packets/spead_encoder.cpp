#include "replay/packets/spead_encoder.hpp"

#include <algorithm>
#include <stdexcept>

#include "ingest/packets/spead_packet.hpp"

namespace draftstream {
namespace {

constexpr std::size_t longest_datagram = 65'507;

}  // namespace

SpeadEncoder::SpeadEncoder(const SpeadOptions& layout, std::size_t packet_bytes,
                           std::uint64_t heap_count)
    : layout_{layout}, packet_bytes_{packet_bytes}, heap_count_{heap_count} {
  if (packet_bytes <= header_bytes || packet_bytes > longest_datagram) {
    throw std::invalid_argument("SpeadEncoder: packets of fewer than 73 or more than 65507 bytes");
  }
}

void SpeadEncoder::begin_packet(std::size_t items) {
  packet_.clear();
  append_big(packet_, 0x53'04'02'06, 4);
  append_big(packet_, items, 4);
}

void SpeadEncoder::append_item(bool immediate, std::uint64_t id, std::uint64_t value) {
  append_big(packet_, (immediate ? 0x8000U : 0U) | id, 2);
  append_big(packet_, value, 6);
}

void SpeadEncoder::encode(std::uint64_t timestamp, std::uint64_t beam, std::uint64_t channel,
                          std::span<const std::byte> data, const SendDatagram& send) {
  const std::size_t room = packet_bytes_ - header_bytes;
  for (std::size_t first = 0; first < data.size(); first += room) {
    const auto payload = data.subspan(first, std::min(room, data.size() - first));
    begin_packet(8);
    append_item(true, spead_id::heap_count, heap_count_);
    append_item(true, spead_id::heap_length, data.size());
    append_item(true, spead_id::payload_offset, first);
    append_item(true, spead_id::payload_length, payload.size());
    append_item(true, layout_.timestamp_id, timestamp);
    append_item(true, layout_.beam_id, beam);
    append_item(true, layout_.channel_id, channel);
    append_item(false, layout_.data_id, 0);
    packet_.insert(packet_.end(), payload.begin(), payload.end());
    send(packet_);
  }
  ++heap_count_;
}

void SpeadEncoder::stop(const SendDatagram& send) {
  begin_packet(6);
  append_item(true, spead_id::heap_count, heap_count_++);
  append_item(true, spead_id::heap_length, 1);
  append_item(true, spead_id::payload_offset, 0);
  append_item(true, spead_id::payload_length, 1);
  append_item(true, spead_id::stream_control, 2);
  append_item(false, spead_id::padding, 0);  // the address of the one byte, which is needed
  packet_.push_back(std::byte{0});
  send(packet_);
}

}  // namespace draftstream
