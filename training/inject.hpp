// Bursts in the noise of a real recording.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ingest/units.hpp"
#include "training/burst.hpp"
#include "training/random_bursts.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// What is added to a recording.
struct Injection {
  std::vector<Burst> bursts;
  RandomBursts random_bursts;
  std::uint64_t seed = 1;
};

/// Told how much of how much is written.
using InjectProgress = std::function<void(Seconds written, Seconds duration)>;

/// Copies recordings that continue each other, with bursts added, and writes the truth beside the
/// copy. A burst's sigma is the noise of its channel (channel_noise.hpp), and its S/N that of the
/// channels that are not dead. Values change only where a burst lies.
///
/// What lies behind a stored integer is drawn anew before the burst is added and it is rounded
/// again: bursts far below a step of the digitiser come through as they would have. Below 8 bits
/// it is drawn from the channel's normal distribution, so that even one bit keeps its sensitivity.
///
/// Gaps become zeros, and hold no burst.
///
/// @param recordings  At least one.
/// @param path        Ends as make_recording_writer wants it; none of the recordings.
/// @return What was written to truth_path(path).
/// @throws ConfigError            naming what is out of range or missing.
/// @throws MissingInput, InputError  from open_recordings.
/// @throws std::invalid_argument  from make_recording_writer, on another ending.
/// @throws std::system_error      if a file cannot be written.
Truth inject(const Injection& injection, const std::vector<std::string>& recordings,
             const std::string& path, const InjectProgress& progress = {});

}  // namespace draftstream
