// Requests for missed events, and their answers, without sockets.
#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/replay_protocol.hpp"
#include "tests/publishers/publishing.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

// A store of events 1 to 20, the odd ones of beam 7, the even ones of beam 70; 18 are published.
class Answers {
 public:
  Answers() {
    for (std::uint64_t seq = 1; seq <= 20; ++seq) {
      Event event = test::sample_event(seq);
      if (seq % 2 == 0) event.beam.index = 70;
      store_.append(event);
    }
  }
  ReplayAnswer operator()(const std::string& request, std::size_t batch = 100) const {
    return answer_request(request, store_, {"parkes/bpsr/1", test::session_a, {58225, 0.0}, 18},
                          batch);
  }

 private:
  test::MemoryStore store_;
};

std::vector<std::uint64_t> numbers(const ReplayAnswer& answer) {
  std::vector<std::uint64_t> found;
  for (const auto& item : answer.events) found.push_back(parse_event(item.json).seq);
  return found;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a request is answered with what was published", "[publishers][replay_protocol]") {
  const Answers answers;
  struct Row {
    const char* request;
    Numbers events;
    std::uint64_t last;
  };
  const std::vector<Row> rows{
      {R"({"op":"replay","from":3,"to":5})", {3, 4, 5}, 5},
      {R"({"op":"replay","from":17})", {17, 18}, 18},
      {R"({"op":"replay","from":17,"to":20})", {17, 18}, 18},  // 19 and 20 were not published yet
      {R"({"op":"replay","from":19,"to":20})", {}, 18},
      {R"({"op":"replay","from":5,"to":4})", {}, 4},
      {R"({"op":"snapshot","last":2})", {17, 18}, 18},
      {R"({"op":"snapshot","last":0})", {}, 18},
      {R"({"op":"replay","from":1,"to":6,"topic":"frb.event.v1.parkes.b0007."})", {1, 3, 5}, 6},
      {R"({"op":"replay","from":1,"to":2,"topic":"frb.event.v1.parkes.b007"})", {2}, 2},
      {R"({"op":"replay","from":1,"to":2,"topic":"frb.event.v1.parkes.b0008."})", {}, 2},
      {R"({"op":"replay","from":1,"to":1,"session":"01234567-89ab-4cde-8f01-23456789abcd"})",
       {1},
       1},
      {R"({"op":"replay","from":1,"to":1,"colour":"blue"})", {1}, 1},
  };
  for (const auto& row : rows) {
    INFO(row.request);
    const auto answer = answers(row.request);
    CHECK(answer.end.error.empty());
    CHECK(numbers(answer) == row.events);
    CHECK(answer.end.last == row.last);
    CHECK(answer.end.state.last_seq == 18);
  }
}

TEST_CASE("a long answer comes in parts that say how far they go",
          "[publishers][replay_protocol]") {
  const Answers answers;
  Numbers all;
  std::uint64_t from = 1;
  for (int parts = 0; from <= 18; ++parts) {
    REQUIRE(parts < 5);
    const auto answer =
        answers(R"({"op":"replay","from":)" + std::to_string(from) + R"(,"id":9})", 5);
    CHECK(answer.end.id == 9);
    CHECK(answer.events.size() <= 5);
    for (const auto seq : numbers(answer)) all.push_back(seq);
    from = answer.end.last + 1;
  }
  CHECK(all.size() == 18);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(answers(R"({"op":"snapshot","last":100})", 5).events.size() == 5);
  CHECK(answers(R"({"op":"snapshot","last":100})", 100).events.size() == 18);
  const auto filtered =
      answers(R"({"op":"replay","from":1,"topic":"frb.event.v1.parkes.b0007."})", 4);
  CHECK(numbers(filtered) == Numbers{1, 3});
  CHECK(filtered.end.last == 4);
}

TEST_CASE("a request that is not understood is answered with a sentence",
          "[publishers][replay_protocol]") {
  const Answers answers;
  struct Row {
    const char* request;
    const char* error;
  };
  const auto row = GENERATE(values<Row>({
      {"", "not JSON"},
      {"replay 1 5", "not JSON"},
      {"[]", "expected a JSON object"},
      {"{}", "field op: found nothing, expected one of replay, snapshot"},
      {R"({"op":"delete"})", "field op: found \"delete\""},
      {R"({"op":"replay"})", "field from: found nothing"},
      {R"({"op":"replay","from":0})", "field from: found 0"},
      {R"({"op":"replay","from":"1"})", "field from: found \"1\""},
      {R"({"op":"replay","from":1,"to":-5})", "field to: found -5"},
      {R"({"op":"snapshot"})", "field last: found nothing"},
      {R"({"op":"replay","from":1,"topic":5})", "field topic: found 5"},
      {R"({"op":"replay","from":1,"session":"other"})", "field session: found other, expected 01"},
  }));
  INFO(row.request);
  const auto answer = answers(row.request);
  CHECK(answer.events.empty());
  CHECK(answer.end.error.find(row.error) != std::string::npos);
  const auto json = nlohmann::json::parse(to_json(answer.end));
  CHECK(json["op"] == "error");
  CHECK(json["text"] == answer.end.error);
}

TEST_CASE("requests and ends are read back", "[publishers][replay_protocol]") {
  ReplayRequest request;
  request.id = 7;
  request.session = test::session_b;
  request.topic = "frb.";
  request.from = 3;
  request.to = 5;
  const auto read = parse_replay_request(to_json(request));
  CHECK(read.op == ReplayRequest::Op::replay);
  CHECK(read.id == 7);
  CHECK(read.session == test::session_b);
  CHECK(read.topic == "frb.");
  CHECK(read.from == 3);
  CHECK(read.to == 5U);
  request.op = ReplayRequest::Op::snapshot;
  request.last = 4;
  CHECK(parse_replay_request(to_json(request)).last == 4);

  const ReplayEnd end{3, {"a/b/c", test::session_a, {58225, 1.5}, 9}, 8, ""};
  const auto read_end = parse_replay_end(to_json(end));
  CHECK(read_end.id == 3);
  CHECK(read_end.last == 8);
  CHECK(read_end.state.last_seq == 9);
  CHECK(read_end.state.session_started == end.state.session_started);
  CHECK(read_end.error.empty());
  CHECK(nlohmann::json::parse(to_json(end))["op"] == "end");
  CHECK_THROWS_AS(parse_replay_end("{}"), InputError);
}
