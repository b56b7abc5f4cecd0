// Plays a recording to whoever takes a stream: the telescope of a test.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ingest/live/stop_event.hpp"
#include "replay/planned_faults.hpp"
#include "replay/recording.hpp"
#include "replay/stream_sink.hpp"

namespace draftstream {

struct SendOptions {
  double speed = 1.0;          ///< Factor of real time; 0 = as fast as it is taken.
  std::vector<Moment> stalls;  ///< In order.
  /// Is told how many spectra are out, after each piece. May be empty.
  std::function<void(std::uint64_t sent)> sent;
};

/// Sends a SIGPROC header and all spectra, Stokes I in observation().format, packed. Spectra in
/// gaps are sent as zeros: a SIGPROC stream cannot say that they are missing. Paced, a piece (20 ms
/// at most, one spectrum at least) is sent when its last spectrum would have been taken, reckoned
/// from the call.
///
/// @return Spectra that were sent; fewer than there are once stopped.
/// @throws InputError  from recording.read().
/// @throws std::system_error  as write_all().
/// @throws std::invalid_argument  if speed is negative or not finite.
std::uint64_t send_recording(Recording& recording, const StreamSink& sink, const StopEvent& stop,
                             const SendOptions& options);

}  // namespace draftstream
