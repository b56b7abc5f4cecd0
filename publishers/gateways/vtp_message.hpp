// Private to publishers/gateways/: what the VOEvent Transport Protocol says beside VOEvents.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// No VOEvent of ours, and no answer, is near this [bytes].
inline constexpr std::size_t longest_vtp_message = 1 << 16;

/// @source Swinbank 2014, Astronomy and Computing 7, 12 (Comet); IVOA Note, VOEvent Transport
///         Protocol 2.0 (2017).
struct TransportMessage {
  std::string role;      ///< "ack", "nak", "iamalive", "authenticate".
  std::string origin;    ///< Of what is answered, or of whom speaks.
  std::string response;  ///< Whom answers; "" = it is no answer.
  std::string result;    ///< Words beside a nak; "" = none.
};

/// The XML of one, at `now`.
[[nodiscard]] std::string transport_xml(const TransportMessage& message, const UtcInstant& now);

/// @return Empty if it is none, as text from anyone may be.
[[nodiscard]] std::optional<TransportMessage> parse_transport(std::string_view xml);

/// As it is on the wire: its length as 32 bits, big-endian, then itself.
[[nodiscard]] std::string vtp_frame(std::string_view message);

/// Takes messages out of the bytes of a connection.
class VtpReader {
 public:
  void take(std::string_view bytes) { buffer_ += bytes; }

  /// The next whole message; empty if it has not come yet.
  /// @throws InputError on one that is longer than longest_vtp_message.
  std::optional<std::string> next();

 private:
  std::string buffer_;
};

}  // namespace draftstream
