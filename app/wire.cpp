#include "app/wire.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "app/exit_status.hpp"
#include "app/progress.hpp"
#include "app/results.hpp"
#include "app/run_summary.hpp"
#include "engine/search.hpp"
#include "ingest/errors.hpp"
#include "ingest/spectrum_ring.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/uuid.hpp"
#include "replay/feeder.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;
using SecondsOfClock = std::chrono::duration<double>;

constexpr std::uint64_t fewest_chunk_samples = 256;
constexpr std::uint64_t most_chunk_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t chunks_in_ring = 4;
constexpr std::uint64_t most_samples = std::uint64_t{1} << 40;  // keeps products below 2^64

// What the threads of a run share.
struct Shared {
  std::atomic<std::uint64_t> samples_taken = 0;
  std::atomic<std::uint64_t> candidates = 0;

  std::mutex mutex;
  std::exception_ptr feed_error;          // guarded by mutex
  bool searched = false;                  // guarded by mutex
  std::condition_variable searched_cond;  // signalled by: the end of the search thread
};

void name_thread(std::thread& thread, const char* name) {
  pthread_setname_np(thread.native_handle(), name);  // at most 15 characters
}

void feed_ring(Recording& recording, SpectrumRing& ring, const FeedOptions& options,
               Shared& shared) {
  try {
    feed(recording, ring, options);
  } catch (const InputError&) {
    // The ring is finished: what came before the fault is searched to its end.
    const std::lock_guard lock{shared.mutex};
    shared.feed_error = std::current_exception();
  } catch (...) {
    ring.fail(std::current_exception());
  }
}

// Seconds that the search thread spent on other things than searching.
struct OtherSeconds {
  double wait_for_data = 0.0;
  double publish = 0.0;
};

void search_ring(SpectrumRing& ring, SpectrumRing::Reader& reader, std::uint64_t samples,
                 Search& search, Results& results, OtherSeconds& spent, Shared& shared) {
  try {
    const auto sink = [&](const Candidate& candidate) {
      const auto began = Clock::now();
      results.take(candidate);
      shared.candidates = results.events();
      spent.publish += SecondsOfClock{Clock::now() - began}.count();
    };
    for (;;) {
      const auto began = Clock::now();
      const auto view = reader.read(samples);
      spent.wait_for_data += SecondsOfClock{Clock::now() - began}.count();
      if (view.samples == 0) break;  // drained, or stopped
      search.push(view.chunk(), sink);
      reader.release(view.first + view.samples);
      shared.samples_taken = search.samples_taken();
    }
    search.finish(sink);
  } catch (...) {
    ring.fail(std::current_exception());
  }
  const std::lock_guard lock{shared.mutex};
  shared.searched = true;
  shared.searched_cond.notify_one();
}

void show_progress(const Observation& observation, Progress& progress, Shared& shared) {
  const auto seconds = [&](std::uint64_t samples) {
    return observation.time.since_start(static_cast<double>(samples)).value();
  };
  std::unique_lock lock{shared.mutex};
  while (
      !shared.searched_cond.wait_for(lock, progress.interval(), [&] { return shared.searched; })) {
    progress.show({seconds(shared.samples_taken), seconds(observation.samples.value_or(0)),
                   shared.candidates});
  }
}

void wait_for_subscribers(Results& results, const Settings& settings, const Interrupt& interrupt) {
  if (results.topic() == nullptr || settings.wait_subscribers == 0) return;
  spdlog::info("waiting for {} subscriber{}", settings.wait_subscribers,
               settings.wait_subscribers == 1 ? "" : "s");
  results.topic()->wait_for_subscribers(settings.wait_subscribers, std::nullopt,
                                        [&] { return interrupt.signal() != 0; });
}

void log_start(const Recording& recording, const Search& search, const BufferPlan& buffers,
               const SpectrumRing& ring, Results& results) {
  const Observation& seen = recording.observation();
  for (const auto& warning : recording.warnings()) spdlog::warn("{}", warning);
  spdlog::info("searching {} samples of {} channels at {} DM trials, longest delay {} samples",
               seen.samples.value_or(0), seen.frequency.channels(), search.trials(),
               search.longest_delay());
  spdlog::info("chunks of {} samples, ring of {} samples ({} MiB)", buffers.chunk_samples,
               ring.capacity(), ring.memory().bytes >> 20);
  for (const auto& note : ring.memory().notes) spdlog::info("{}", note);
  if (results.topic() != nullptr) {
    spdlog::info("publishing on {}", fmt::join(results.topic()->endpoints(), ", "));
  }
}

// The engine's threads and this run's; joined, whatever happens in between.
void run_threads(Recording& recording, const Settings& settings, const BufferPlan& buffers,
                 SpectrumRing& ring, Search& search, Results& results, OtherSeconds& spent,
                 Shared& shared) {
  const auto reader = ring.attach(ReaderKind::guaranteed);
  const FeedOptions options{buffers.travel_samples, settings.speed.value_or(0.0)};
  std::thread searching{
      [&] { search_ring(ring, *reader, buffers.travel_samples, search, results, spent, shared); }};
  std::thread feeding;
  try {
    feeding = std::thread{[&] { feed_ring(recording, ring, options, shared); }};
  } catch (...) {
    ring.fail(std::current_exception());
    searching.join();
    throw;
  }
  name_thread(searching, "search");
  name_thread(feeding, "feed");
  {
    Progress progress{settings.quiet};
    show_progress(recording.observation(), progress, shared);
  }
  ring.stop();  // the search may have ended before the feed
  searching.join();
  feeding.join();
}

std::exception_ptr error_of(const SpectrumRing& ring, Shared& shared) {
  try {
    ring.rethrow_error();
  } catch (...) {
    return std::current_exception();
  }
  return shared.feed_error;  // its thread has ended
}

}  // namespace

BufferPlan plan_buffers(const Observation& observation,
                        std::optional<std::uint64_t> chunk_samples) {
  const std::uint64_t spectrum_bytes = std::max<std::size_t>(observation.spectrum_bytes(), 1);
  const std::uint64_t all =
      std::clamp<std::uint64_t>(observation.samples.value_or(most_samples), 1, most_samples);
  const double per_second = Seconds{1.0} / observation.time.sample_time;
  const auto second = static_cast<std::uint64_t>(std::min(per_second, 1e9));
  const auto automatic =
      std::clamp(second, fewest_chunk_samples,
                 std::max(most_chunk_bytes / spectrum_bytes, fewest_chunk_samples));
  BufferPlan plan;
  plan.chunk_samples = chunk_samples.value_or(automatic);
  // A chunk longer than the recording, or a ring longer than it, would only take memory; a ring of
  // long chunks too: the feed may wait for the search.
  plan.travel_samples = std::min(plan.chunk_samples, all);
  const bool is_long = plan.travel_samples * spectrum_bytes > most_chunk_bytes;
  plan.ring_samples = std::min(plan.travel_samples * (is_long ? 2 : chunks_in_ring), all);
  return plan;
}

RunResult run_replay(Recording& recording, const Settings& settings, const OutputFolder& folder,
                     Interrupt& interrupt) {
  const Observation& observation = recording.observation();
  const auto began = Clock::now();
  const BufferPlan buffers = plan_buffers(observation, settings.chunk_samples);
  Search search{observation, settings.search};
  SpectrumRing ring{{observation.frequency.channels(), observation.format, buffers.ring_samples}};

  EventContext context;
  context.site = settings.site;
  context.instrument = settings.instrument;
  context.instance = settings.instance;
  context.session = make_uuid();
  context.observation = observation;
  context.software = this_software();
  Results results{folder, settings, context, recording.files(), buffers.chunk_samples};
  log_start(recording, search, buffers, ring, results);

  RunResult run;
  run.summary = begin_summary(recording, settings, context, results.obs_id());
  write_summary(folder.summary(), run.summary);
  wait_for_subscribers(results, settings, interrupt);

  Shared shared;
  OtherSeconds spent;
  interrupt.on_signal([&ring, &interrupt] {
    spdlog::warn("{}: finishing what was taken; once more to leave at once",
                 signal_name(interrupt.signal()));
    ring.stop();
  });
  try {
    run_threads(recording, settings, buffers, ring, search, results, spent, shared);
  } catch (...) {
    run.error = std::current_exception();
  }
  interrupt.on_signal({});
  run.summary.own_memory_bytes = own_memory_bytes();

  if (run.error == nullptr) run.error = error_of(ring, shared);
  const bool all_taken = search.samples_taken() == observation.samples;
  if (run.error == nullptr && !all_taken) run.signal = interrupt.signal();
  RunSummary& summary = run.summary;
  finish_summary(summary, search, run.error, run.signal);
  summary.events = results.events();
  try {
    results.end(status_report(summary));
  } catch (...) {
    if (run.error == nullptr) run.error = std::current_exception();
    finish_summary(summary, search, run.error, run.signal);
  }
  summary.stage_s = {{"wait_for_data", spent.wait_for_data}, {"publish", spent.publish}};
  if (results.topic() != nullptr) summary.topic = results.topic()->counts();
  summary.wall_s = SecondsOfClock{Clock::now() - began}.count();
  summary.ended = utc_now();
  summary.peak_memory_bytes = peak_memory_bytes();
  write_summary(folder.summary(), summary);
  log_summary(summary, results.strongest(), folder.path());
  return run;
}

}  // namespace draftstream
