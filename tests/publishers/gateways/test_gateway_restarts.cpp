// Where a gateway goes on after a restart, and what it knows then of what went out.
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/gateways/gateway_runner.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/publishers/gateways/gateway_runs.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::comes;
using test::end_after_a_try;
using test::FakeGateway;
using test::Files;
using test::long_enough;
using test::one_to;
using test::quick_plan;
using test::Received;
using test::settle;
using test::TestJournal;

TEST_CASE("the limit of an hour holds over restarts", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Received received;
  std::atomic<double> second = 1000.0;
  GatewayPlan plan = quick_plan();
  plan.rules.max_per_hour = 2;
  plan.now = [&second] { return UtcInstant{60'000, second}; };
  std::uint64_t seq = 0;
  const auto run_with = [&](std::uint64_t events) {
    for (std::uint64_t i = 0; i < events; ++i) journal.append(test::current_event(++seq));
    GatewayRunner runner{std::make_unique<FakeGateway>(received),
                         plan,
                         files.journal,
                         GatewayRecord{files.record},
                         {}};
    settle(runner);
    return runner.counts();
  };
  run_with(1);
  const GatewayCounts counts = run_with(2);
  CHECK(received.numbers() == std::vector<std::uint64_t>{1, 2});
  CHECK(counts.held_back.at("max_per_hour") == 1);
  second = 4599.0;
  run_with(1);
  CHECK(received.numbers() == std::vector<std::uint64_t>{1, 2});
  second = 4601.0;
  run_with(1);
  CHECK(received.numbers() == std::vector<std::uint64_t>{1, 2, 5});
}

TEST_CASE("a gateway begins where it is told, and goes on where it was", "[publishers][gateways]") {
  const Files files;
  Received received;
  GatewayPlan plan = quick_plan();
  plan.begin_after = 2;
  {
    TestJournal journal{files.journal};
    for (std::uint64_t i = 1; i <= 4; ++i) journal.append(test::current_event(i));
    GatewayRunner runner{std::make_unique<FakeGateway>(received),
                         plan,
                         files.journal,
                         GatewayRecord{files.record},
                         {}};
    settle(runner);
    CHECK(received.numbers() == std::vector<std::uint64_t>{3, 4});
  }
  TestJournal journal{files.journal, Existing::append};
  for (std::uint64_t i = 5; i <= 6; ++i) journal.append(test::current_event(i));
  plan.begin_after = 6;  // of a journal that it knows, this means nothing
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  CHECK(received.numbers() == std::vector<std::uint64_t>{3, 4, 5, 6});
}

TEST_CASE("the same events in another journal are not told again", "[publishers][gateways]") {
  const Files files;
  Received received;
  for (int run = 0; run < 2; ++run) {
    TestJournal journal{files.journal};
    for (std::uint64_t i = 1; i <= 3; ++i) journal.append(test::current_event(i));
    GatewayRunner runner{std::make_unique<FakeGateway>(received),
                         quick_plan(),
                         files.journal,
                         GatewayRecord{files.record},
                         {}};
    settle(runner);
    CHECK(runner.counts().held_back.count("sent_before") == static_cast<std::size_t>(run));
  }
  CHECK(received.numbers() == one_to(3));
}

TEST_CASE("a record belongs to one process, and to a gateway", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  const GatewayRecord held{files.record};
  CHECK_THROWS_WITH(GatewayRecord{files.record}, ContainsSubstring("another process"));
  CHECK_THROWS_AS(GatewayRecord{files.journal}, ConfigError);
}

TEST_CASE("what waits in a first session goes out in the second", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Received received;
  GatewayPlan plan = quick_plan();
  plan.begin_after = 0;  // as of a run whose journal is new
  {
    GatewayRunner down{
        std::make_unique<FakeGateway>(
            received, [](const OutgoingEvent&) { return Delivery::later("it is down"); }),
        plan,
        files.journal,
        GatewayRecord{files.record},
        {}};
    journal.append(test::current_event(1));
    end_after_a_try(down);
  }
  plan.begin_after = 1;  // the next run: what was before it is no news
  GatewayRunner up{std::make_unique<FakeGateway>(received),
                   plan,
                   files.journal,
                   GatewayRecord{files.record},
                   {}};
  settle(up);
  CHECK(received.numbers() == one_to(1));
}

TEST_CASE("what a receiver had before it refused it is taken back", "[publishers][gateways]") {
  // Brokers of VOEvents refuse what they have seen. It comes again where their receipt was lost.
  const bool restarts = GENERATE(false, true);
  CAPTURE(restarts);
  const Files files;
  TestJournal journal{files.journal};
  const Event event = test::current_event(1);
  journal.append(event);
  Received received;
  std::atomic<int> tries = 0;
  const auto loses_receipt = [&](const OutgoingEvent& outgoing) {
    if (outgoing.event.revision > 1) return Delivery::delivered();
    return ++tries == 1 ? Delivery::later("no receipt") : Delivery::refused("seen before");
  };
  GatewayPlan plan = quick_plan();
  if (restarts) plan.patience.first_wait = plan.patience.longest_wait = long_enough;
  const auto make = [&] {
    return std::make_unique<GatewayRunner>(std::make_unique<FakeGateway>(received, loses_receipt),
                                           plan, files.journal, GatewayRecord{files.record},
                                           GatewayNews{});
  };
  auto runner = make();
  if (restarts) {
    end_after_a_try(*runner);
    runner.reset();
    runner = make();
  }
  settle(*runner);
  CHECK(runner->counts().refused == 1);
  journal.append(test::update_of(event, AlertType::retraction));
  settle(*runner);
  CHECK(received.numbers() == std::vector<std::uint64_t>{2});
  CHECK(runner->counts().held_back.empty());
}

TEST_CASE("a damaged record is refused, or makes room for a new one", "[publishers][gateways]") {
  const Files files;
  const bool is_no_database = GENERATE(true, false);
  CAPTURE(is_no_database);
  { GatewayRecord{files.record}.pass("j", 5); }
  {
    std::fstream file{files.record, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(is_no_database ? 0 : 4096);
    file << std::string(100, 'x');
  }
  CHECK_THROWS_AS(GatewayRecord{files.record}, ConfigError);
  CHECK_THROWS_WITH(GatewayRecord{files.record},
                    ContainsSubstring("fake.sqlite") && ContainsSubstring("--since SEQ"));
  std::string warning;
  GatewayRecord record{files.record, DamagedRecord::renamed,
                       [&](const std::string& text) { warning = text; }};
  CHECK_THAT(warning, ContainsSubstring("fake.sqlite.damaged-"));
  CHECK(record.cursor("j") == std::nullopt);
  record.pass("j", 6);
  CHECK(record.cursor("j") == 6U);
}

TEST_CASE("a journal that takes another one's place is told from its beginning",
          "[publishers][gateways]") {
  const Files files;
  Received received;
  GatewayPlan plan = quick_plan();
  plan.begin_after = 3;
  std::optional<TestJournal> journal{std::in_place, files.journal};
  for (std::uint64_t seq = 1; seq <= 4; ++seq) journal->append(test::current_event(seq));
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  REQUIRE(received.numbers() == std::vector<std::uint64_t>{4});
  journal.reset();
  journal.emplace(files.journal);
  journal->append(test::current_event(11));
  journal->append(test::current_event(12));
  REQUIRE(comes([&] { return received.all().size() == 3; }));
  CHECK(received.numbers() == std::vector<std::uint64_t>{4, 1, 2});
}
