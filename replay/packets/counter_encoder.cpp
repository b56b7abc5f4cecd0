#include "replay/packets/counter_encoder.hpp"

#include <stdexcept>

namespace draftstream {
namespace {

void set_field(const HeaderField& field, std::uint64_t value, std::vector<std::byte>& header) {
  const std::uint64_t mask =
      field.bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << field.bits) - 1;
  const std::uint64_t bits = ((value + field.base) & mask) << field.shift;
  for (std::size_t i = 0; i < field.bytes; ++i) {
    const std::size_t at = field.big_endian ? field.bytes - 1 - i : i;
    header[field.offset + at] |= static_cast<std::byte>(bits >> (8 * i));
  }
}

}  // namespace

void encode_counter(const CounterProfile& profile, const CounterPacket& packet,
                    std::vector<std::byte>& out) {
  if (profile.header_bytes + packet.data.size() != profile.packet_bytes()) {
    throw std::invalid_argument("encode_counter: data that are no packet of the profile's");
  }
  out.assign(profile.header_bytes, std::byte{0});
  for (const FieldCheck& check : profile.checks) set_field(check.field, check.value, out);
  if (profile.beam) set_field(*profile.beam, packet.beam, out);
  if (profile.group) set_field(*profile.group, packet.group, out);
  set_field(profile.counter,
            profile.group ? packet.clock : packet.clock * profile.groups + packet.group, out);
  out.insert(out.end(), packet.data.begin(), packet.data.end());
}

}  // namespace draftstream
