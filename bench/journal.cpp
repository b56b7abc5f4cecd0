// What it costs to keep an event in the journal: the search's thread per event, and the publishing
// thread per batch that is brought to the disk. Says it for the folder that it is given: disks
// differ.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/quantile.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_keeper.hpp"
#include "tests/publishers/sample_events.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

double processor_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

void measure(Journal& journal, std::size_t events, std::size_t batch) {
  std::vector<Event> made;
  for (std::size_t i = 0; i < events; ++i) {
    made.push_back(test::sample_event(journal.last_seq() + 1 + i));
  }
  std::vector<double> append_us;
  std::vector<double> sync_us;
  double append_processor_us = 0.0;
  for (std::size_t i = 0; i < events; ++i) {
    const double processor_before = processor_us();
    const auto began = Clock::now();
    journal.append(made[i]);
    append_us.push_back(Microseconds{Clock::now() - began}.count());
    append_processor_us += processor_us() - processor_before;
    if ((i + 1) % batch != 0) continue;
    const auto syncs = Clock::now();
    journal.sync();
    sync_us.push_back(Microseconds{Clock::now() - syncs}.count());
  }
  fmt::print("{:>6} {:>10.0f} {:>10.0f} {:>10.0f} {:>12.0f} {:>12.0f}\n", batch,
             append_processor_us / static_cast<double>(events), quantile(append_us, 0.5),
             quantile(append_us, 0.99), quantile(sync_us, 0.5), quantile(sync_us, 0.99));
}

int run(const std::filesystem::path& folder, std::size_t events) {
  const auto path = folder / "bench_journal.sqlite";
  {
    Journal journal{path, Existing::replace, {test::session_a, "bench/journal/0", {}}};
    const JournalKeeper keeper{journal, {}, std::chrono::seconds{1}, {}};
    fmt::print("{:>6} {:>10} {:>10} {:>10} {:>12} {:>12}\n", "events", "append", "median", "99 %",
               "sync median", "99 %");
    fmt::print("{:>6} {:>10} {:>10} {:>10} {:>12} {:>12}\n", "/ sync", "core us", "us", "us", "us",
               "us");
    for (const std::size_t batch : {1, 10, 100}) measure(journal, events, batch);
    journal.checkpoint();
    fmt::print("{:.0f} bytes an event\n", static_cast<double>(std::filesystem::file_size(path)) /
                                              static_cast<double>(journal.last_seq()));
  }
  std::filesystem::remove(path);
  return 0;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  CLI::App program{"What it costs to keep an event"};
  std::string folder = ".";
  std::size_t events = 2000;
  program.add_option("FOLDER", folder, "On the disk that is measured");
  program.add_option("--events", events, "In each of three measurements");
  CLI11_PARSE(program, argc, argv);
  return draftstream::run(folder, events);
}
