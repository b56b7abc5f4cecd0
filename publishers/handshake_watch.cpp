#include "publishers/handshake_watch.hpp"

namespace draftstream {
namespace {

constexpr int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
constexpr int broken_off_by_chance = 4;  // in a row: as while a publisher begins or ends

}  // namespace

HandshakeWatch::HandshakeWatch(zmq::socket_t& socket, const std::string& name) {
  init(socket, "inproc://handshakes." + name, events);
}

HandshakeWatch::~HandshakeWatch() {
  try {
    look();  // libzmq would wait for ever to end a monitor whose 2000 messages nobody took
  } catch (const zmq::error_t&) {
    return;  // nothing a destructor could do about it
  }
}

Refusal HandshakeWatch::look() {
  while (check_event(0)) {
  }
  return refusal_;
}

void HandshakeWatch::on_event_handshake_succeeded(const zmq_event_t&, const char*) {
  refusal_ = Refusal::none;
  broken_off_ = 0;
}

void HandshakeWatch::on_event_handshake_failed_auth(const zmq_event_t&, const char*) {
  refusal_ = Refusal::unlisted_key;
}

void HandshakeWatch::on_event_handshake_failed_protocol(const zmq_event_t&, const char*) {
  refusal_ = Refusal::mechanism;
}

void HandshakeWatch::on_event_handshake_failed_no_detail(const zmq_event_t&, const char*) {
  if (++broken_off_ > broken_off_by_chance && !is_final(refusal_)) refusal_ = Refusal::broken_off;
}

}  // namespace draftstream
