#include "publishers/gateways/vtp_author.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "ingest/errors.hpp"
#include "ingest/live/tcp_socket.hpp"
#include "publishers/gateways/vtp_message.hpp"

namespace draftstream {
namespace {

using Moment = std::chrono::steady_clock::time_point;

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

Delivery judge_receipt(const std::string& message) {
  const auto receipt = parse_transport(message);
  if (receipt && receipt->role == "ack") return Delivery::delivered();
  if (receipt && receipt->role == "nak") {
    return Delivery::refused(receipt->result.empty() ? "the broker does not want it"
                                                     : receipt->result);
  }
  return Delivery::later("the broker answered with something else than ack or nak");
}

}  // namespace

VtpAuthor::VtpAuthor(VtpAuthorOptions options)
    : options_{std::move(options)}, broker_{parse_stream_url("tcp://" + options_.broker)} {}

Delivery VtpAuthor::deliver(const OutgoingEvent& outgoing) {
  const Moment deadline = std::chrono::steady_clock::now() + options_.timeout;
  const auto connection = connect_tcp(broker_, stop_, deadline);
  if (!connection) return Delivery::later("stopped");
  const int socket = connection->socket.get();
  if (!send_all(socket, vtp_frame(voevent_document(outgoing, options_.author)), deadline)) {
    return Delivery::later("the broker hung up, or does not read");
  }
  return receipt(socket, deadline);
}

bool VtpAuthor::send_all(int socket, std::string_view bytes, Moment deadline) const {
  while (!bytes.empty()) {
    if (stop_.wait(socket, POLLOUT, deadline) != Waited::ready) return false;
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Delivery VtpAuthor::receipt(int socket, Moment deadline) const {
  VtpReader reader;
  std::array<char, 4096> piece{};
  for (;;) {
    const Waited waited = stop_.wait(socket, POLLIN, deadline);
    if (waited == Waited::stopped) return Delivery::later("stopped");
    if (waited == Waited::timed_out) return Delivery::later("the broker does not answer");
    const auto got = ::recv(socket, piece.data(), piece.size(), 0);
    if (got < 0 && would_block()) continue;
    if (got <= 0) return Delivery::later("the broker hung up without an answer");
    reader.take({piece.data(), static_cast<std::size_t>(got)});
    if (const auto message = reader.next()) return judge_receipt(*message);
  }
}

}  // namespace draftstream
