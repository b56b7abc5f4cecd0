#include "app/beam_search.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "app/dump_stretch.hpp"
#include "engine/infer/tile_grid.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// What candidates wait for until their block is complete, and are looked at in.
std::uint64_t plot_history(const Search& search, const Observation& observation,
                           const BufferPlan& buffers) {
  constexpr std::uint64_t longest_slice = tile_grid::samples << (tile_grid::levels - 1);
  return dump_history(search.longest_delay(), search.block_samples(), Seconds{0.0},
                      observation.time.sample_time) +
         longest_slice + 2 * buffers.chunk_samples;
}

std::uint64_t history_of(const Search& search, const Observation& observation,
                         const DumpRule& dumps) {
  const Seconds sample_time = observation.time.sample_time;
  const auto kept = static_cast<std::uint64_t>(std::ceil(dumps.keep / sample_time));
  if (!dumps.above_snr) return kept;
  return std::max(
      kept, dump_history(search.longest_delay(), search.block_samples(), dumps.pad, sample_time));
}

// Live sources claim up to a quarter of the ring at once: beside the history there is room for
// that, and for what the search waits for, or both would wait for ever.
std::uint64_t ring_samples(const BufferPlan& buffers, std::uint64_t history) {
  if (history == 0) return buffers.ring_samples;
  return std::max(buffers.ring_samples + history, (history + buffers.travel_samples) / 3 * 4 + 4);
}

}  // namespace

BeamSearch::BeamSearch(BeamFeed& source, const SearchConfig& config,
                       std::optional<std::uint64_t> chunk_samples, LookSettings looks,
                       const DumpRule& dumps, bool plots)
    : source_{source},
      masked_channels_{config.condition.masked_channels},
      buffers_{plan_buffers(source.observation(), chunk_samples, source.reader())},
      search_{source.observation(), config, std::move(looks)},
      step_samples_{buffers_.travel_samples},
      history_{std::max(history_of(search_, source.observation(), dumps),
                        plots && source.files().empty()
                            ? plot_history(search_, source.observation(), buffers_)
                            : 0)},
      ring_{{source.observation().frequency.channels(), source.observation().format,
             ring_samples(buffers_, history_)}},
      reader_{ring_.attach(source.reader())} {}

BeamSearch::~BeamSearch() {
  if (!feed_.joinable()) return;
  stop();
  ring_.stop();
  feed_.join();
}

void BeamSearch::start() {
  feeding_ = true;
  feed_ = std::thread{[this] {
    feed_ring();
    feeding_ = false;
  }};
  pthread_setname_np(feed_.native_handle(), "feed");
}

// A step that ended has either drained what the feed finished, or stopped it.
void BeamSearch::wait_for_feed() {
  if (feed_.joinable()) feed_.join();
}

void BeamSearch::feed_ring() {
  try {
    source_.fill(ring_, buffers_.travel_samples);
  } catch (const InputError&) {
    // The ring is finished: what came before the fault is searched to its end.
    const std::lock_guard lock{mutex_};
    feed_error_ = std::current_exception();
  } catch (...) {
    ring_.fail(std::current_exception());
  }
}

void BeamSearch::shed_by(const OverloadRule& rule, OverloadTold told) {
  if (!search_.sheds()) return;
  const std::uint64_t block = search_.block_samples();
  // While a block is searched at real time, another one comes.
  const std::uint64_t room = buffers_.ring_samples - std::min(block, buffers_.ring_samples / 2);
  ladder_.emplace(rule, observation().time.since_start(static_cast<double>(room)));
  overload_told_ = std::move(told);
  search_.shed_by([this, block](std::uint64_t first) { return shed(first + block); });
}

// A chunk would be waited for, the ring is left as long as it is.
void BeamSearch::alert_by(PromptSink sink) {
  search_.alert_by(std::move(sink));
  const std::uint64_t step = search_.alert_step();
  if (step > 0) step_samples_ = std::min(buffers_.travel_samples, step);
}

// Of the block that ends there. Nobody else writes the state.
Shed BeamSearch::shed(std::uint64_t end) {
  const auto behind = static_cast<double>(ring_.published() - end);
  OverloadState now;
  now.lag = observation().time.since_start(behind);
  now.level = ladder_->next(overload_.level, now.lag);
  now.left_out = ladder_->left_out(now.level);
  const bool changed = now.level != overload_.level;
  {
    const std::lock_guard lock{mutex_};
    overload_ = now;
  }
  if (changed && overload_told_) overload_told_(now);
  return ladder_->shed(now.level, now.lag);
}

bool BeamSearch::step(const CandidateSink& sink) {
  using Clock = std::chrono::steady_clock;
  try {
    const auto began = Clock::now();
    awaits_data_ = true;
    const auto view = reader_->read(step_samples_);
    awaits_data_ = false;
    const StageSteps::Step working{search_steps_};
    waited_s_ += std::chrono::duration<double>{Clock::now() - began}.count();
    if (view.samples == 0) {  // drained, or stopped
      search_.finish(sink);
      finished_ = true;
      note_progress();
      return false;
    }
    const FilterbankChunk chunk = view.chunk();
    search_.push(change_ ? change_(chunk) : chunk, sink);
    reader_->release(view.first + view.samples);
    samples_taken_ = search_.samples_taken();
    note_progress();
    return true;
  } catch (...) {
    awaits_data_ = false;
    fail(std::current_exception());
    return false;
  }
}

// What others want to know, where they need not wait for a step to end.
void BeamSearch::note_progress() {
  const std::lock_guard lock{mutex_};
  samples_searched_ = search_.samples_searched();
  counts_ = search_.counts();
  alert_counts_ = search_.alert_counts();
}

BeamReport BeamSearch::report() const {
  BeamReport report;
  const std::uint64_t samples_taken_before = samples_taken_;
  report.beam = observation().beam;
  const std::lock_guard lock{mutex_};
  report.samples_searched = samples_searched_;
  report.samples_received = ring_.published();  // asked for last: never less than the other
  report.counts = counts_;
  report.alerts = alert_counts_;
  if (ladder_) report.overload = overload_;
  const auto behind = static_cast<double>(report.samples_received - samples_taken_before);
  report.lag_s = observation().time.since_start(behind).value();
  report.ring_s = observation().time.since_start(static_cast<double>(ring_.capacity())).value();
  report.trials = search_.trials();
  return report;
}

StageState BeamSearch::feed_stage() const noexcept {
  return {feeding_ && awaits_data_ && !source_.waits(), ring_.published()};
}

void BeamSearch::abandon() noexcept {
  stop();
  ring_.stop();
}

void BeamSearch::fail(std::exception_ptr error) noexcept {
  ring_.fail(std::move(error));
  stop();
}

std::exception_ptr BeamSearch::error() {
  try {
    ring_.rethrow_error();
  } catch (...) {
    return std::current_exception();
  }
  const std::lock_guard lock{mutex_};
  return feed_error_;
}

}  // namespace draftstream
