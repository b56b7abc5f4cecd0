// ZeroMQ sockets of the other side, without any of our own code.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

namespace draftstream::test {

using Frames = std::vector<std::string>;

/// One socket with a context of its own.
class RawSocket {
 public:
  explicit RawSocket(zmq::socket_type type) : socket_{context_, type} {
    socket_.set(zmq::sockopt::linger, 0);
  }

  RawSocket& subscribe(const std::string& topic) {
    socket_.set(zmq::sockopt::subscribe, topic);
    return *this;
  }
  RawSocket& connect(const std::string& endpoint) {
    socket_.connect(endpoint);
    return *this;
  }
  std::string bind(const std::string& endpoint) {
    socket_.bind(endpoint);
    return socket_.get(zmq::sockopt::last_endpoint);
  }

  void send(const Frames& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      socket_.send(zmq::buffer(frames[i]),
                   i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }

  /// The next message, or nothing if none comes within `patience`.
  std::optional<Frames> receive(std::chrono::milliseconds patience = std::chrono::seconds{30}) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
    Frames frames;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame)) return std::nullopt;
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }

  zmq::socket_t& socket() noexcept { return socket_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

}  // namespace draftstream::test
