#include "app/trigger_dumps.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "app/exit_status.hpp"
#include "engine/dispersion.hpp"
#include "publishers/append_file.hpp"

namespace draftstream {
namespace {

using Path = std::filesystem::path;

constexpr const char* product_kind = "dump";
constexpr std::uint64_t blocks_of_search = 8;  // that a candidate may wait in, generously
constexpr double slowness_s = 2.0;             // of whoever searches, and of the disk

std::string file_name(const Event& event) {
  return event.event_id + ".fil";
}

std::uint64_t samples_of(Seconds time, Seconds sample_time) {
  return static_cast<std::uint64_t>(std::ceil(time / sample_time));
}

EventProduct product_of(const Event& event, const Path& folder) {
  return {product_kind, (folder.filename() / file_name(event)).string(), {}, {}, "pending"};
}

// Which of its samples are none: integers cannot say so themselves.
void write_gap_map(const Path& recording, const RingDump& dump, const Event& event) {
  nlohmann::ordered_json gaps = nlohmann::ordered_json::array();
  for (const Gap& gap : dump.gaps) {
    gaps.push_back({{"first", gap.first - dump.written.first},
                    {"samples", gap.samples},
                    {"fate", name(gap.fate)}});
  }
  nlohmann::ordered_json holes = nlohmann::ordered_json::array();
  for (const Hole& hole : dump.holes) {
    holes.push_back({{"first", hole.first - dump.written.first},
                     {"samples", hole.samples},
                     {"first_channel", hole.first_channel},
                     {"channels", hole.channels}});
  }
  const nlohmann::ordered_json map{{"recording", recording.filename().string()},
                                   {"event_id", event.event_id},
                                   {"obs_id", event.time.obs_id},
                                   {"first_sample", dump.written.first},
                                   {"samples", dump.written.end - dump.written.first},
                                   {"gaps", std::move(gaps)},
                                   {"holes", std::move(holes)}};
  write_atomically(Path{recording}.replace_extension(".gaps.json"), map.dump(1) + "\n");
}

bool is_overrun_in(const RingDump& dump, const RingStretch& sweep) {
  return std::any_of(dump.gaps.begin(), dump.gaps.end(), [&](const Gap& gap) {
    return gap.fate == Fate::overrun && gap.first < sweep.end && gap.end() > sweep.first;
  });
}

}  // namespace

DumpStretch stretch_of(const Candidate& candidate, const Observation& observation,
                       std::uint64_t block_samples, Seconds pad) {
  const FrequencyAxis& band = observation.frequency;
  const Seconds sample_time = observation.time.sample_time;
  const std::uint64_t delay =
      samples_of(dispersion_delay(candidate.dm, band.lowest(), band.highest()), sample_time);
  const std::uint64_t around = samples_of(pad, sample_time);
  const auto whole_blocks = [block_samples](std::uint64_t sample) {
    return sample / block_samples * block_samples;
  };
  DumpStretch stretch;
  stretch.sweep = {candidate.first_sample,
                   candidate.first_sample + candidate.boxcar_samples + delay};
  stretch.wanted = {whole_blocks(stretch.sweep.first - std::min(around, stretch.sweep.first)),
                    whole_blocks(stretch.sweep.end + around + block_samples - 1)};
  return stretch;
}

std::uint64_t dump_history(std::uint64_t longest_delay, std::uint64_t block_samples, Seconds pad,
                           Seconds sample_time) {
  return longest_delay + blocks_of_search * block_samples +
         samples_of(2.0 * pad + Seconds{slowness_s}, sample_time);
}

TriggerDumps::TriggerDumps(std::filesystem::path folder, std::vector<DumpedBeam> beams,
                           const DumpRule& rule, Told told)
    : folder_{std::move(folder)}, beams_{std::move(beams)}, rule_{rule}, told_{std::move(told)} {
  for (const DumpedBeam& beam : beams_) {
    keepers_.push_back({});
    if (beam.kind == ReaderKind::guaranteed) keepers_.back().reader = beam.ring->attach(beam.kind);
  }
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "dumps");
}

TriggerDumps::~TriggerDumps() {
  if (!thread_.joinable()) return;
  for (const DumpedBeam& beam : beams_) beam.ring->stop();  // it may wait for samples
  finish();
}

std::exception_ptr TriggerDumps::finish() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  return error_;
}

DumpSummary TriggerDumps::summary() const {
  const std::lock_guard lock{mutex_};
  return summary_;
}

bool TriggerDumps::promise(Event& event) const {
  if (!rule_.above_snr || event.signal.snr < *rule_.above_snr) return false;
  if (event.classifier.probability.value_or(1.0) < rule_.above_probability) return false;
  event.products.push_back(product_of(event, folder_));
  return true;
}

void TriggerDumps::take(std::size_t beam, const Event& event, const Candidate& candidate) {
  const DumpedBeam& from = beams_.at(beam);
  Wish wish{beam, stretch_of(candidate, *from.observation, from.block_samples, rule_.pad), event};
  std::optional<Event> given_up;
  {
    const std::lock_guard lock{mutex_};
    wishes_.push_back(std::move(wish));
    // A stream that waits bounds them by itself.
    if (from.kind == ReaderKind::opportunistic && wishes_.size() > rule_.most_waiting) {
      const auto faintest = std::ranges::min_element(
          wishes_, {}, [](const Wish& other) { return other.event.signal.snr; });
      given_up = std::move(faintest->event);
      wishes_.erase(faintest);
    }
  }
  changed_.notify_one();
  if (!given_up) return;
  EventProduct product = product_of(*given_up, folder_);
  product.status = "missed";
  product.reason =
      fmt::format("{} brighter events were waiting for their dumps", rule_.most_waiting);
  tell(std::move(*given_up), product);
}

void TriggerDumps::searched(std::size_t beam, std::uint64_t sample) {
  const std::lock_guard lock{mutex_};
  keepers_.at(beam).searched = sample;
  let_go(beam);
}

// Called with the mutex held.
void TriggerDumps::let_go(std::size_t beam) {
  const Keeper& keeper = keepers_[beam];
  if (keeper.reader == nullptr) return;
  std::uint64_t oldest = keeper.searched - std::min(keeper.searched, beams_[beam].history);
  const auto hold = [&](const Wish& wish) {
    if (wish.beam == beam) oldest = std::min(oldest, wish.stretch.wanted.first);
  };
  std::ranges::for_each(wishes_, hold);
  if (writing_) hold(*writing_);
  if (oldest > keeper.reader->cursor()) keeper.reader->release(oldest);
}

// What holds a stream back first, else what would be the greatest loss.
std::vector<TriggerDumps::Wish>::iterator TriggerDumps::next_wish() {
  const auto first = [](const Wish& wish) { return wish.stretch.wanted.first; };
  const auto snr = [](const Wish& wish) { return wish.event.signal.snr; };
  return beams_.front().kind == ReaderKind::guaranteed
             ? std::ranges::min_element(wishes_, {}, first)
             : std::ranges::max_element(wishes_, {}, snr);
}

void TriggerDumps::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !wishes_.empty(); });
    if (wishes_.empty()) return;
    const auto next = next_wish();
    writing_ = std::move(*next);
    wishes_.erase(next);
    if (error_ == nullptr) {
      lock.unlock();
      std::exception_ptr error;
      try {
        write(*writing_);  // changed by this thread alone
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      error_ = error;
    }
    const std::size_t beam = writing_->beam;
    writing_.reset();
    let_go(beam);
  }
}

void TriggerDumps::write(const Wish& wish) {
  const DumpedBeam& beam = beams_[wish.beam];
  const Path file = folder_ / file_name(wish.event);
  EventProduct product = product_of(wish.event, folder_);
  product.status = "failed";
  const std::uint64_t bytes =
      (wish.stretch.wanted.end - wish.stretch.wanted.first) * beam.observation->spectrum_bytes();
  try {
    if (summary().bytes + bytes > rule_.most_bytes) {
      product.status = "missed";
      product.reason = fmt::format("it would be {} bytes, and {} of {} are used up", bytes,
                                   summary().bytes, rule_.most_bytes);
    } else {
      std::filesystem::create_directories(folder_);
      const RingDump dump = dump_ring(*beam.ring, *beam.observation, wish.stretch.wanted, file);
      if (dump.bytes == 0) {
        product.status = "missed";
        product.reason = "all of it was overwritten before it could be read";
      } else {
        write_gap_map(file, dump, wish.event);
        const bool whole =
            dump.written.holds(wish.stretch.sweep) && !is_overrun_in(dump, wish.stretch.sweep);
        product.status = whole ? "complete" : "truncated";
        if (!whole) product.reason = "a part of the sweep was overwritten, or never came";
        product.bytes = dump.bytes;
      }
    }
  } catch (...) {
    product.reason = sentence_of(std::current_exception());
  }
  tell(wish.event, product);
}

void TriggerDumps::tell(Event event, const EventProduct& product) {
  {
    const std::lock_guard lock{mutex_};
    if (product.status == "complete") ++summary_.complete;
    if (product.status == "truncated") ++summary_.truncated;
    if (product.status == "missed") ++summary_.missed;
    if (product.status == "failed") ++summary_.failed;
    summary_.bytes += product.bytes.value_or(0);
  }
  if (product.status == "complete") {
    spdlog::info("{}: {} bytes", product.uri, product.bytes.value_or(0));
  } else {
    spdlog::warn("{}: {}: {}", product.uri, product.status, product.reason.value_or(""));
  }
  for (EventProduct& pending : event.products) {
    if (pending.kind == product_kind) pending = product;
  }
  told_(std::move(event));
}

}  // namespace draftstream
