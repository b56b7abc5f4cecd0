#include "publishers/subscriber_sockets.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t largest_message = 16 << 20;  // [bytes] taken from a publisher

void set_up(zmq::socket_t& socket, int receive_hwm, const std::optional<SubscriberKeys>& keys) {
  socket.set(zmq::sockopt::rcvhwm, receive_hwm);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, largest_message);
  socket.set(zmq::sockopt::reconnect_ivl, 50);
  socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::heartbeat_ivl, 5000);
  socket.set(zmq::sockopt::heartbeat_timeout, 15000);
  if (!keys) return;
  socket.set(zmq::sockopt::curve_serverkey, keys->server_public_key);
  socket.set(zmq::sockopt::curve_publickey, keys->own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, keys->own.secret_key);
}

void connect(zmq::socket_t& socket, const Endpoint& endpoint) {
  try {
    if (endpoint.host.starts_with('[')) socket.set(zmq::sockopt::ipv6, 1);
    socket.connect(endpoint.text());
  } catch (const zmq::error_t& error) {
    throw ConfigError(fmt::format("{} cannot be connected to: {}", endpoint.text(), error.what()));
  }
}

std::optional<std::vector<std::string>> take_frames(zmq::socket_t& socket) {
  zmq::message_t frame;
  if (!socket.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  std::vector<std::string> frames{frame.to_string()};
  while (frame.more()) {
    // The frames of a message arrive together: this does not wait.
    [[maybe_unused]] const auto bytes = socket.recv(frame);
    frames.push_back(frame.to_string());
  }
  return frames;
}

}  // namespace

SubscriberSockets::SubscriberSockets(const Endpoint& endpoint,
                                     const std::vector<std::string>& topics, int receive_hwm,
                                     const std::optional<SubscriberKeys>& keys)
    : topic_socket_{context_, zmq::socket_type::sub},
      replay_socket_{context_, zmq::socket_type::dealer} {
  if (endpoint.transport == Endpoint::Transport::tcp && endpoint.port == 0) {
    throw ConfigError(fmt::format("{}: found no port, expected one", endpoint.text()));
  }
  set_up(topic_socket_, receive_hwm, keys);
  for (const auto& topic : topics) topic_socket_.set(zmq::sockopt::subscribe, topic);
  connect(topic_socket_, endpoint);

  set_up(replay_socket_, receive_hwm, keys);
  replay_socket_.set(zmq::sockopt::immediate, 1);  // no requests heaped up for a later publisher
  replay_socket_.set(zmq::sockopt::sndhwm, 16);
  connect(replay_socket_, endpoint.replay());
}

void SubscriberSockets::wait(Clock::time_point until) {
  zmq::pollitem_t items[] = {{topic_socket_.handle(), 0, ZMQ_POLLIN, 0},
                             {replay_socket_.handle(), 0, ZMQ_POLLIN, 0}};
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  try {
    zmq::poll(items, std::size(items), std::max(left, milliseconds{0}));
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
  }
}

std::optional<std::vector<std::string>> SubscriberSockets::take_topic_message() {
  return take_frames(topic_socket_);
}

std::optional<std::vector<std::string>> SubscriberSockets::take_answer() {
  return take_frames(replay_socket_);
}

Refusal SubscriberSockets::refusal() {
  const Refusal of_topic = topic_watch_.look();
  const Refusal of_replay = replay_watch_.look();
  return of_topic == Refusal::none || is_final(of_replay) ? of_replay : of_topic;
}

bool SubscriberSockets::ask(const std::string& request) {
  return replay_socket_.send(zmq::buffer(request), zmq::send_flags::dontwait).has_value();
}

}  // namespace draftstream
