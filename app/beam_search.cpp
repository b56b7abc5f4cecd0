#include "app/beam_search.hpp"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {

BeamSearch::BeamSearch(BeamFeed& source, const SearchConfig& config,
                       std::optional<std::uint64_t> chunk_samples, LookSettings looks)
    : source_{source},
      buffers_{plan_buffers(source.observation(), chunk_samples)},
      search_{source.observation(), config, std::move(looks)},
      ring_{{source.observation().frequency.channels(), source.observation().format,
             buffers_.ring_samples}},
      reader_{ring_.attach(ReaderKind::guaranteed)} {}

BeamSearch::~BeamSearch() {
  if (!feed_.joinable()) return;
  stop();
  ring_.stop();
  feed_.join();
}

void BeamSearch::start() {
  feed_ = std::thread{[this] { feed_ring(); }};
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
    fail(std::current_exception());
    return false;
  }
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
