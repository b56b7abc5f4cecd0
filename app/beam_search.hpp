// One beam of a run, on its way from its recording to candidates.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "app/buffer_plan.hpp"
#include "engine/search.hpp"
#include "ingest/spectrum_ring.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// A recording, a ring, a thread that feeds the one from the other, and an engine.
///
/// Threads: step() belongs to one thread at a time, counts() and the errors to after the last one;
/// stop() and samples_taken() are for any.
class BeamSearch {
 public:
  /// @param recording  Must outlive this.
  /// @throws ConfigError if the configuration cannot be carried out on this recording.
  /// @throws std::system_error if there is not enough memory.
  BeamSearch(Recording& recording, const SearchConfig& config,
             std::optional<std::uint64_t> chunk_samples, LookSettings looks = {});
  /// Stops and waits for the feeding thread.
  ~BeamSearch();
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  /// Starts to feed. @param speed  x real time; 0 = as fast as it is taken.
  /// @throws std::system_error if there is no thread to be had.
  void start(double speed);

  /// Waits for the next chunk and searches it.
  /// @return false when there was none and the engine has finished, or this beam has failed.
  bool step(const CandidateSink& sink);

  /// Ends the feed; what was taken is still searched.
  void stop() noexcept { ring_.stop(); }

  /// What it failed by; null if it did not. An InputError leaves all that came before it searched.
  [[nodiscard]] std::exception_ptr error();

  [[nodiscard]] const Recording& recording() const noexcept { return recording_; }
  [[nodiscard]] const Observation& observation() const noexcept { return recording_.observation(); }
  [[nodiscard]] const Search& search() const noexcept { return search_; }
  [[nodiscard]] const BufferPlan& buffers() const noexcept { return buffers_; }
  [[nodiscard]] const SpectrumRing& ring() const noexcept { return ring_; }
  [[nodiscard]] std::uint64_t samples_taken() const noexcept { return samples_taken_; }
  [[nodiscard]] bool all_taken() const noexcept;
  [[nodiscard]] double waited_s() const noexcept { return waited_s_; }  ///< By step(), for data.

 private:
  void feed_ring(double speed);

  Recording& recording_;
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
