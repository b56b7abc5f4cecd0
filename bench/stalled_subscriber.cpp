// What a subscriber that hangs costs the search: the time that an event takes to be handed over,
// and memory, before, while and after a subscriber is stopped (SIGSTOP). It has to end with every
// event once, in order.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/quantile.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_keeper.hpp"
#include "publishers/subscriber.hpp"
#include "publishers/topic_publisher.hpp"
#include "tests/publishers/sample_events.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;
using std::chrono::seconds;

struct Plan {
  std::filesystem::path folder;
  int events_per_s = 1000;
  int stalled_s = 60;
  int beside_s = 20;  // before and after
};

// What both processes know.
struct Shared {
  std::atomic<std::uint64_t> heard{0};      // events, each the one after the last
  std::atomic<std::uint64_t> recovered{0};  // of these, asked for
  std::atomic<bool> out_of_order{false};
};

double resident_mib() {
  std::ifstream file{"/proc/self/statm"};
  double pages = 0.0;
  double resident = 0.0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

[[noreturn]] void listen(const std::string& endpoint, Shared& shared) {
  SubscriberOptions options;
  options.endpoint = endpoint;
  options.since = 0;
  options.give_up_after = seconds{60};
  Subscriber subscriber{options};
  while (!subscriber.ended()) {
    const auto message = subscriber.next(std::chrono::milliseconds{200});
    if (!message || !message->event) continue;
    if (message->event->seq != shared.heard + 1) shared.out_of_order = true;
    ++shared.heard;
    shared.recovered = subscriber.counts().recovered;
  }
  _exit(subscriber.counts().lost == 0 ? 0 : 1);
}

// Publishes at a steady rate, as a search does.
class Source {
 public:
  Source(Journal& journal, TopicPublisher& topic) : journal_{journal}, topic_{topic} {}

  // One row of the table.
  void publish(const char* what, int events_per_s, seconds time) {
    std::vector<double> taken_us;
    const auto began = Clock::now();
    const double processor_before = processor_s();
    const auto interval = std::chrono::nanoseconds{seconds{1}} / events_per_s;
    for (int i = 0; i < events_per_s * time.count(); ++i) {
      std::this_thread::sleep_until(began + i * interval);
      const auto begin = Clock::now();
      Event event = maker_.make(test::sample_candidate(++made_));
      event.journal = journal_.id();
      topic_.publish(event, journal_.append(event));
      taken_us.push_back(Microseconds{Clock::now() - begin}.count());
    }
    const auto events = static_cast<double>(taken_us.size());
    const double rate = events / std::chrono::duration<double>{Clock::now() - began}.count();
    const double processor_us = 1e6 * (processor_s() - processor_before) / events;
    const double median = quantile(taken_us, 0.5);
    const double most = quantile(taken_us, 0.99);
    fmt::print("{:<22} {:>8.0f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.1f} {:>7}\n", what, rate,
               processor_us, median, most, taken_us.back(), resident_mib(), topic_.counts().stalls);
    std::fflush(stdout);
  }

  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  Journal& journal_;
  TopicPublisher& topic_;
  EventMaker maker_{test::sample_context()};
  std::uint64_t made_ = 0;
};

std::string endpoint_of(const Plan& plan) {
  return "ipc://" + (plan.folder / "bench_stalled.topic").string();
}

int publish(const Plan& plan, pid_t listener, const Shared& shared) {
  Journal journal{plan.folder / "bench_stalled.sqlite",
                  Existing::replace,
                  {test::session_a, publisher_name(test::sample_context()), {}}};
  const JournalKeeper keeper{journal, {}, seconds{1}, {}};
  TopicPublisherOptions options;
  options.endpoints = {endpoint_of(plan)};
  options.publisher = publisher_name(test::sample_context());
  options.session = test::session_a;
  options.journal = journal.id();
  options.linger = seconds{120};  // ends when the subscriber has left
  TopicPublisher topic{options, journal};
  if (!topic.wait_for_subscribers(1, seconds{60})) throw std::runtime_error("nobody subscribed");
  fmt::print("{:<22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}\n", "subscriber", "events/s",
             "core us", "median us", "99 % us", "most us", "RSS MiB", "stalls");
  Source source{journal, topic};
  source.publish("reads", plan.events_per_s, seconds{plan.beside_s});
  kill(listener, SIGSTOP);
  source.publish("is stopped, first half", plan.events_per_s, seconds{plan.stalled_s / 2});
  source.publish("is stopped, second", plan.events_per_s,
                 seconds{plan.stalled_s - plan.stalled_s / 2});
  const std::uint64_t missed = source.made() - shared.heard;
  kill(listener, SIGCONT);
  const auto woken = Clock::now();
  const std::uint64_t until = source.made();
  std::atomic<double> caught_up_s = -1.0;
  const std::jthread watch{[&](const std::stop_token& stop) {
    while (!stop.stop_requested() && shared.heard < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    if (shared.heard >= until) {
      caught_up_s = std::chrono::duration<double>{Clock::now() - woken}.count();
    }
  }};
  source.publish("reads again", plan.events_per_s, seconds{plan.beside_s});
  topic.end({});
  int status = 0;
  waitpid(listener, &status, 0);
  const bool all = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !shared.out_of_order &&
                   shared.heard == source.made();
  fmt::print("{} events behind when it went on; caught up {:.2f} s later, {} of all asked for\n",
             missed, caught_up_s.load(), shared.recovered.load());
  fmt::print("{} of {} events heard, {}\n", shared.heard.load(), source.made(),
             all ? "each once, in order" : "NOT each once, in order");
  return all ? 0 : 1;
}

int run(const Plan& plan) {
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
  Shared& shared = *new (memory) Shared;
  const pid_t listener = fork();  // while there is one thread
  if (listener < 0) throw std::runtime_error("no second process");
  if (listener == 0) listen(endpoint_of(plan), shared);
  const int status = publish(plan, listener, shared);
  for (const char* end : {"sqlite", "topic", "topic.replay"}) {
    std::filesystem::remove(plan.folder / (std::string{"bench_stalled."} + end));
  }
  return status;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  CLI::App program{"What a subscriber that hangs costs the search"};
  draftstream::Plan plan;
  plan.folder = ".";
  program.add_option("FOLDER", plan.folder, "For the journal");
  program.add_option("--rate", plan.events_per_s, "Events a second");
  program.add_option("--stalled", plan.stalled_s, "That it does not read [s]");
  program.add_option("--beside", plan.beside_s, "Before, and after, that it does [s]");
  CLI11_PARSE(program, argc, argv);
  return draftstream::run(plan);
}
