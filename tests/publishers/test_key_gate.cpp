// Who is let in: the list, and libzmq's questions.
#include <string>
#include <vector>

#include <zmq.hpp>

#include "publishers/key_gate.hpp"
#include "publishers/zap_handler.hpp"
#include "tests/publishers/raw_sockets.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using namespace std::chrono_literals;
using test::Frames;

namespace {

// rfc.zeromq.org/spec/32: these 8 bytes are "HelloWorld"; a key is four times as long.
const std::string bytes8 = "\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B";
const std::string bytes = bytes8 + bytes8 + bytes8 + bytes8;
const std::string key = "HelloWorldHelloWorldHelloWorldHelloWorld";

// A context where everyone is asked for their key, and what its handler answers.
Frames ask(zmq::context_t& context, const Frames& request) {
  zmq::socket_t client{context, zmq::socket_type::req};
  client.set(zmq::sockopt::linger, 0);
  client.connect("inproc://zeromq.zap.01");
  for (std::size_t i = 0; i < request.size(); ++i) {
    client.send(zmq::buffer(request[i]),
                i + 1 < request.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  client.set(zmq::sockopt::rcvtimeo, 60'000);
  Frames answer;
  zmq::message_t frame;
  do {
    if (!client.recv(frame)) return {};
    answer.push_back(frame.to_string());
  } while (frame.more());
  return answer;
}

}  // namespace

TEST_CASE("listed keys of CURVE are let in, and nobody else", "[publishers][key_gate]") {
  struct Row {
    const char* name;
    Frames request;
    bool admitted;
  };
  const std::vector<Row> rows{
      {"listed", {"1.0", "7", "draftstream", "127.0.0.1", "", "CURVE", bytes}, true},
      {"listed, by ipc", {"1.0", "", "draftstream", "", "", "CURVE", bytes}, true},
      {"unlisted",
       {"1.0", "7", "draftstream", "127.0.0.1", "", "CURVE", std::string(32, 'x')},
       false},
      {"a byte less", {"1.0", "7", "d", "127.0.0.1", "", "CURVE", bytes.substr(1)}, false},
      {"a byte more", {"1.0", "7", "d", "127.0.0.1", "", "CURVE", bytes + "x"}, false},
      {"as text", {"1.0", "7", "d", "127.0.0.1", "", "CURVE", key}, false},
      {"no key", {"1.0", "7", "d", "127.0.0.1", "", "CURVE"}, false},
      {"a frame more", {"1.0", "7", "d", "127.0.0.1", "", "CURVE", bytes, ""}, false},
      {"null", {"1.0", "7", "d", "127.0.0.1", "", "NULL"}, false},
      {"null with a key", {"1.0", "7", "d", "127.0.0.1", "", "NULL", bytes}, false},
      {"plain", {"1.0", "7", "d", "127.0.0.1", "", "PLAIN", "admin", "secret"}, false},
      {"another version", {"2.0", "7", "d", "127.0.0.1", "", "CURVE", bytes}, false},
      {"one frame", {"1.0"}, false},
      {"empty frame", {""}, false},
  };
  zmq::context_t context;
  KeyGate gate{{key}, {}};
  const ZapHandler handler{context, gate};
  std::uint64_t refused = 0;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    if (!row.admitted) ++refused;
    const Frames answer = ask(context, row.request);
    CHECK(answer == answer_zap(row.request, gate));
    REQUIRE(answer.size() == 6);
    CHECK(answer[0] == "1.0");
    CHECK(answer[1] == (row.request.size() > 1 ? row.request[1] : ""));
    CHECK(answer[2] == (row.admitted ? "200" : "400"));
    CHECK(gate.refused() == 2 * refused);
  }
}

TEST_CASE("who is refused is told of, not too often", "[publishers][key_gate]") {
  std::vector<std::string> told;
  KeyGate gate{{"a"}, [&told](const std::string& text) { told.push_back(text); }};
  const KeyGate::Clock::time_point start{};
  CHECK(gate.admits("a", "127.0.0.1", start));
  CHECK_FALSE(gate.admits("b", "10.0.0.1", start));
  for (int i = 0; i < 5; ++i) CHECK_FALSE(gate.admits("c", "10.0.0.2", start + 9999ms));
  CHECK(told == Frames{"refused a connection from 10.0.0.1: key b is not listed"});
  gate.refuse("a client without a key", "", start + 10s);
  CHECK(gate.admits("a", "127.0.0.1", start + 30s));
  CHECK_FALSE(gate.admits("d", "10.0.0.3", start + 30s));
  CHECK(told == Frames{"refused a connection from 10.0.0.1: key b is not listed",
                       "refused a connection: a client without a key is not listed (5 more were "
                       "refused before)",
                       "refused a connection from 10.0.0.3: key d is not listed"});
  CHECK(gate.refused() == 8);
}

TEST_CASE("a list takes the place of another", "[publishers][key_gate]") {
  KeyGate gate{{"a", "b", "c"}, {}};
  CHECK(gate.admits("a", ""));
  auto change = gate.replace({"a", "c", "d", "e"});
  CHECK(change.allowed == 4);
  CHECK(change.added == 2);
  CHECK(change.removed == 1);
  CHECK_FALSE(change.of_admitted);  // b never came
  CHECK_FALSE(gate.admits("b", ""));
  CHECK(gate.admits("d", ""));
  change = gate.replace({"d", "e", "f"});
  CHECK(change.added == 1);
  CHECK(change.removed == 2);
  CHECK(change.of_admitted);
  CHECK_FALSE(gate.admits("a", ""));
  CHECK(gate.admits("d", ""));
  change = gate.replace({"d"});
  CHECK_FALSE(change.of_admitted);  // a is long gone
  CHECK(gate.replace({}).of_admitted);
  CHECK_FALSE(gate.admits("d", ""));
}
