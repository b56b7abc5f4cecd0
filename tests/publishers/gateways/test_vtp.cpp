// The VOEvent Transport Protocol, and what a broker of ours puts up with. Peers that know nothing
// of this program are in tests/publishers/gateways/tell_the_world.py.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/live/tcp_socket.hpp"
#include "publishers/gateways/vtp_author.hpp"
#include "publishers/gateways/vtp_broker.hpp"
#include "publishers/gateways/vtp_message.hpp"
#include "publishers/gateways/vtp_subscriber.hpp"
#include "publishers/iso8601.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/stream_peer.hpp"

using namespace draftstream;

namespace {

VoeventAuthor author() {
  VoeventAuthor author;
  author.ivorn = "ivo://org.example/draftstream";
  return author;
}

OutgoingEvent outgoing(std::uint64_t seq) {
  return {test::current_event(seq), "", {}, ""};
}

std::string ivorn(std::uint64_t seq) {
  return ivorn_of(author(), {test::current_event(seq).event_id, 1});
}

VtpBrokerOptions quick_broker() {
  VtpBrokerOptions options;
  options.serve_at = "127.0.0.1:0";
  options.author = author();
  options.answer_time = std::chrono::milliseconds{300};
  return options;
}

// A subscriber that answers only if it is told to. Everything blocks, minutes if need be.
class Peer {
 public:
  explicit Peer(const std::string& address) : socket_{test::connect_to(address)} {
    REQUIRE(socket_ >= 0);
    const timeval patience{600, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Peer() { ::close(socket_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The next message; "" once it was hung up on.
  std::string next() {
    for (;;) {
      if (auto message = reader_.next()) return *message;
      char piece[4096];
      const auto got = ::recv(socket_, piece, sizeof piece, 0);
      if (got <= 0) return "";
      reader_.take({piece, static_cast<std::size_t>(got)});
    }
  }
  /// The role of the next message that is none of `passed`; "VOEvent" of one.
  std::string next_role(const std::string& passed = "") {
    for (;;) {
      const std::string message = next();
      const auto said = parse_transport(message);
      const std::string role = message.empty() ? "" : (said ? said->role : "VOEvent");
      if (role != passed || role.empty()) return role;
    }
  }
  void say(const std::string& bytes) const {
    (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void answer(const std::string& role, const std::string& origin) const {
    say(vtp_frame(transport_xml({role, origin, "ivo://subscriber/one", ""}, utc_now())));
  }

 private:
  int socket_;
  VtpReader reader_;
};

Delivery deliver_until_known(VtpBroker& broker, std::uint64_t seq) {
  Delivery delivery = broker.deliver(outgoing(seq));
  for (int tries = 0; tries < 1000 && delivery.outcome == Delivery::Outcome::later; ++tries) {
    delivery = broker.deliver(outgoing(seq));
  }
  return delivery;
}

}  // namespace

TEST_CASE("VTP messages come whole from any pieces", "[publishers][gateways]") {
  const std::string bytes = vtp_frame("first") + vtp_frame("") + vtp_frame(std::string(300, 'x'));
  CHECK(bytes.substr(0, 9) == std::string("\0\0\0\x05"
                                          "first",
                                          9));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    VtpReader reader;
    std::vector<std::string> found;
    for (const auto& piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
      reader.take(piece);
      while (auto message = reader.next()) found.push_back(*message);
    }
    CAPTURE(cut);
    CHECK(found == std::vector<std::string>{"first", "", std::string(300, 'x')});
  }
  VtpReader reader;
  reader.take(std::string("\0\x01\0\x01", 4));  // 65537
  CHECK_THROWS_AS(reader.next(), InputError);
}

TEST_CASE("Transport documents are read from anyone", "[publishers][gateways]") {
  const TransportMessage sent{"nak", "ivo://a/b#c", "ivo://d/e", "not <wanted>"};
  const std::string xml = transport_xml(sent, {60'000, 1.5});
  const auto read = parse_transport(xml);
  REQUIRE(read);
  CHECK(read->role == "nak");
  CHECK(read->origin == "ivo://a/b#c");
  CHECK(read->response == "ivo://d/e");
  CHECK(read->result == "not <wanted>");
  for (std::size_t length = 0; length + 1 < xml.size(); ++length) {
    CHECK_FALSE(parse_transport(xml.substr(0, length)));
  }
  for (const char* other :
       {"<Transport/>", "<x:Transport role='ack'><x:Origin> </x:Origin></x:Transport>"}) {
    CHECK(parse_transport(other));
  }
  for (const char* other :
       {"", "<", "<VOEvent/>", "\xff\xfe", "<!DOCTYPE a [<!ENTITY b \"c\">]>"}) {
    CHECK_FALSE(parse_transport(other));
  }
}

TEST_CASE("a VOEvent is delivered once a subscriber answered", "[publishers][gateways]") {
  VtpBroker broker{quick_broker(), {}};
  const Delivery nobody = broker.deliver(outgoing(1));
  CHECK(nobody.outcome == Delivery::Outcome::later);
  CHECK_THAT(nobody.reason, ContainsSubstring("no subscriber is connected"));
  Peer peer{broker.address()};
  CHECK(peer.next_role() == "authenticate");
  CHECK(peer.next_role() == "VOEvent");  // of the try before
  peer.answer("iamalive", "ivo://x/y");  // no answer to it
  CHECK(broker.deliver(outgoing(1)).outcome == Delivery::Outcome::later);
  peer.answer("ack", ivorn(7));  // nor is that
  CHECK(broker.deliver(outgoing(1)).outcome == Delivery::Outcome::later);
  peer.answer("nak", ivorn(1));  // it has it, and that is all that matters
  CHECK(deliver_until_known(broker, 1).outcome == Delivery::Outcome::delivered);
  // It was sent once, whatever the number of tries: the next one is the next event.
  (void)broker.deliver(outgoing(2));
  CHECK_THAT(peer.next(), ContainsSubstring(ivorn(2)));
}

TEST_CASE("who comes to a broker is not told what others had", "[publishers][gateways]") {
  VtpBroker broker{quick_broker(), {}};
  Peer first{broker.address()};
  CHECK(first.next_role() == "authenticate");
  (void)broker.deliver(outgoing(1));
  CHECK(first.next_role() == "VOEvent");
  first.answer("ack", ivorn(1));
  REQUIRE(deliver_until_known(broker, 1).outcome == Delivery::Outcome::delivered);
  Peer second{broker.address()};
  CHECK(second.next_role() == "authenticate");
  (void)broker.deliver(outgoing(2));
  CHECK_THAT(second.next(), ContainsSubstring(ivorn(2)));
}

TEST_CASE("a broker drops who does not answer", "[publishers][gateways]") {
  VtpBrokerOptions options = quick_broker();
  options.answer_time = std::chrono::milliseconds{600'000};
  VtpBroker broker{options, {}};
  Peer deaf{broker.address()};
  CHECK(deaf.next_role() == "authenticate");
  Peer good{broker.address()};
  std::thread answering{[&good] {
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
      while (good.next_role("authenticate") != "VOEvent") {
      }
      good.answer("ack", ivorn(seq));
    }
  }};
  for (std::uint64_t seq = 1; seq <= 12; ++seq) {
    REQUIRE(broker.deliver(outgoing(seq)).outcome == Delivery::Outcome::delivered);
  }
  answering.join();
  int received = 0;
  while (deaf.next_role() == "VOEvent") ++received;
  CHECK(received <= 10);
  CHECK(received >= 9);  // the tenth may have been cut off with the connection
}

TEST_CASE("a broker asks whether a subscriber lives, and drops one that does not",
          "[publishers][gateways]") {
  VtpBrokerOptions options = quick_broker();
  options.alive_interval = std::chrono::milliseconds{20};
  options.patience = std::chrono::milliseconds{400};
  VtpBroker broker{options, {}};
  Peer peer{broker.address()};
  CHECK(peer.next_role() == "authenticate");
  CHECK(peer.next_role() == "iamalive");
  CHECK(peer.next_role("iamalive").empty());
}

TEST_CASE("a broker puts up with nonsense", "[publishers][gateways]") {
  VtpBrokerOptions options = quick_broker();
  options.most_subscribers = 2;
  VtpBroker broker{options, {}};
  Peer huge{broker.address()};
  CHECK(huge.next_role() == "authenticate");
  huge.say(std::string("\x7f\xff\xff\xff", 4));
  CHECK(huge.next().empty());
  Peer odd{broker.address()};
  CHECK(odd.next_role() == "authenticate");
  odd.say(vtp_frame("") + vtp_frame("<<<>>>") + vtp_frame(std::string(1000, '\0')));
  Peer second{broker.address()};
  CHECK(second.next_role() == "authenticate");
  Peer third{broker.address()};
  CHECK(third.next().empty());  // there is room for two
  std::string role;
  std::thread answering{[&] {
    role = odd.next_role();
    odd.answer("ack", ivorn(1));
  }};
  CHECK(deliver_until_known(broker, 1).outcome == Delivery::Outcome::delivered);
  answering.join();
  CHECK(role == "VOEvent");
}

TEST_CASE("a broker takes subscribers again once it may open files", "[publishers][gateways]") {
  if (!test::may_run_out_of_files) {
    WARN("skipped: UndefinedBehaviorSanitizer needs files of its own");
    return;
  }
  std::atomic<bool> was_warned = false;
  VtpBroker broker{quick_broker(), {{}, [&](const std::string&) { was_warned = true; }}};
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  rlimit one_more = before;
  one_more.rlim_cur = static_cast<rlim_t>(next) + 1;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &one_more) == 0);
  const int peer = test::connect_to(broker.address());  // the system has it wait
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{10};
  while (!was_warned && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(was_warned);
  pollfd readable{peer, POLLIN, 0};
  CHECK(::poll(&readable, 1, 600'000) == 1);  // it is asked who it is
  ::close(peer);
}

TEST_CASE("a subscriber that never stops speaking keeps nobody waiting", "[publishers][gateways]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  VtpSubscriber one{{FileDescriptor{ends[0]}, "peer"}, "ivo://org.example/draftstream"};
  const std::string words(4096, '\0');  // messages of no bytes
  std::size_t said = 0;
  for (ssize_t sent = 0; (sent = ::send(ends[1], words.data(), words.size(), 0)) > 0;) {
    said += static_cast<std::size_t>(sent);
  }
  REQUIRE(said > 100'000);
  std::set<std::string> answered;
  CHECK(one.serve(answered).empty());
  char left = 0;
  CHECK(::recv(ends[0], &left, 1, MSG_PEEK) == 1);  // the rest has its turn later
  ::close(ends[1]);
}

TEST_CASE("an author tells what a broker made of a VOEvent", "[publishers][gateways]") {
  struct Row {
    const char* name;
    std::string answer;
    Delivery::Outcome outcome;
    const char* reason;
  };
  const auto said = [](const char* role, const char* result) {
    return vtp_frame(transport_xml({role, ivorn(1), "ivo://broker", result}, utc_now()));
  };
  using Outcome = Delivery::Outcome;
  const Row rows[] = {{"ack", said("ack", ""), Outcome::delivered, ""},
                      {"nak", said("nak", "seen before"), Outcome::refused, "seen before"},
                      {"neither", said("iamalive", ""), Outcome::later, "something else"},
                      {"nonsense", vtp_frame("x"), Outcome::later, "something else"},
                      {"a part", std::string(2, '\0'), Outcome::later, "hung up"},
                      {"nothing", "", Outcome::later, "hung up"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    TcpListener listener{parse_stream_url("tcp+listen://127.0.0.1:0")};
    const StopEvent never;
    std::thread broker{[&] {
      const auto connection = listener.next(never);
      VtpReader reader;
      char piece[4096];
      while (!reader.next()) {
        pollfd readable{connection->socket.get(), POLLIN, 0};
        ::poll(&readable, 1, 600'000);
        const auto got = ::recv(connection->socket.get(), piece, sizeof piece, 0);
        if (got <= 0) return;
        reader.take({piece, static_cast<std::size_t>(got)});
      }
      (void)!::send(connection->socket.get(), row.answer.data(), row.answer.size(), MSG_NOSIGNAL);
    }};
    VtpAuthorOptions options;
    options.broker = listener.address();
    options.author = author();
    options.timeout = std::chrono::milliseconds{600'000};
    VtpAuthor gateway{options};
    const Delivery delivery = gateway.deliver(outgoing(1));
    broker.join();
    CHECK(delivery.outcome == row.outcome);
    CHECK_THAT(delivery.reason, ContainsSubstring(row.reason));
  }
}

TEST_CASE("an author without a broker is told so, and can be stopped", "[publishers][gateways]") {
  VtpAuthorOptions options;
  options.broker = "127.0.0.1:" + std::to_string(test::unused_port());
  VtpAuthor gateway{options};
  CHECK_THROWS_AS(gateway.deliver(outgoing(1)), TryAgain);
  gateway.stop();
  // A machine that drops what it is sent: one whose queue of connections is full does.
  const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(full, any, length) == 0);
  REQUIRE(::listen(full, 0) == 0);
  REQUIRE(::getsockname(full, any, &length) == 0);
  options.broker = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    (void)::connect(waiting.back(), any, length);
  }
  options.timeout = std::chrono::milliseconds{200};
  const auto began = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(VtpAuthor{options}.deliver(outgoing(1)), TryAgain);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{100});  // the system's: 130
  for (const int one : waiting) ::close(one);
  ::close(full);
  options.broker = "no port";
  CHECK_THROWS_AS(VtpAuthor{options}, ConfigError);
}
