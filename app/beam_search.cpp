#include "app/beam_search.hpp"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "ingest/errors.hpp"
#include "replay/feeder.hpp"

namespace draftstream {

BeamSearch::BeamSearch(Recording& recording, const SearchConfig& config,
                       std::optional<std::uint64_t> chunk_samples, LookSettings looks)
    : recording_{recording},
      buffers_{plan_buffers(recording.observation(), chunk_samples)},
      search_{recording.observation(), config, std::move(looks)},
      ring_{{recording.observation().frequency.channels(), recording.observation().format,
             buffers_.ring_samples}},
      reader_{ring_.attach(ReaderKind::guaranteed)} {}

BeamSearch::~BeamSearch() {
  ring_.stop();
  if (feed_.joinable()) feed_.join();
}

void BeamSearch::start(double speed) {
  feed_ = std::thread{[this, speed] { feed_ring(speed); }};
  pthread_setname_np(feed_.native_handle(), "feed");
}

void BeamSearch::feed_ring(double speed) {
  try {
    feed(recording_, ring_, FeedOptions{buffers_.travel_samples, speed});
  } catch (const InputError&) {
    // The ring is finished: what came before the fault is searched to its end.
    const std::lock_guard lock{mutex_};
    feed_error_ = std::current_exception();
  } catch (...) {
    ring_.fail(std::current_exception());
  }
}

bool BeamSearch::step(const CandidateSink& sink) {
  using Clock = std::chrono::steady_clock;
  try {
    const auto began = Clock::now();
    const auto view = reader_->read(buffers_.travel_samples);
    waited_s_ += std::chrono::duration<double>{Clock::now() - began}.count();
    if (view.samples == 0) {  // drained, or stopped
      search_.finish(sink);
      return false;
    }
    search_.push(view.chunk(), sink);
    reader_->release(view.first + view.samples);
    samples_taken_ = search_.samples_taken();
    return true;
  } catch (...) {
    ring_.fail(std::current_exception());
    return false;
  }
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

bool BeamSearch::all_taken() const noexcept {
  return samples_taken() == observation().samples;
}

}  // namespace draftstream
