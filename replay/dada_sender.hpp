// Plays a recording into a PSRDADA ring: the back end of a test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ingest/live/stop_event.hpp"
#include "replay/dada_ring_maker.hpp"
#include "replay/recording.hpp"
#include "replay/send_schedule.hpp"

namespace draftstream {

/// Where a recording goes.
struct DadaTarget {
  key_t key = 0;        ///< Of the data ring; that of headers has the next one.
  bool create = false;  ///< Make both rings, and remove them at the end.
  DadaRingShape data;   ///< Of the ring that is made; buffer_bytes 0: about a quarter second.

  /// "dada:dada"
  [[nodiscard]] std::string name() const;
};

/// Reads "dada:KEYHEX", perhaps with "?create=yes", and then "nbufs=N", "bufsz=BYTES", "readers=N",
/// joined by '&'.
/// @throws ConfigError with a sentence about what it cannot be.
DadaTarget parse_dada_target(std::string_view url);

/// The header of a recording's DADA stream, without padding; samples are [time, channel].
/// @throws ConfigError naming what it has no word for: a table of frequencies, spectra that do not
///         fill bytes.
std::string make_dada_header(const Observation& observation);

/// Rings to send into; those that were made are removed with it.
class DadaSender {
 public:
  /// @throws TryAgain if there are no such rings, or somebody writes them; ConfigError if they
  ///         cannot be made, or cannot hold the header.
  DadaSender(const DadaTarget& target, const Recording& recording);
  ~DadaSender();
  DadaSender(const DadaSender&) = delete;
  DadaSender& operator=(const DadaSender&) = delete;

  /// Sends a header, and all spectra; gaps are zeros. A transfer that a writer before us left open
  /// is ended first. Waits for slow readers: nothing is lost. Stopped, it ends the transfer with
  /// what has been sent, unless readers hold all blocks. Rings of our own are kept until all
  /// readers have read them.
  /// @param sent  Is told how many spectra are in published blocks. May be empty.
  /// @return Spectra that were sent.
  /// @throws InputError         from recording.read().
  /// @throws std::runtime_error if a ring is destroyed.
  std::uint64_t send(Recording& recording, SendSchedule& schedule, const StopEvent& stop,
                     const std::function<void(std::uint64_t)>& sent);

 private:
  struct Rings;
  std::unique_ptr<Rings> rings_;
  std::string header_;
};

}  // namespace draftstream
