#include "app/trigger_dumps.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr const char* product_kind = "dump";
constexpr std::chrono::milliseconds between_looks{100};  // for samples that were asked for
constexpr std::size_t most_requested = 16;               // waiting; and remembered

std::string file_of_event(const Event& event) {
  return event.event_id + ".fil";
}

void count(DumpSummary& summary, const DumpResult& result) {
  switch (result.outcome) {
    case DumpOutcome::complete:
      ++summary.complete;
      break;
    case DumpOutcome::truncated:
      ++summary.truncated;
      break;
    case DumpOutcome::missed:
      ++summary.missed;
      break;
    case DumpOutcome::failed:
      ++summary.failed;
      break;
  }
  summary.bytes += result.bytes.value_or(0);
}

bool is_pending(const RequestedDump& dump) {
  return dump.product.status == "pending";
}

}  // namespace

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

std::vector<RequestedDump> TriggerDumps::requested() const {
  const std::lock_guard lock{mutex_};
  return requested_;
}

EventProduct TriggerDumps::product_of(const std::string& name) const {
  return {product_kind, (folder_.filename() / name).string(), {}, {}, "pending"};
}

bool TriggerDumps::promise(Event& event) const {
  if (!rule_.above_snr || event.signal.snr < *rule_.above_snr) return false;
  if (event.classifier.probability.value_or(1.0) < rule_.above_probability) return false;
  event.products.push_back(product_of(file_of_event(event)));
  return true;
}

void TriggerDumps::take(std::size_t beam, const Event& event, const Candidate& candidate) {
  const DumpedBeam& from = beams_.at(beam);
  Wish wish{beam, stretch_of(candidate, *from.observation, from.block_samples, rule_.pad), event,
            file_of_event(event)};
  std::optional<Wish> given_up;
  {
    const std::lock_guard lock{mutex_};
    wishes_.push_back(std::move(wish));
    // A stream that waits bounds them by itself.
    if (from.kind == ReaderKind::opportunistic && waiting(false) > rule_.most_waiting) {
      const auto faintest = std::ranges::min_element(wishes_, {}, [](const Wish& other) {
        return other.event ? other.event->signal.snr : std::numeric_limits<double>::infinity();
      });
      given_up = std::move(*faintest);
      wishes_.erase(faintest);
    }
  }
  changed_.notify_one();
  if (!given_up) return;
  tell(*given_up,
       {DumpOutcome::missed,
        {},
        fmt::format("{} brighter events were waiting for their dumps", rule_.most_waiting)});
}

// Called with the mutex held.
std::size_t TriggerDumps::waiting(bool requested) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      wishes_, [requested](const Wish& wish) { return !wish.event == requested; }));
}

RequestedDump TriggerDumps::request(std::size_t beam, const RingStretch& wanted) {
  const DumpedBeam& from = beams_.at(beam);
  RequestedDump dump;
  {
    const std::lock_guard lock{mutex_};
    if (closing_) {
      throw TryAgain("dump: found an observation at its end, expected one that goes on");
    }
    check_dump_request(from, wanted, summary_.bytes, rule_.most_bytes);
    if (waiting(true) >= most_requested) {
      throw TryAgain(fmt::format("dump: found {} that are waited for, expected fewer than that",
                                 most_requested));
    }
    const std::string name = fmt::format("{}-d{:04}.fil", from.obs_id, ++requests_);
    dump = {beam, wanted, product_of(name)};
    if (requested_.size() >= most_requested) {
      const auto done = std::ranges::find_if_not(requested_, is_pending);
      if (done != requested_.end()) requested_.erase(done);
    }
    requested_.push_back(dump);
    wishes_.push_back({beam, {wanted, wanted}, {}, name});
  }
  changed_.notify_one();
  return dump;
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

// What was asked for does not keep the thread waiting for its samples.
bool TriggerDumps::is_ready(const Wish& wish) const {
  if (wish.event || closing_) return true;
  const SpectrumRing& ring = *beams_[wish.beam].ring;
  return ring.published() >= wish.stretch.wanted.end || ring.stopped();
}

// What holds a stream back first, else what would be the greatest loss; end() if none is ready.
TriggerDumps::Wishes::iterator TriggerDumps::next_wish() {
  const bool in_order = beams_.front().kind == ReaderKind::guaranteed;
  const auto comes_before = [in_order](const Wish& a, const Wish& b) {
    if (in_order) return a.stretch.wanted.first < b.stretch.wanted.first;
    if (!a.event || !b.event) return !a.event && b.event;
    return a.event->signal.snr > b.event->signal.snr;
  };
  auto next = wishes_.end();
  for (auto wish = wishes_.begin(); wish != wishes_.end(); ++wish) {
    if (is_ready(*wish) && (next == wishes_.end() || comes_before(*wish, *next))) next = wish;
  }
  return next;
}

void TriggerDumps::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    const auto next = next_wish();
    if (next != wishes_.end()) {
      write_next(lock, next);
    } else if (!wishes_.empty()) {
      changed_.wait_for(lock, between_looks);
    } else if (closing_) {
      return;
    } else {
      changed_.wait(lock);
    }
  }
}

void TriggerDumps::write_next(std::unique_lock<std::mutex>& lock, Wishes::iterator next) {
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

void TriggerDumps::write(const Wish& wish) {
  const DumpedBeam& beam = beams_[wish.beam];
  const std::uint64_t bytes = bytes_in(wish.stretch.wanted, beam);
  const std::uint64_t used = summary().bytes;
  if (used + bytes > rule_.most_bytes) {
    tell(wish, {DumpOutcome::missed,
                {},
                fmt::format("it would be {} bytes, and {} of {} are used up", bytes, used,
                            rule_.most_bytes)});
    return;
  }
  DumpFile file{folder_ / wish.name, wish.stretch, {}};
  if (wish.event) file.event_id = wish.event->event_id;
  tell(wish, write_dump(beam, file));
}

void TriggerDumps::tell(const Wish& wish, const DumpResult& result) {
  EventProduct product = product_of(wish.name);
  product.status = name(result.outcome);
  product.bytes = result.bytes;
  product.reason = result.reason;
  {
    const std::lock_guard lock{mutex_};
    count(summary_, result);
  }
  if (result.outcome == DumpOutcome::complete) {
    spdlog::info("{}: {} bytes", product.uri, product.bytes.value_or(0));
  } else {
    spdlog::warn("{}: {}: {}", product.uri, product.status, product.reason.value_or(""));
  }
  if (!wish.event) {
    const RequestedDump dump = note_requested(product);
    if (told_.requested) told_.requested(dump);
    return;
  }
  Event event = *wish.event;
  for (EventProduct& pending : event.products) {
    if (pending.kind == product_kind) pending = product;
  }
  told_.event(std::move(event));
}

RequestedDump TriggerDumps::note_requested(const EventProduct& product) {
  const std::lock_guard lock{mutex_};
  const auto dump = std::ranges::find_if(requested_, [&product](const RequestedDump& other) {
    return other.product.uri == product.uri;
  });
  dump->product = product;
  return *dump;
}

}  // namespace draftstream
