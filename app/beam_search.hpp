// One beam of a run, on its way from its samples to candidates.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "app/beam_feed.hpp"
#include "app/buffer_plan.hpp"
#include "engine/search.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// A feed, a ring, a thread that fills the one from the other, and an engine.
///
/// Threads: step() belongs to one thread at a time, counts() and the errors to after the last one;
/// stop() and samples_taken() are for any.
class BeamSearch {
 public:
  /// @param source  Must outlive this.
  /// @throws ConfigError if the configuration cannot be carried out on this observation.
  /// @throws std::system_error if there is not enough memory.
  BeamSearch(BeamFeed& source, const SearchConfig& config,
             std::optional<std::uint64_t> chunk_samples, LookSettings looks = {});
  /// Stops and waits for the feeding thread, if wait_for_feed() has not.
  ~BeamSearch();
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  /// Starts to feed.
  /// @throws std::system_error if there is no thread to be had.
  void start();

  /// Waits for the next chunk and searches it.
  /// @return false when there was none and the engine has finished, or this beam has failed.
  bool step(const CandidateSink& sink);

  /// Ends the feed; what was taken, or has arrived from a live source, is still searched.
  void stop() noexcept { source_.stop(ring_); }
  /// After the last step().
  void wait_for_feed();

  /// What it failed by; null if it did not. An InputError leaves all that came before it searched.
  [[nodiscard]] std::exception_ptr error();

  [[nodiscard]] const BeamFeed& source() const noexcept { return source_; }
  [[nodiscard]] const Observation& observation() const noexcept { return source_.observation(); }
  [[nodiscard]] const Search& search() const noexcept { return search_; }
  [[nodiscard]] const BufferPlan& buffers() const noexcept { return buffers_; }
  [[nodiscard]] const SpectrumRing& ring() const noexcept { return ring_; }
  [[nodiscard]] std::uint64_t samples_taken() const noexcept { return samples_taken_; }
  [[nodiscard]] bool all_taken() const noexcept { return source_.whole(samples_taken()); }
  [[nodiscard]] double waited_s() const noexcept { return waited_s_; }  ///< By step(), for data.

 private:
  void feed_ring();
  void fail(std::exception_ptr error) noexcept;

  BeamFeed& source_;
  BufferPlan buffers_;
  Search search_;
  SpectrumRing ring_;
  std::unique_ptr<SpectrumRing::Reader> reader_;
  std::atomic<std::uint64_t> samples_taken_ = 0;
  double waited_s_ = 0.0;
  std::mutex mutex_;
  std::exception_ptr feed_error_;  // guarded by mutex_
  std::thread feed_;               // last: it uses all of the above
};

}  // namespace draftstream
