// A live run that is killed again and again, and started again, as a service manager does it. Runs
// the real executable.
#include <SQLiteCpp/SQLiteCpp.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "publishers/journal/journal_query.hpp"
#include "publishers/subscriber.hpp"
#include "tests/app/packet_sky.hpp"

using namespace draftstream;
using namespace test::packet_sky;
using namespace std::chrono_literals;
using test::Bytes;
using test::Program;
using test::TemporaryFolder;
using test::UdpPeer;

namespace {

using Clock = std::chrono::steady_clock;

// Bounds waiting for what other threads and programs bring about.
template <class Predicate>
bool eventually(const Predicate& predicate) {
  const auto deadline = Clock::now() + 5min;
  while (!predicate()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// A telescope that goes on whoever listens: the sky over and over, ten times as fast as it is.
class Telescope {
 public:
  explicit Telescope(const std::string& address)
      : packets_{packets_of_the_sky()},
        peer_{address},
        thread_{[this](const std::stop_token& stop) { send(stop); }} {}

 private:
  // Of each block in turn, all its channels.
  static std::vector<Bytes> packets_of_the_sky() {
    const std::vector<std::vector<std::uint8_t>> beams{stored_samples(sky())};
    std::vector<Bytes> packets;
    for (std::size_t first = 0; first < samples; first += block) {
      for (std::size_t channel = 0; channel < channels; channel += coarse) {
        packets.push_back(chime_packet(beams, {5}, 2, first, channel));
      }
    }
    return packets;
  }

  void send(const std::stop_token& stop) {
    const auto began = Clock::now();
    for (std::uint64_t sent = 0; !stop.stop_requested(); ++sent) {
      Bytes& packet = packets_[sent % packets_.size()];
      const std::uint64_t sample = sent / (channels / coarse) * block;
      const std::uint64_t count = sample * 1000;
      std::memcpy(packet.data() + 16, &count, sizeof count);
      std::this_thread::sleep_until(began + sample * 100us);
      peer_.send_at_once(packet);
    }
  }

  std::vector<Bytes> packets_;
  UdpPeer peer_;
  std::jthread thread_;  // last: it uses both
};

// A subscriber that stays through it all.
class Listener {
 public:
  explicit Listener(const std::string& endpoint)
      : thread_{[this, endpoint](const std::stop_token& stop) { listen(endpoint, stop); }} {}

  std::size_t heard() {
    const std::lock_guard lock{mutex_};
    return events_.size();
  }
  // Once the publisher has said that it ended. @return All events, as they came.
  std::vector<std::string> leave() {
    CHECK(eventually([this] { return ended_.load(); }));
    thread_.request_stop();
    thread_.join();
    CHECK(lost_ == 0);
    return events_;
  }

 private:
  void listen(const std::string& endpoint, const std::stop_token& stop) {
    SubscriberOptions options;
    options.endpoint = endpoint;
    options.topic = "frb.";  // alerts, too
    options.since = 0;
    options.give_up_after = 300s;
    Subscriber subscriber{options};
    while (!stop.stop_requested() && !subscriber.ended()) {
      const auto message = subscriber.next(50ms);
      if (!message || !message->event) continue;
      const std::lock_guard lock{mutex_};
      events_.push_back(message->json);
    }
    lost_ = subscriber.counts().lost;
    ended_ = subscriber.ended();
  }

  std::mutex mutex_;
  std::vector<std::string> events_;  // guarded by mutex_ while the thread runs
  std::atomic<bool> ended_ = false;
  std::atomic<std::uint64_t> lost_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

std::vector<std::string> journal_of(const std::string& out) {
  std::vector<std::string> events;
  JournalFilter filter;
  filter.prompt = true;
  query_journal(out + "/journal.sqlite", filter,
                [&](const std::string& json) { events.push_back(json); });
  return events;
}

// Whole lines of all candidates.jsonl, by their numbers.
std::map<std::uint64_t, std::string> lines_of(const std::string& out) {
  std::map<std::uint64_t, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{out}) {
    if (entry.path().filename() != "candidates.jsonl") continue;
    const std::string text = test::content(entry.path().string());
    for (const std::string& line : test::lines(text.substr(0, text.rfind('\n') + 1))) {
      const bool is_new = all.emplace(parse_event(line).seq, line).second;
      CHECK(is_new);
    }
  }
  return all;
}

std::int64_t number(const SQLite::Database& journal, const std::string& query) {
  SQLite::Statement statement{journal, query};
  REQUIRE(statement.executeStep());
  return statement.getColumn(0).getInt64();
}

}  // namespace

// DRAFTSTREAM_KILLS says how often.
TEST_CASE("a live run that is killed and started again loses nothing that it told",
          "[app][live][packets][e2e][kill]") {
  const char* const wanted = std::getenv("DRAFTSTREAM_KILLS");
  const int kills = wanted == nullptr ? 4 : std::atoi(wanted);
  REQUIRE(kills > 0);
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::string endpoint = "ipc://" + folder.file("topic");
  std::string address = "udp://127.0.0.1:0";
  const auto start = [&] {
    return std::make_unique<Program>(
        test::program_path(),
        std::vector<std::string>{"live",
                                 fmt::format("udp+chime{}?{}&format=u8",
                                             address.substr(address.find("://")), chime_options),
                                 "-o", out, "--dm", "0:100", "--widths-ms", "32", "--threshold",
                                 "5", "--threads", "1", "--chunk-samples", "256", "--no-networks",
                                 "--no-cutouts", "--publish", endpoint, "--quiet"});
  };
  // The first one says which port is free; it is everyone's from then on.
  {
    std::vector<std::string> arguments{
        "live",         "udp+chime://127.0.0.1:0?" + chime_options + "&format=u8",
        "-o",           folder.file("other"),
        "--publish",    "tcp://127.0.0.1:*",
        "--no-networks"};
    Program first{test::program_path(), arguments};
    address = first.wait_for("listening on ");
    REQUIRE_FALSE(address.empty());
  }
  Listener listener{endpoint};
  const Telescope telescope{address};
  std::mt19937 random{20180417};
  int in_the_middle = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const std::size_t heard_before = listener.heard();
    const std::size_t more = std::uniform_int_distribution<std::size_t>{0, 40}(random);
    const std::chrono::microseconds later{std::uniform_int_distribution<int>{0, 20'000}(random)};
    CAPTURE(kill, more, later.count());
    const auto live = start();
    REQUIRE(eventually([&] { return listener.heard() >= heard_before + more; }));
    std::this_thread::sleep_for(later);
    live->signal(SIGKILL);
    CHECK(live->wait().status == 128 + SIGKILL);
    if (listener.heard() > heard_before) ++in_the_middle;
  }
  CHECK(in_the_middle > 0);
  const auto live = start();
  const std::size_t heard_before = listener.heard();
  REQUIRE(eventually([&] { return listener.heard() > heard_before + 20; }));
  live->signal(SIGTERM);
  const std::vector<std::string> heard = listener.leave();
  const auto result = live->wait();
  CAPTURE(result.err);
  CHECK(result.status == 143);

  // Whoever listened has heard each event once, in order, as it is kept.
  REQUIRE(heard.size() > 40);
  for (std::size_t i = 0; i < heard.size(); ++i) REQUIRE(parse_event(heard[i]).seq == i + 1);
  CHECK(journal_of(out) == heard);
  const auto lines = lines_of(out);
  std::size_t alerts = 0;  // of the prompt search: in no file
  std::size_t not_in_files = 0;
  for (const std::string& event : heard) {
    const Event told = parse_event(event);
    const auto line = lines.find(told.seq);
    if (told.search == SearchKind::prompt) {
      ++alerts;
      CHECK(line == lines.end());
    } else if (line == lines.end()) {
      ++not_in_files;  // killed between journal and file, before it was told: told by the next
    } else {
      CHECK(line->second == event);
    }
  }
  CHECK(not_in_files <= static_cast<std::size_t>(kills));
  CHECK(lines.size() + alerts + not_in_files == heard.size());

  // Each process that was killed is known for it, and every sample is known to be searched or not.
  const SQLite::Database journal{out + "/journal.sqlite", SQLite::OPEN_READONLY};
  // Those killed before they had begun a session are not.
  const auto vanished = number(journal, "SELECT count(*) FROM sessions WHERE state = 'vanished'");
  CHECK(vanished >= in_the_middle);
  CHECK(vanished <= kills);
  CHECK(number(journal, "SELECT count(*) FROM sessions WHERE state = 'ended'") == 1);
  CHECK(number(journal, "SELECT count(*) FROM observations WHERE status = 'running'") == 0);
  CHECK(number(journal,
               "SELECT count(*) FROM observations"
               " WHERE status = 'vanished' AND missed_samples IS NULL") == 0);
  const auto last = number(journal, "SELECT max(observation) FROM observations");
  REQUIRE(last > 1);
  const std::string spectra =
      "SELECT round((julianday(l.start_utc) - julianday(f.start_utc)) * 86400000)"
      " FROM observations f, observations l WHERE f.observation = 1 AND l.observation = ";
  const auto from_first_to_last = number(journal, spectra + std::to_string(last));
  const auto searched_before =
      number(journal, "SELECT sum(samples_searched) FROM ledgers WHERE observation < " +
                          std::to_string(last));
  const auto missed = number(journal, "SELECT sum(missed_samples) FROM observations");
  CHECK(missed > 0);
  CHECK(searched_before + missed == from_first_to_last);
}
