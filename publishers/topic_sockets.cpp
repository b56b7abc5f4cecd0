#include "publishers/topic_sockets.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t largest_request = 65536;  // [bytes] of what anyone may send to us

void watch_connections(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 60);
  socket.set(zmq::sockopt::heartbeat_ivl, 5000);
  socket.set(zmq::sockopt::heartbeat_timeout, 15000);
  socket.set(zmq::sockopt::heartbeat_ttl, 30000);
  socket.set(zmq::sockopt::maxmsgsize, largest_request);
}

}  // namespace

TopicSockets::TopicSockets(const Limits& limits, const Locks& locks)
    : topic_socket_{context_, zmq::socket_type::xpub},
      replay_socket_{context_, zmq::socket_type::router} {
  if (!locks.secret_key.empty()) {
    zap_handler_.emplace(context_, *locks.gate);
    serve_by_keys(topic_socket_, locks.secret_key);
    serve_by_keys(replay_socket_, locks.secret_key);
  }
  const auto linger = static_cast<int>(limits.linger.count());
  topic_socket_.set(zmq::sockopt::linger, linger);
  topic_socket_.set(zmq::sockopt::sndhwm, limits.send_hwm);
  topic_socket_.set(zmq::sockopt::xpub_verboser, 1);  // every subscription, and its end, is told
  topic_socket_.set(zmq::sockopt::xpub_nodrop, 1);    // a full subscriber is told too
  watch_connections(topic_socket_);

  replay_socket_.set(zmq::sockopt::linger, linger);
  replay_socket_.set(zmq::sockopt::sndhwm, static_cast<int>(2 * limits.replay_batch + 2));
  replay_socket_.set(zmq::sockopt::router_mandatory, 1);  // a client that is gone is told
  watch_connections(replay_socket_);
}

std::string TopicSockets::bind(const Endpoint& endpoint) {
  const bool any_port = endpoint.transport == Endpoint::Transport::tcp && endpoint.port == 0;
  if (endpoint.host.starts_with('[')) {
    topic_socket_.set(zmq::sockopt::ipv6, 1);
    replay_socket_.set(zmq::sockopt::ipv6, 1);
  }
  // The port above a free one may be taken: then another pair is tried.
  for (int attempts_left = any_port ? 32 : 1;; --attempts_left) {
    std::string trying = endpoint.text();
    std::string bound;
    try {
      topic_socket_.bind(trying);
      bound = topic_socket_.get(zmq::sockopt::last_endpoint);
      trying = parse_endpoint(bound).replay().text();
      replay_socket_.bind(trying);
      bound_.push_back({&topic_socket_, bound});
      bound_.push_back({&replay_socket_, replay_socket_.get(zmq::sockopt::last_endpoint)});
      return bound;
    } catch (const std::exception& error) {
      if (!bound.empty()) topic_socket_.unbind(bound);
      if (attempts_left > 1) continue;
      throw ConfigError(fmt::format("{} cannot be bound for publishing: {}", trying, error.what()));
    }
  }
}

void TopicSockets::cut() {
  for (Bound& bound : bound_) {
    // libzmq has no way to end one connection; they end with what they came in by.
    if (!bound.is_cut) bound.socket->unbind(bound.endpoint);
    bound.is_cut = true;
  }
}

std::string TopicSockets::bind_again() {
  std::string fault;
  for (Bound& bound : bound_) {
    if (!bound.is_cut) continue;
    try {
      bound.socket->bind(bound.endpoint);
      bound.is_cut = false;
    } catch (const zmq::error_t& error) {  // unbind() does not wait for its own end
      fault = fmt::format("{} cannot be bound again: {}", bound.endpoint, error.what());
    }
  }
  return fault;
}

void TopicSockets::wait(Clock::time_point until, WakeUp& wake_up) {
  zmq::pollitem_t items[] = {{topic_socket_.handle(), 0, ZMQ_POLLIN, 0},
                             {replay_socket_.handle(), 0, ZMQ_POLLIN, 0},
                             {nullptr, wake_up.descriptor(), ZMQ_POLLIN, 0}};
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  try {
    zmq::poll(items, std::size(items), std::max(left, milliseconds{0}));
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
  }
  wake_up.clear();
}

bool TopicSockets::send(const std::string& topic, const std::string& json,
                        std::span<const std::vector<std::byte>> frames) {
  constexpr auto more = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
  const bool all_had_room = topic_socket_.send(zmq::buffer(topic), more).has_value();
  if (!all_had_room) {
    // XPUB_NODROP would let one full subscriber keep the message from all others.
    topic_socket_.set(zmq::sockopt::xpub_nodrop, 0);
    topic_socket_.send(zmq::buffer(topic), more);
  }
  topic_socket_.send(zmq::buffer(json), frames.empty() ? zmq::send_flags::dontwait : more);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool last = i + 1 == frames.size();
    topic_socket_.send(zmq::buffer(frames[i]), last ? zmq::send_flags::dontwait : more);
  }
  if (!all_had_room) topic_socket_.set(zmq::sockopt::xpub_nodrop, 1);
  return all_had_room;
}

int TopicSockets::take_subscriptions(std::span<const std::string> topic_heads) {
  int change = 0;
  zmq::message_t message;
  while (topic_socket_.recv(message, zmq::recv_flags::dontwait)) {
    const std::string_view text = message.to_string_view();
    if (text.empty() || message.more()) continue;
    const std::string_view topic = text.substr(1);
    const bool wanted =
        std::any_of(topic_heads.begin(), topic_heads.end(), [topic](const std::string& head) {
          return head.starts_with(topic) || topic.starts_with(head);
        });
    if (!wanted) continue;
    if (text.front() == '\1') ++change;
    if (text.front() == '\0') --change;
  }
  return change;
}

std::optional<TopicSockets::Request> TopicSockets::take_request() {
  Request request;
  if (!replay_socket_.recv(request.client, zmq::recv_flags::dontwait)) return std::nullopt;
  std::size_t frames = 0;
  zmq::message_t frame;
  for (bool more = request.client.more(); more; more = frame.more()) {
    // The frames of a message arrive together: this does not wait.
    [[maybe_unused]] const auto bytes = replay_socket_.recv(frame);
    request.text = ++frames == 1 ? frame.to_string() : std::string{};
  }
  return request;
}

std::size_t TopicSockets::send_answer(const zmq::message_t& client, const ReplayAnswer& answer) {
  constexpr auto more = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
  const auto address = zmq::buffer(client.data(), client.size());
  std::size_t sent = 0;
  try {
    for (const auto& item : answer.events) {
      if (!replay_socket_.send(address, more)) return sent;
      replay_socket_.send(zmq::buffer(item.topic), more);
      replay_socket_.send(zmq::buffer(item.json), zmq::send_flags::dontwait);
      ++sent;
    }
    if (replay_socket_.send(address, more)) {
      replay_socket_.send(zmq::buffer(to_json(answer.end)), zmq::send_flags::dontwait);
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;  // the client has left
  }
  return sent;
}

void TopicSockets::close() {
  topic_socket_.close();
  replay_socket_.close();
}

}  // namespace draftstream
