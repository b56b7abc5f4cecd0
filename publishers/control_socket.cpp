#include "publishers/control_socket.hpp"

#include <pthread.h>

#include <atomic>
#include <exception>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <zmq.hpp>

#include "ingest/errors.hpp"
#include "publishers/json_fields.hpp"
#include "publishers/topic.hpp"
#include "publishers/wake_up.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t largest_request = 65536;  // [bytes] of what anyone may send to us

Endpoint checked_endpoint(const std::string& text, bool insecure_bind) {
  Endpoint endpoint = parse_endpoint(text);
  if (insecure_bind || endpoint.loopback()) return endpoint;
  throw ConfigError(
      fmt::format("control endpoint '{}': found host {}, expected ipc://PATH or a loopback address "
                  "(anyone who reaches another one could end the run; --insecure-bind allows it)",
                  text, endpoint.host));
}

std::string refusal(const char* why) {
  return one_line({{"ok", false}, {"error", why}});
}

}  // namespace

class ControlSocket::Impl {
 public:
  Impl(const Endpoint& endpoint, Answer answer) : answer_{std::move(answer)} {
    socket_.set(zmq::sockopt::linger, 1000);  // [ms] for the last answer to leave
    socket_.set(zmq::sockopt::maxmsgsize, largest_request);
    if (endpoint.host.starts_with('[')) socket_.set(zmq::sockopt::ipv6, 1);
    try {
      socket_.bind(endpoint.text());
    } catch (const zmq::error_t& error) {
      throw ConfigError(
          fmt::format("control endpoint '{}' cannot be bound: {}", endpoint.text(), error.what()));
    }
    endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
    thread_ = std::thread{[this] { serve(); }};
    pthread_setname_np(thread_.native_handle(), "control");
  }
  ~Impl() {
    leaving_ = true;
    wake_up_.signal();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

 private:
  void serve() noexcept {
    while (!leaving_) {
      try {
        zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                   {nullptr, wake_up_.descriptor(), ZMQ_POLLIN, 0}};
        zmq::poll(items, std::size(items), std::chrono::milliseconds{-1});
        if ((items[0].revents & ZMQ_POLLIN) != 0) answer_one();
      } catch (const zmq::error_t& error) {
        if (error.num() != EINTR) return;  // the context is gone
      }
    }
  }

  void answer_one() {
    zmq::message_t frame;
    if (!socket_.recv(frame, zmq::recv_flags::dontwait)) return;
    std::string request = frame.to_string();
    while (frame.more()) {
      [[maybe_unused]] const auto bytes = socket_.recv(frame);  // frames of a message come together
      request.clear();
    }
    socket_.send(zmq::buffer(answer_to(request)), zmq::send_flags::dontwait);
  }

  std::string answer_to(const std::string& request) {
    try {
      return answer_(request);
    } catch (const std::exception& error) {
      return refusal(error.what());
    }
  }

  Answer answer_;
  WakeUp wake_up_;
  zmq::context_t context_{1};
  zmq::socket_t socket_{context_, zmq::socket_type::rep};
  std::string endpoint_;
  std::atomic<bool> leaving_ = false;
  std::thread thread_;  // last: it uses all of the above
};

ControlSocket::ControlSocket(const std::string& endpoint, bool insecure_bind, Answer answer)
    : impl_{std::make_unique<Impl>(checked_endpoint(endpoint, insecure_bind), std::move(answer))} {}

ControlSocket::~ControlSocket() = default;

const std::string& ControlSocket::endpoint() const noexcept {
  return impl_->endpoint();
}

std::optional<std::string> ask_control(const std::string& endpoint, const std::string& request,
                                       std::chrono::milliseconds timeout) {
  const Endpoint parsed = parse_endpoint(endpoint);
  zmq::context_t context{1};
  zmq::socket_t socket{context, zmq::socket_type::req};
  socket.set(zmq::sockopt::linger, 0);
  if (parsed.host.starts_with('[')) socket.set(zmq::sockopt::ipv6, 1);
  try {
    socket.connect(parsed.text());
  } catch (const zmq::error_t& error) {
    throw ConfigError(
        fmt::format("endpoint '{}' cannot be connected to: {}", endpoint, error.what()));
  }
  socket.send(zmq::buffer(request));
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(timeout.count()));
  zmq::message_t answer;
  if (!socket.recv(answer)) return std::nullopt;
  return answer.to_string();
}

}  // namespace draftstream
