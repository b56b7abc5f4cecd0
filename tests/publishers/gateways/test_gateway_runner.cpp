// A gateway's way through a journal: order, failures, rules.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "publishers/gateways/gateway_runner.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/publishers/gateways/gateway_runs.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::comes;
using test::end_after_a_try;
using test::FakeGateway;
using test::Files;
using test::one_to;
using test::quick_plan;
using test::Received;
using test::settle;
using test::TestJournal;

namespace {

// The disk takes nothing, from anyone in this process.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("what is let out is delivered in order, once, whatever fails", "[publishers][gateways]") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(seed);
  std::minstd_rand random{seed};
  const Files files;
  TestJournal journal{files.journal};
  Received received;
  std::vector<std::uint64_t> expected;
  EventRules rules;
  rules.min_snr = 10.0;
  std::uint64_t appended = 0;
  const auto append = [&](std::uint64_t events) {
    for (std::uint64_t i = 0; i < events; ++i) {
      ++appended;
      Event event = test::current_event(appended);
      const bool passes = random() % 3 != 0;
      event.signal.snr = passes ? 11.0 : 9.0;
      if (passes) expected.push_back(appended);
      journal.append(event);
    }
  };
  for (int session = 0; session < 4; ++session) {
    append(random() % 90);
    std::minstd_rand faults{seed + 100U + static_cast<unsigned>(session)};
    const auto answer = [&faults](const OutgoingEvent&) -> Delivery {
      const auto draw = faults() % 8;
      if (draw == 0) return Delivery::later("it is down");
      if (draw == 1) throw std::runtime_error("broken");
      return Delivery::delivered();
    };
    GatewayPlan plan = quick_plan();
    plan.rules = rules;
    GatewayRunner runner{std::make_unique<FakeGateway>(received, answer),
                         plan,
                         files.journal,
                         GatewayRecord{files.record},
                         {}};
    append(random() % 20);
    runner.wake();
    if (random() % 2 == 0) settle(runner);  // else it is ended wherever it is
  }
  GatewayPlan plan = quick_plan();
  plan.rules = rules;
  GatewayRunner last{std::make_unique<FakeGateway>(received),
                     plan,
                     files.journal,
                     GatewayRecord{files.record},
                     {}};
  settle(last);
  CHECK(received.numbers() == expected);
  CHECK(last.counts().waiting == 0);
}

TEST_CASE("each gateway goes at its own pace", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Received fast;
  Received slow;
  std::atomic<bool> is_down = true;
  std::atomic<int> tries = 0;
  GatewayRunner stuck{std::make_unique<FakeGateway>(slow,
                                                    [&](const OutgoingEvent&) {
                                                      ++tries;
                                                      return is_down ? Delivery::later("down")
                                                                     : Delivery::delivered();
                                                    }),
                      quick_plan(),
                      files.journal,
                      GatewayRecord{files.folder.file("slow.sqlite")},
                      {}};
  GatewayRunner free{std::make_unique<FakeGateway>(fast),
                     quick_plan(),
                     files.journal,
                     GatewayRecord{files.record},
                     {}};
  for (std::uint64_t i = 1; i <= 5; ++i) journal.append(test::current_event(i));
  settle(free);
  CHECK(fast.numbers() == one_to(5));
  REQUIRE(comes([&] { return tries >= 3; }));
  CHECK(slow.all().empty());
  CHECK(stuck.counts().fault == "down");
  is_down = false;
  settle(stuck);
  CHECK(slow.numbers() == one_to(5));
  const GatewayCounts counts = stuck.counts();
  CHECK(counts.sent == 5);
  CHECK(counts.retries >= 2);
  CHECK(counts.fault.empty());
}

TEST_CASE("new events are seen without being told of", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Received received;
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       quick_plan(),
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  journal.append(test::current_event(1));
  CHECK(comes([&] { return received.numbers() == one_to(1); }));
}

TEST_CASE("what is refused is passed over", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  for (std::uint64_t i = 1; i <= 3; ++i) journal.append(test::current_event(i));
  Received received;
  std::vector<std::string> warnings;
  GatewayRunner runner{std::make_unique<FakeGateway>(received,
                                                     [](const OutgoingEvent& outgoing) {
                                                       return outgoing.event.seq == 2
                                                                  ? Delivery::refused("too odd")
                                                                  : Delivery::delivered();
                                                     }),
                       quick_plan(),
                       files.journal,
                       GatewayRecord{files.record},
                       {{}, [&warnings](const std::string& text) { warnings.push_back(text); }}};
  settle(runner);
  runner.stop();
  CHECK(received.numbers() == std::vector<std::uint64_t>{1, 3});
  CHECK(runner.counts().refused == 1);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("gateway fake") && ContainsSubstring("too odd"));
}

TEST_CASE("updates follow what was sent, and name it", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Event sent = test::current_event(1);
  sent.signal.snr = 20.0;
  Event kept = test::current_event(2);
  kept.signal.snr = 5.0;
  journal.append(sent);
  journal.append(kept);
  journal.append(test::update_of(sent));
  journal.append(test::update_of(kept));
  journal.append(test::update_of(test::update_of(sent), AlertType::retraction));
  Received received;
  GatewayPlan plan = quick_plan();
  plan.rules.min_snr = 10.0;
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  const auto all = received.all();
  REQUIRE(received.numbers() == std::vector<std::uint64_t>{1, 3, 5});
  CHECK(all[0].follows.empty());
  CHECK(all[1].follows == std::vector<SentMessage>{{sent.event_id, 1}});
  CHECK(all[2].follows == std::vector<SentMessage>{{sent.event_id, 2}});
  CHECK(runner.counts().held_back.at("not_sent_before") == 1);
}

TEST_CASE("an event names the alert that it confirms", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  Event event = test::current_event(1);
  event.signal.snr = 20.0;
  Event alert = test::alert_of(event);
  Event fainter = event;
  fainter.signal.snr = 9.0;  // below the rule, but somebody heard of it
  fainter.confirms = {alert.event_id, "another-p"};
  journal.append(alert);
  journal.append(test::update_of(alert));
  journal.append(fainter);
  Received received;
  GatewayPlan plan = quick_plan();
  plan.rules.min_snr = 10.0;
  plan.rules.alerts = true;
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  const auto all = received.all();
  REQUIRE(all.size() == 3);
  CHECK(all[2].follows == std::vector<SentMessage>{{alert.event_id, 2}});
}

TEST_CASE("quiet hours hold events, and lose none", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  for (std::uint64_t i = 1; i <= 3; ++i) journal.append(test::current_event(i));
  Received received;
  std::atomic<bool> is_night = true;
  GatewayPlan plan = quick_plan();
  plan.rules.quiet_hours = {{0, 60}};
  plan.now = [&is_night] { return UtcInstant{60'000, is_night ? 1800.0 : 3600.0}; };
  std::vector<std::string> news;  // of its thread, until that has ended
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {[&news](const std::string& text) { news.push_back(text); }, {}}};
  for (int look = 0; look < 3; ++look) settle(runner);  // does not wait for the morning
  CHECK(received.all().empty());
  CHECK(runner.counts().waiting == 3);
  is_night = false;
  REQUIRE(comes([&] { return received.all().size() == 3; }));
  CHECK(received.numbers() == one_to(3));
  runner.stop();
  CHECK(news ==
        std::vector<std::string>{"gateway fake: quiet hours; messages wait until they end"});
}

TEST_CASE("events that are gone before their turn are counted", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  for (std::uint64_t i = 1; i <= 300; ++i) journal.append(test::current_event(i));
  JournalRetention rule;
  rule.most_bytes = 0;
  REQUIRE(journal.journal().trim(rule) == 256);
  Received received;
  GatewayPlan plan = quick_plan();
  plan.begin_after = 0;
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  CHECK(received.all().size() == 44);
  CHECK(runner.counts().lost == 256);
}

TEST_CASE("a receiver's wish to wait is granted", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  journal.append(test::current_event(1));
  Received received;
  std::atomic<int> tries = 0;
  GatewayRunner runner{std::make_unique<FakeGateway>(received,
                                                     [&](const OutgoingEvent&) {
                                                       Delivery delivery = Delivery::later("busy");
                                                       delivery.wait = std::chrono::seconds{3000};
                                                       return ++tries == 1 ? delivery
                                                                           : Delivery::delivered();
                                                     }),
                       quick_plan(),
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  REQUIRE(comes([&] { return tries == 1 && runner.counts().fault == "busy"; }));
  // Its own patience, 1 ms, is long over.
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  CHECK(tries == 1);
  settle(runner);  // the end of a run does not wait for it
  CHECK(tries == 2);
}

TEST_CASE("nothing waits that was removed from the journal", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  for (std::uint64_t seq = 1; seq <= 256; ++seq) journal.append(test::current_event(seq));
  Received received;
  GatewayPlan plan = quick_plan();
  plan.begin_after = 0;
  JournalRetention nothing;
  nothing.most_bytes = 0;
  REQUIRE(journal.journal().trim(nothing) == 256);
  GatewayRunner runner{std::make_unique<FakeGateway>(received),
                       plan,
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  settle(runner);
  CHECK(runner.counts().lost == 256);
  CHECK(runner.counts().waiting == 0);
}

TEST_CASE("a full disk has nothing told twice, and ends no gateway", "[publishers][gateways]") {
  const Files files;
  TestJournal journal{files.journal};
  journal.append(test::current_event(1));
  journal.append(test::current_event(2));
  Received received;
  std::optional<FullDisk> full;
  const auto fills_the_disk = [&](const OutgoingEvent&) {
    if (received.all().empty()) full.emplace();
    return Delivery::delivered();
  };
  GatewayRunner runner{std::make_unique<FakeGateway>(received, fills_the_disk),
                       quick_plan(),
                       files.journal,
                       GatewayRecord{files.record},
                       {}};
  REQUIRE(comes([&] { return !runner.counts().fault.empty(); }));
  const GatewayCounts meanwhile = runner.counts();
  full.reset();
  settle(runner);
  CHECK_THAT(meanwhile.fault, ContainsSubstring("fake.sqlite"));
  CHECK(received.numbers() == one_to(2));
  CHECK(runner.counts().fault.empty());
  CHECK(runner.counts().sent == 2);
}
