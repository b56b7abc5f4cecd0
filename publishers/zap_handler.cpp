#include "publishers/zap_handler.hpp"

#include <pthread.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>

#include "publishers/no_signals.hpp"

namespace draftstream {
namespace {

constexpr const char* zap_endpoint = "inproc://zeromq.zap.01";
constexpr const char* zap_version = "1.0";
constexpr std::size_t key_bytes = 32;

// Places in a request.
enum : std::size_t { version, id, domain, address, identity, mechanism, credentials, frames };

std::string z85_of(const std::string& key) {
  std::array<char, key_bytes / 4 * 5 + 1> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(key.data()), key_bytes);
  return text.data();
}

bool is_admitted(const std::vector<std::string>& request, KeyGate& gate) {
  const std::string from = request.size() > address ? request[address] : "";
  const bool shows_key = request.size() == frames && request[version] == zap_version &&
                         request[mechanism] == "CURVE" && request[credentials].size() == key_bytes;
  if (shows_key) return gate.admits(z85_of(request[credentials]), from);
  gate.refuse("a client without a key", from);
  return false;
}

}  // namespace

std::vector<std::string> answer_zap(const std::vector<std::string>& request, KeyGate& gate) {
  const std::string asked = request.size() > id ? request[id] : "";
  if (is_admitted(request, gate)) return {zap_version, asked, "200", "", "", ""};
  return {zap_version, asked, "400", "not listed", "", ""};
}

ZapHandler::ZapHandler(zmq::context_t& context, KeyGate& gate)
    : gate_{gate}, socket_{context, zmq::socket_type::rep} {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind(zap_endpoint);
  const NoSignals no_signals;
  thread_ = std::thread{[this] { serve(); }};
  pthread_setname_np(thread_.native_handle(), "keys");
}

ZapHandler::~ZapHandler() {
  leaving_ = true;
  wake_up_.signal();
  thread_.join();
}

void ZapHandler::serve() noexcept {
  while (!leaving_) {
    try {
      zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                 {nullptr, wake_up_.descriptor(), ZMQ_POLLIN, 0}};
      zmq::poll(items, std::size(items), std::chrono::milliseconds{-1});
      if ((items[0].revents & ZMQ_POLLIN) != 0) answer_one();
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) return;  // nobody is let in any more
    }
  }
}

void ZapHandler::answer_one() {
  zmq::message_t frame;
  if (!socket_.recv(frame, zmq::recv_flags::dontwait)) return;
  std::vector<std::string> request{frame.to_string()};
  while (frame.more()) {
    [[maybe_unused]] const auto bytes = socket_.recv(frame);  // frames of a message come together
    request.push_back(frame.to_string());
  }
  const std::vector<std::string> answer = answer_zap(request, gate_);
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const bool more = i + 1 < answer.size();
    socket_.send(zmq::buffer(answer[i]), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

void serve_by_keys(zmq::socket_t& socket, const std::string& secret_key) {
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_secretkey, secret_key);
  socket.set(zmq::sockopt::zap_domain, "draftstream");
}

}  // namespace draftstream
