#include "app/plots.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <utility>

#include "app/plot_files.hpp"
#include "engine/dispersion.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_points = 100'000;  // of an overview; the brightest
constexpr std::chrono::seconds between_overviews{60};
constexpr std::uint64_t most_blocks_of_sweep = 4;  // of an empty slice
constexpr double live_end_s = 2.0;
constexpr std::size_t most_waiting = 10'000;

// A recording is searched as fast as can be: of that, drawing takes a 25th at most. A stream leaves
// time, and its samples do not wait.
PlotPace pace_of(const BeamSearches& beams) {
  if (beams.front()->source().files().empty()) return {};
  return {24.0, std::chrono::seconds{12}};
}

std::string stem_of(const BeamSearch& beam, const std::string& obs_id, std::size_t beams) {
  const auto files = beam.source().files();
  if (files.empty()) return obs_id;
  std::string stem = std::filesystem::path{files.front().path}.stem().string();
  if (beams > 1) stem += fmt::format("_b{:04}", beam.observation().beam.value_or(0));
  return stem;
}

std::unique_ptr<PlotSamples> samples_of(BeamSearch& beam) {
  if (beam.source().files().empty()) return make_ring_samples(beam.ring());
  return make_recorded_samples([&source = beam.source()] { return source.reopen(); });
}

}  // namespace

Plots::Plots(const OutputFolder& folder, BeamSearches beams,
             const std::vector<std::string>& obs_ids, const PlotRule& rule, const AxisRange& range,
             bool tells)
    : folder_{folder},
      searches_{beams},
      rule_{rule},
      range_{range},
      tells_{tells},
      book_{rule.most_per_block},
      overview_drawn_{Clock::now()},
      queue_{rule.most_bytes, most_waiting, pace_of(beams)} {
  for (std::size_t i = 0; i < beams.size(); ++i) {
    BeamSearch& search = *beams[i];
    Beam beam;
    beam.samples = samples_of(search);
    beam.plotted = {&search.observation(), search.masked_channels(), beam.samples.get(),
                    stem_of(search, obs_ids[i], beams.size()), search.buffers().chunk_samples};
    beam.history = search.history();
    if (search.source().files().empty() && search.source().reader() == ReaderKind::guaranteed) {
      beam.keeper = search.ring().attach(ReaderKind::guaranteed);
    }
    beams_.push_back(std::move(beam));
  }
  overview_.title = obs_ids.front();
  if (beams.size() > 1) overview_.title += fmt::format(" and {} more beams", beams.size() - 1);
  overview_.dm_max_pc_cm3 = range.high;
}

void Plots::take(std::size_t beam, std::uint64_t chunk, PlottedCandidate candidate) {
  const Event& event = candidate.event;
  const SliceStretch stretch =
      slice_around(candidate.candidate, *beams_.at(beam).plotted.observation);
  const std::lock_guard lock{mutex_};
  auto& points = overview_.points;
  points.push_back(
      {event.time.toa_s, event.dm.value_pc_cm3, event.signal.snr, event.classifier.label});
  if (points.size() >= 2 * most_points) {
    std::ranges::nth_element(points, points.begin() + most_points, std::ranges::greater{},
                             &OverviewPoint::snr);
    points.resize(most_points);
  }
  overview_is_old_ = true;
  book_.take(beam, chunk, stretch, std::move(candidate));
}

// Called with the mutex held.
PlotSlice Plots::empty_slice(std::size_t beam, std::uint64_t chunk) const {
  const BeamSearch& search = *searches_[beam];
  const Observation& seen = search.observation();
  const std::uint64_t block = search.buffers().chunk_samples;
  const Seconds sweep = dispersion_delay(DispersionMeasure{range_.high}, seen.frequency.lowest(),
                                         seen.frequency.highest());
  PlotSlice slice;
  slice.beam = beam;
  slice.chunk = chunk;
  slice.stretch.first = chunk * block;
  slice.stretch.samples =
      block + std::min(most_blocks_of_sweep * block,
                       static_cast<std::uint64_t>(std::ceil(sweep / seen.time.sample_time)));
  if (seen.samples) {
    slice.stretch.samples = std::min(slice.stretch.samples, *seen.samples - slice.stretch.first);
  }
  slice.stretch.dm_pc_cm3 = range_;
  return slice;
}

std::vector<PlotSlice> Plots::complete(std::size_t beam, std::uint64_t chunk_end) {
  const std::lock_guard lock{mutex_};
  std::vector<PlotSlice> slices;
  std::uint64_t& completed = beams_[beam].completed;
  for (; rule_.choice == PlotChoice::all && completed < chunk_end; ++completed) {
    if (!book_.has(beam, completed)) slices.push_back(empty_slice(beam, completed));
  }
  completed = std::max(completed, chunk_end);
  SliceBook::Completed done = book_.complete(beam, chunk_end);
  std::ranges::move(done.slices, std::back_inserter(slices));
  if (done.left_out > 0) queue_.leave_out(done.left_out);
  return slices;
}

void Plots::searched(std::size_t beam, std::uint64_t settled) {
  const std::uint64_t chunk_end = settled / searches_[beam]->buffers().chunk_samples;
  offer_all(beam, complete(beam, chunk_end));
  Beam& one = beams_[beam];
  if (one.keeper != nullptr) {
    const std::uint64_t taken = searches_[beam]->samples_taken();
    const std::uint64_t oldest = taken - std::min(taken, one.history);
    if (oldest > one.keeper->cursor()) one.keeper->release(oldest);
  }
  offer_overview();
}

void Plots::offer_all(std::size_t beam, std::vector<PlotSlice> slices) {
  std::map<std::uint64_t, std::size_t> counts;  // by block
  for (PlotSlice& slice : slices) {
    ++counts[slice.chunk];
    offer(std::move(slice));
  }
  if (!tells_) return;
  const std::string of_beam =
      beams_.size() > 1 ? fmt::format("beam {}: ", searches_[beam]->observation().beam.value_or(0))
                        : "";
  for (const auto& [chunk, count] : counts) {
    spdlog::info("{}chunk {:03}: {} slice{} to draw", of_beam, chunk, count, count == 1 ? "" : "s");
  }
}

void Plots::offer(PlotSlice slice) {
  const Beam& beam = beams_[slice.beam];
  const auto drawing = std::make_shared<SliceDrawing>(beam.plotted, std::move(slice),
                                                      folder_.chunks(), rule_.format);
  PlotTask task;
  task.name = drawing->name();
  task.bytes = drawing->bytes();
  // A recording is there as long as it takes.
  const bool may_be_gone = searches_[0]->source().files().empty();
  if (may_be_gone) task.fetch = [drawing] { return drawing->fetch(); };
  task.draw = [drawing] { return drawing->draw(); };
  queue_.offer(std::move(task));
}

void Plots::offer_overview() {
  PlotTask task;
  {
    const std::lock_guard lock{mutex_};
    const auto now = Clock::now();
    if (!overview_is_old_ || now - overview_drawn_ < between_overviews) return;
    overview_drawn_ = now;
    overview_is_old_ = false;
    task.name = "overview";
    task.bytes = overview_.points.size() * sizeof(OverviewPoint);
    task.draw = [this, overview = overview_] { return draw_the_overview(overview); };
  }
  queue_.offer(std::move(task));
}

// Of as much as has been searched.
std::uint64_t Plots::draw_the_overview(const Overview& overview) const {
  Overview whole = overview;
  for (const auto& search : searches_) {
    const auto taken = static_cast<double>(search->samples_taken());
    const double end_s = search->observation().time.since_start(taken).value();
    whole.duration_s = std::max(whole.duration_s, end_s);
  }
  draw_overview(folder_.overview(rule_.format), whole);
  return 1;
}

void Plots::finish(const std::function<bool()>& give_up) {
  const auto began = Clock::now();
  bool recorded = true;
  for (std::size_t i = 0; i < beams_.size(); ++i) {
    const BeamSearch& search = *searches_[i];
    const std::uint64_t block = search.buffers().chunk_samples;
    offer_all(i, complete(i, (search.samples_taken() + block - 1) / block));
    recorded = recorded && !search.source().files().empty();
  }
  const double longest_s = rule_.longest_end
                               ? rule_.longest_end->value()
                               : (recorded ? std::numeric_limits<double>::infinity() : live_end_s);
  if (const std::size_t waiting = queue_.waiting(); waiting > 0) {
    spdlog::info("drawing {} plots that are left", waiting);
  }
  const auto elapsed_s = [began] {
    return std::chrono::duration<double>{Clock::now() - began}.count();
  };
  // Who ends a stream ends it as it is meant to end; who interrupts a recording wants it to end.
  queue_.finish([&] { return (recorded && give_up()) || elapsed_s() > longest_s; });
  PlotTask overview;
  overview.name = "overview";
  overview.draw = [this] { return draw_the_overview(overview_); };
  queue_.draw_now(std::move(overview));
  const std::lock_guard lock{mutex_};
  after_search_s_ = elapsed_s();
}

PlotSummary Plots::summary() const {
  PlotSummary summary = queue_.summary();
  const std::lock_guard lock{mutex_};
  summary.after_search_s = after_search_s_;
  return summary;
}

}  // namespace draftstream
