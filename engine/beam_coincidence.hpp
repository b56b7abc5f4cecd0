// Candidates of several beams: which are one signal, and which signals are interference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "engine/candidate.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// What is interference among beams. A burst comes from one direction: it is seen in one beam, or
/// weaker in the neighbours too. What comes from the ground enters all beams by their side lobes.
///
/// @source The idea, and 4 as the number: heimdall's scripts for candidates of 13 and 19 beams
/// (frb_detector.py, trans_gen_overview.py: `nbeams_cut`, `prim_beam`).
struct BeamRule {
  unsigned max_beams = 4;  ///< More beams than this make it interference; 0 = never.
  /// Beams that see it this much weaker than the best one do not count: a very bright burst is seen
  /// in the side lobes of all beams, at a hundredth of its strength.
  double contrast = 10.0;
  Seconds time_window{0.01};  ///< Beside the pulses' own widths.
  /// Beside what the pulses' widths leave open. Wide, because what is not dispersed has no DM: the
  /// same interference is found at DMs tens apart, while its time in the middle of the band stays.
  DispersionMeasure dm_window{50.0};
};

/// A beam, in as much as its candidates are compared with those of others.
struct SearchedBeam {
  Seconds start;       ///< Of its first sample, on a clock that all beams share.
  Megahertz highest;   ///< Centre of the highest channel.
  Megahertz lowest;    ///< Centre of the lowest channel.
  Seconds widest_box;  ///< No candidate is wider.
  Seconds sample_time;
};

/// The same signal in another beam, weaker.
struct BeamSighting {
  std::size_t beam = 0;
  Candidate candidate;
};

struct JudgedCandidate {
  std::size_t beam = 0;
  Candidate candidate;               ///< Labelled "interference" if the rule says so.
  bool interference = false;         ///< The rule says so.
  unsigned beams = 1;                ///< That count for the signal, this one included.
  std::vector<BeamSighting> others;  ///< Told with it and not by themselves; in order of time.
};

/// Compares candidates of several beams while these are searched, each at its own pace.
///
/// Two candidates a, b of different beams *match* if with h = (width a + width b) / 2
///
///     |DM a - DM b| <= dm_window + h / s          |t a - t b| <= time_window + h
///
/// where s is the sweep of 1 pc cm^-3 over the band that all beams share, and t the arrival in the
/// middle of that sweep, which an error of the DM moves least.
///
/// A candidate that matches no brighter one is a *peak*. One that does belongs to the brightest
/// peak that it matches; if that is none (a chain of matches), it is taken for a peak. A peak is
/// interference if it and its matches, those fainter than 1 / contrast of it left out, are in more
/// than `max_beams` beams. What belongs to an interfering peak is handed out by itself with the
/// same label; what belongs to another is told with it.
///
/// So the judgement of a candidate depends on candidates nearby alone, never on the order in which
/// beams are searched; it is handed out as soon as all beams are searched so far.
///
/// Threads: one at a time per object.
class BeamCoincidence {
 public:
  /// Called with each candidate, in order of arrival at the common highest frequency, then of beam.
  /// With one beam, at once and in the order they come.
  using Sink = std::function<void(const JudgedCandidate&)>;

  /// @throws std::invalid_argument on no beams, or beams whose bands have nothing in common.
  BeamCoincidence(std::vector<SearchedBeam> beams, const BeamRule& rule, Sink sink);

  /// Takes a candidate, whose `toa` counts from the beam's start.
  /// @throws std::logic_error if the beam was said to be searched beyond it.
  void take(std::size_t beam, const Candidate& candidate);

  /// Says that no candidate of `beam` that is still to come arrives before its sample `sample`.
  void searched(std::size_t beam, std::uint64_t sample);
  /// Says that no more candidates of `beam` come.
  void ended(std::size_t beam);

  /// All candidates that arrive before this, at the common highest frequency, have been handed out,
  /// or told with one that was.
  [[nodiscard]] Seconds settled() const;

  [[nodiscard]] std::size_t waiting() const noexcept;  ///< Taken and not yet judged.

 private:
  struct Item {
    std::size_t beam = 0;
    Candidate candidate;
    Seconds time;    // of arrival at top_, on the common clock
    Seconds middle;  // the same in the middle of the sweep
    Seconds width;
    bool peak = false;   // known once time + reach_ is searched in all beams
    unsigned beams = 0;  // known once time + 2 reach_ is
    bool interference = false;
    bool told_with_another = false;
    std::vector<BeamSighting> others;  // known once time + 3 reach_ is
  };

  void advance();
  [[nodiscard]] Seconds searched_by_all() const;
  [[nodiscard]] bool matches(const Item& a, const Item& b) const;
  template <class Visit>
  void for_each_match(std::size_t item, Visit visit);
  [[nodiscard]] bool is_peak(std::size_t item);
  [[nodiscard]] unsigned count_beams(std::size_t peak);
  void judge(std::size_t item);
  void hand_out(Item& item);
  void forget(Seconds searched);

  std::vector<SearchedBeam> beams_;
  BeamRule rule_;
  Sink sink_;
  Megahertz top_;                  // the lowest of the beams' highest channels
  double sweep_s_per_dm_ = 0.0;    // from there to the highest of their lowest channels
  Seconds reach_;                  // no two candidates farther apart in `time` match
  std::vector<Seconds> searched_;  // [beam]
  std::deque<Item> items_;         // by time, then beam
  // Items before each of these have passed the stage, in order.
  std::size_t peaks_known_ = 0;
  std::size_t judged_ = 0;
  std::size_t handed_out_ = 0;
};

}  // namespace draftstream
