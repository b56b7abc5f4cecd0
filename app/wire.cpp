#include "app/wire.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "app/beam_clock.hpp"
#include "app/beam_queue.hpp"
#include "app/beam_search.hpp"
#include "app/chunk_log.hpp"
#include "app/exit_status.hpp"
#include "app/guarded_networks.hpp"
#include "app/make_beams.hpp"
#include "app/overload_notice.hpp"
#include "app/progress.hpp"
#include "app/results.hpp"
#include "app/run_extras.hpp"
#include "app/run_record.hpp"
#include "app/run_summary.hpp"
#include "app/watched_networks.hpp"
#include "engine/beam_coincidence.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/page/live_waterfall.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;
using SecondsOfClock = std::chrono::duration<double>;

constexpr Seconds never_settled{-std::numeric_limits<double>::infinity()};

std::vector<ResultsOfBeam> results_of(const Beams& beams, const Settings& settings,
                                      const std::string& session, const RunNetworks& networks,
                                      AlertTense tense) {
  std::vector<ResultsOfBeam> all;
  for (const auto& beam : beams) {
    ResultsOfBeam one;
    one.context.site = settings.site;
    one.context.instrument = settings.instrument;
    one.context.instance = settings.instance;
    one.context.session = session;
    one.context.tense = tense;
    one.context.observation = beam->observation();
    one.context.software = this_software();
    one.context.classifier = describe_networks(networks);
    one.files.assign(beam->source().files().begin(), beam->source().files().end());
    one.chunk_samples = beam->buffers().chunk_samples;
    if (tense == AlertTense::current) one.ring = &beam->ring();
    all.push_back(std::move(one));
  }
  return all;
}

// Candidates of all beams on their way to the results.
//
// Threads: any.
class Judge {
 public:
  Judge(const Beams& beams, const Settings& settings, Results& results)
      : beams_{beams},
        results_{results},
        coincidence_{searched_beams(beams, settings.search), settings.beams,
                     [this](const JudgedCandidate& judged) { hand_out(judged); }} {}

  void take(std::size_t beam, const Candidate& candidate) {
    const std::lock_guard lock{mutex_};
    coincidence_.take(beam, candidate);
  }
  void searched(std::size_t beam) {
    const std::lock_guard lock{mutex_};
    coincidence_.searched(beam, beams_[beam]->search().samples_settled());
  }
  void ended(std::size_t beam) {
    const std::lock_guard lock{mutex_};
    coincidence_.ended(beam);
  }

  /// BeamCoincidence::settled(); of results that failed nothing is.
  [[nodiscard]] Seconds settled() {
    const std::lock_guard lock{mutex_};
    return error_ == nullptr ? coincidence_.settled() : never_settled;
  }

  /// Handing out is a step.
  [[nodiscard]] StageState stage() const noexcept { return steps_.state(); }

  /// What the results failed by; null if they did not.
  [[nodiscard]] std::exception_ptr error() {
    const std::lock_guard lock{mutex_};
    return error_;
  }
  [[nodiscard]] double publish_s() {
    const std::lock_guard lock{mutex_};
    return publish_s_;
  }

 private:
  // Results that failed once get nothing more, and all ends.
  void hand_out(const JudgedCandidate& judged) {
    if (error_ != nullptr) return;
    const StageSteps::Step step{steps_};
    const auto began = Clock::now();
    try {
      results_.take(judged);
    } catch (...) {
      error_ = std::current_exception();
      for (const auto& beam : beams_) beam->stop();
    }
    publish_s_ += SecondsOfClock{Clock::now() - began}.count();
  }

  const Beams& beams_;
  Results& results_;
  StageSteps steps_;
  std::mutex mutex_;  // guards what follows
  BeamCoincidence coincidence_;
  std::exception_ptr error_;
  double publish_s_ = 0.0;
};

// What every search thread does.
void search_beams(const Beams& beams, BeamQueue& queue, Judge& judge, RunExtras& extras,
                  RunRecord& record, ChunkLog& chunks) {
  while (const auto next = queue.next()) {
    const std::size_t i = *next;
    BeamSearch& beam = *beams[i];
    if (beam.step([&](const Candidate& candidate) { judge.take(i, candidate); })) {
      judge.searched(i);
      extras.searched(i, judge.settled());
      record.note();
      chunks.searched(i, beam.samples_taken());
      queue.give_back(i, time_of(beam, beams, beam.samples_taken()));
    } else {
      judge.ended(i);
      queue.done(i);
    }
  }
}

void show_progress(const Beams& beams, BeamQueue& queue, const Results& results,
                   Progress& progress) {
  Seconds begin = time_of(*beams.front(), beams, 0);
  Seconds end = begin;
  bool end_is_known = true;
  for (const auto& beam : beams) {
    const std::optional<std::uint64_t> samples = beam->observation().samples;
    begin = std::min(begin, time_of(*beam, beams, 0));
    end = std::max(end, time_of(*beam, beams, samples.value_or(0)));
    end_is_known = end_is_known && samples.has_value();
  }
  const std::optional<double> total_s =
      end_is_known ? std::optional{(end - begin).value()} : std::nullopt;
  while (!queue.wait_for_all(progress.interval())) {
    progress.show({(queue.position() - begin).value(), total_s, results.events()});
  }
}

void wait_for_subscribers(Announcer& announcer, const Settings& settings,
                          const Interrupt& interrupt) {
  if (announcer.topic() == nullptr || settings.wait_subscribers == 0) return;
  spdlog::info("waiting for {} subscriber{}", settings.wait_subscribers,
               settings.wait_subscribers == 1 ? "" : "s");
  announcer.topic()->wait_for_subscribers(settings.wait_subscribers, std::nullopt,
                                          [&] { return interrupt.signal() != 0; });
}

void log_buffers(const BeamSearch& beam) {
  spdlog::info("chunks of {} samples, ring of {} samples ({} MiB)", beam.buffers().chunk_samples,
               beam.ring().capacity(), beam.ring().memory().bytes >> 20);
  for (const auto& note : beam.ring().memory().notes) spdlog::info("{}", note);
}

void log_start(const Beams& beams, const Settings& settings) {
  for (const auto& beam : beams) {
    const Observation& seen = beam->observation();
    const std::string name =
        beams.size() == 1 ? "" : fmt::format("beam {}: ", seen.beam.value_or(0));
    const std::string what = seen.samples ? fmt::format("{} samples", *seen.samples) : "a stream";
    spdlog::info("{}searching {} of {} channels at {} DM trials, longest delay {} samples", name,
                 what, seen.frequency.channels(), beam->search().trials(),
                 beam->search().longest_delay());
  }
  log_buffers(*beams.front());  // the others' are alike
  if (settings.cutouts && !keeps_cutouts(settings)) {
    spdlog::info("no cutouts: the engine direct looks at none");
  }
}

// Of one beam's stage among several: "feed of beam 3".
std::string stage_name(const char* stage, const BeamSearch& beam, std::size_t beams) {
  const int number = beam.observation().beam.value_or(0);
  return beams == 1 ? stage : fmt::format("{} of beam {}", stage, number);
}

// What a monitor looks at; ends with the run.
std::vector<StageWatch::Watched> watch_stages(StageWatch& watch, const Beams& beams,
                                              const StageSteps& networks, const Judge& judge,
                                              const Announcer& announcer) {
  std::vector<StageWatch::Watched> all;
  for (const auto& beam : beams) {
    all.push_back(watch.watch(stage_name("feed", *beam, beams.size()),
                              [&one = *beam] { return one.feed_stage(); }));
    all.push_back(watch.watch(stage_name("search", *beam, beams.size()),
                              [&one = *beam] { return one.search_stage(); }));
  }
  all.push_back(watch.watch("networks", [&networks] { return networks.state(); }));
  all.push_back(watch.watch("results", [&judge] { return judge.stage(); }));
  if (const TopicPublisher* topic = announcer.topic()) {
    all.push_back(watch.watch("publish", [topic] {
      const TopicProgress progress = topic->progress();
      return StageState{progress.holds_work, progress.rounds};
    }));
  }
  return all;
}

RunMonitor::Run run_to_show(const Beams& beams, const Results& results, RunExtras& extras,
                            const Settings& settings, const OutputFolder& folder,
                            const RunKind& kind, Clock::time_point began) {
  const auto report = [&beams, &results, &extras, &settings, &folder, &kind, began] {
    RunReport run;
    run.obs_id = results.obs_id(0);
    run.folder = folder.path().string();
    run.elapsed_s = SecondsOfClock{Clock::now() - began}.count();
    run.events = results.events();
    run.threshold_snr = settings.search.threshold_snr;
    run.topic = results.topic_counts();
    for (const auto& beam : beams) {
      const auto taken = static_cast<double>(beam->samples_taken());
      const double data_s = beam->observation().time.since_start(taken).value();
      run.data_s = run.beams.empty() ? data_s : std::min(run.data_s, data_s);
      run.beams.push_back(beam->report());
    }
    extras.report_to(run);
    if (kind.packets) run.packets = kind.packets();
    return run;
  };
  const auto abandon = [&beams] {
    for (const auto& beam : beams) beam->abandon();
  };
  // Looks at the ring from the first time on that somebody asks.
  const auto waterfall = [&beam = *beams.front(),
                          shown = std::make_shared<std::optional<LiveWaterfall>>()] {
    if (!*shown) shown->emplace(beam.ring(), beam.observation());
    return (*shown)->look();
  };
  return {report, abandon, &extras.orders(), waterfall};
}

BeamQueue make_queue(const Beams& beams) {
  std::vector<Seconds> starts;
  Seconds longest_chunk;
  for (const auto& beam : beams) {
    starts.push_back(time_of(*beam, beams, 0));
    const auto chunk = static_cast<double>(beam->buffers().travel_samples);
    longest_chunk = std::max(longest_chunk, chunk * beam->observation().time.sample_time);
  }
  return {starts, longest_chunk};
}

// The engines' threads and this run's; joined, whatever happens in between.
void run_threads(const Beams& beams, const Settings& settings, Results& results, Judge& judge,
                 RunExtras& extras, RunRecord& record) {
  BeamQueue queue = make_queue(beams);
  ChunkLog chunks{beams, results, settings.log_chunks};
  std::vector<std::thread> searching;
  const auto join = [&] {
    for (std::thread& thread : searching) thread.join();
  };
  try {
    for (const auto& beam : beams) beam->start();
    const std::size_t threads = std::min<std::size_t>(threads_of(settings), beams.size());
    for (std::size_t i = 0; i < threads; ++i) {
      searching.emplace_back([&] { search_beams(beams, queue, judge, extras, record, chunks); });
      pthread_setname_np(searching.back().native_handle(), "search");
    }
  } catch (...) {
    for (const auto& beam : beams) beam->stop();
    join();
    throw;
  }
  {
    Progress progress{settings.quiet};
    show_progress(beams, queue, results, progress);
  }
  join();
  for (const auto& beam : beams) beam->wait_for_feed();
}

// To the disk, the journal and whoever listens.
void tell_end(const RunSummary& summary, const RunKind& kind, Results& results, RunRecord& record,
              Announcer& announcer) {
  results.end();
  record.end(summary);
  const StatusReport report = status_report(summary);
  if (!kind.others_follow) return announcer.end(report);
  announcer.report(report, summary.observation->beam);
  announcer.flush();
}

}  // namespace

RunResult run_search(std::span<const BeamInput> inputs, const Settings& settings,
                     const OutputFolder& folder, Announcer& announcer, Interrupt& interrupt,
                     const RunNetworks& given, const RunKind& kind, RunMonitor* monitor) {
  const auto began = Clock::now();
  StageSteps network_steps;
  const RunNetworks guarded = guarded_networks(given);
  const RunNetworks networks = monitor != nullptr ? with_steps(guarded, network_steps) : guarded;
  const Beams beams = make_beams(inputs, settings, networks);
  Results results{folder, announcer, settings,
                  results_of(beams, settings, announcer.session(), networks, kind.tense),
                  keeps_cutouts(settings)};
  log_start(beams, settings);

  RunResult run;
  RunSummary& summary = run.summary;
  summary = begin_summary(beams, settings, results, announcer.session(), kind);
  summary.networks = summarise_networks(networks);
  summary.networks_reason = networks.why_none;
  write_summary(folder.summary(), summary);
  wait_for_subscribers(announcer, settings, interrupt);
  RunRecord record{announcer.journal(), beams, summary,
                   folder.path().lexically_relative(announcer.folder())};
  announcer.report(status_report(summary), summary.observation->beam);

  const bool alerts = kind.prompt_alerts && announcer.topic() != nullptr;
  RunExtras extras{beams, settings, folder, results, alerts};
  shed_load(beams, settings, networks.networks != nullptr, results);
  Judge judge{beams, settings, results};
  std::vector<StageWatch::Watched> watched;
  std::optional<RunMonitor::Shown> shown;
  if (monitor != nullptr) {
    watched = watch_stages(monitor->stages(), beams, network_steps, judge, announcer);
    shown.emplace(
        monitor->show(run_to_show(beams, results, extras, settings, folder, kind, began)));
  }
  interrupt.on_signal([&beams, &interrupt] {
    spdlog::warn("{}: finishing what was taken; once more to leave at once",
                 signal_name(interrupt.signal()));
    for (const auto& beam : beams) beam->stop();
  });
  try {
    run_threads(beams, settings, results, judge, extras, record);
  } catch (...) {
    run.error = std::current_exception();
  }
  interrupt.on_signal({});
  const std::exception_ptr untold = extras.finish(summary, judge.error() == nullptr);
  if (run.error == nullptr) run.error = untold;
  run.summary.own_memory_bytes = own_memory_bytes();

  if (run.error == nullptr) run.error = judge.error();
  const std::exception_ptr run_error = run.error;
  run.error = finish_summary(summary, beams, results, kind, run_error, interrupt.signal());
  if (summary.status == "interrupted") run.signal = interrupt.signal();
  try {
    tell_end(summary, kind, results, record, announcer);
  } catch (...) {
    if (run.error == nullptr) {
      run.error = finish_summary(summary, beams, results, kind, std::current_exception(), 0);
    }
  }
  double waited_s = 0.0;
  for (const auto& beam : beams) waited_s += beam->waited_s();
  summary.stage_s = {{"wait_for_data", waited_s}, {"publish", judge.publish_s()}};
  summary.topic = results.topic_counts();
  summary.gateways = announcer.gateway_counts();
  if (kind.packets) summary.packets = kind.packets();
  summary.wall_s = SecondsOfClock{Clock::now() - began}.count();
  extras.finish_plots(summary, [&interrupt] { return interrupt.signal() != 0; });
  summary.ended = utc_now();
  summary.peak_memory_bytes = peak_memory_bytes();
  write_summary(folder.summary(), summary);
  log_summary(summary, results, folder.path());
  return run;
}

}  // namespace draftstream
