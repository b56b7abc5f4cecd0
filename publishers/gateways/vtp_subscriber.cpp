#include "publishers/gateways/vtp_subscriber.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

constexpr int most_pieces = 16;  // that one says before others have their turn

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

std::string reason() {
  return std::generic_category().message(errno);
}

}  // namespace

VtpSubscriber::VtpSubscriber(TcpConnection connection, std::string origin)
    : connection_{std::move(connection)}, origin_{std::move(origin)} {
  queue(transport_xml({"authenticate", origin_, "", ""}, utc_now()));
}

void VtpSubscriber::offer(const std::string& ivorn, const std::string& document) {
  if (ivorn == last_offered_) return;
  last_offered_ = ivorn;
  unanswered_.insert(ivorn);
  queue(document);
}

void VtpSubscriber::ask_if_alive(std::chrono::milliseconds interval) {
  if (Clock::now() - last_asked_ < interval) return;
  last_asked_ = Clock::now();
  queue(transport_xml({"iamalive", origin_, "", ""}, utc_now()));
}

std::string VtpSubscriber::serve(std::set<std::string>& answered) {
  std::array<char, 4096> piece{};
  for (int pieces = 0; pieces < most_pieces; ++pieces) {
    const auto got = ::recv(socket(), piece.data(), piece.size(), 0);
    if (got < 0 && would_block()) break;
    if (got < 0) return reason();
    if (got == 0) return "it hung up";
    reader_.take({piece.data(), static_cast<std::size_t>(got)});
    try {
      while (const auto message = reader_.next()) take(*message, answered);
    } catch (const InputError& error) {
      return error.what();
    }
  }
  return write();
}

std::string VtpSubscriber::write() {
  while (!output_.empty()) {
    const auto sent = ::send(socket(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && would_block()) break;
    if (sent < 0) return reason();
    output_.erase(0, static_cast<std::size_t>(sent));
  }
  return "";
}

// Whatever else it says is a sign of life, and no more.
void VtpSubscriber::take(const std::string& message, std::set<std::string>& answered) {
  last_heard_ = Clock::now();
  const auto said = parse_transport(message);
  if (!said || (said->role != "ack" && said->role != "nak")) return;
  // Receivers name the VOEvent as the origin of what they answer.
  const auto found = unanswered_.find(said->origin);
  if (found == unanswered_.end()) return;
  answered.insert(*found);
  unanswered_.erase(found);
}

}  // namespace draftstream
