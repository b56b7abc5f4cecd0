// The wiring of a run: which thread does what, and how it ends.
#pragma once

#include <cstdint>
#include <exception>

#include "app/interrupt.hpp"
#include "app/output_folder.hpp"
#include "app/settings.hpp"
#include "ingest/observation.hpp"
#include "publishers/summary.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// Sizes in spectra.
struct BufferPlan {
  std::uint64_t chunk_samples = 0;   ///< As asked for: what the chunk column counts in.
  std::uint64_t travel_samples = 0;  ///< Handed on at once: a chunk, or a shorter recording.
  std::uint64_t ring_samples = 0;    ///< Of the ring; at least travel_samples.
};

/// @param chunk_samples  Asked for; empty = about a second of data, of bounded bytes.
BufferPlan plan_buffers(const Observation& observation, std::optional<std::uint64_t> chunk_samples);

/// How a run ended. What was found is on disk in any case.
struct RunResult {
  RunSummary summary;        ///< As written to summary.json.
  std::exception_ptr error;  ///< Why it failed; null if it did not.
  int signal = 0;            ///< That ended it early; 0 = none.
};

/// Searches a recording:
///
///     feed thread: recording -> ring     (the writer waits for its reader)
///     search thread: ring -> engine -> results
///     this thread: progress; results' topic and the signals have threads of their own
///
/// The first error anywhere ends it all; the engine still searches what it has taken. A signal ends
/// it likewise.
///
/// @throws ConfigError if the settings cannot be carried out on this recording.
/// @throws std::system_error if memory, threads or result files cannot be had.
RunResult run_replay(Recording& recording, const Settings& settings, const OutputFolder& folder,
                     Interrupt& interrupt);

}  // namespace draftstream
