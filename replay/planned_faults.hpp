// What a test telescope does wrong on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ingest/units.hpp"

namespace draftstream {

/// Something that happens at a moment of the recording, counted from its start.
struct Moment {
  Seconds at;
  Seconds length;
};

/// Probabilities are of packets, each by itself.
struct PlannedFaults {
  double loss = 0.0;                ///< Is not sent.
  Seconds burst;                    ///< All packets of spectra that begin in so long
  Seconds burst_every;              ///< a time, every so often, are not sent; 0: none.
  double duplicate = 0.0;           ///< Is sent twice.
  double reorder = 0.0;             ///< Comes after
  std::size_t reorder_by = 0;       ///< one to so many packets that follow it.
  double corrupt = 0.0;             ///< Samples are changed; nothing in a packet tells.
  double cut = 0.0;                 ///< Is cut short, and so is refused.
  double garble = 0.0;              ///< Some bytes, wherever, are changed.
  double wrong_stream = 0.0;        ///< Is followed by one of a stream whose clock began elsewhere.
  std::vector<Moment> stalls;       ///< Nothing is sent for a time; then all goes on, later.
  std::vector<Moment> clock_jumps;  ///< The packets' clock is set on, or back.
  bool no_end = false;              ///< The stream does not say that it ends.
  std::uint64_t seed = 1;

  /// Whether any of them needs packets to go wrong.
  [[nodiscard]] bool of_packets() const noexcept;
};

/// Reads faults as `loss=0.01,duplicate=0.01,reorder=0.01:20`, in one text or several:
///   loss=P, duplicate=P, corrupt=P, cut=P, garble=P, wrong_stream=P   probabilities, 0 to 1
///   reorder=P:N               a packet comes up to N packets late
///   loss_burst=SECONDS/EVERY  of loss, every so many seconds of the recording
///   stall=SECONDS@AT          of silence, so many seconds into the recording; repeatable
///   clock_jump=SECONDS@AT     on, or back if negative; repeatable
///   no_end=yes
/// @throws ConfigError naming the fault, what was found and what was expected.
PlannedFaults parse_faults(std::span<const std::string> texts, std::uint64_t seed);

}  // namespace draftstream
