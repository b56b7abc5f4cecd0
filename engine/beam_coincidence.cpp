#include "engine/beam_coincidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "engine/dispersion.hpp"

namespace draftstream {
namespace {

constexpr Seconds never{std::numeric_limits<double>::infinity()};
constexpr DispersionMeasure one_dm{1.0};
constexpr double slack = 1.001;  // so that rounding decides nothing

}  // namespace

BeamCoincidence::BeamCoincidence(std::vector<SearchedBeam> beams, const BeamRule& rule, Sink sink)
    : beams_{std::move(beams)}, rule_{rule}, sink_{std::move(sink)} {
  if (beams_.empty()) throw std::invalid_argument("BeamCoincidence: no beams");
  top_ = beams_.front().highest;
  Megahertz bottom = beams_.front().lowest;
  Seconds widest;
  for (const SearchedBeam& beam : beams_) {
    top_ = std::min(top_, beam.highest);
    bottom = std::max(bottom, beam.lowest);
    widest = std::max(widest, beam.widest_box);
    searched_.push_back(beam.start);
  }
  if (bottom > top_) throw std::invalid_argument("BeamCoincidence: no band in common");
  sweep_s_per_dm_ = dispersion_delay(one_dm, bottom, top_).value();
  // Matching candidates of most different DM, and half their sweeps on top.
  const double sweep_s = rule_.dm_window.value() * sweep_s_per_dm_ + widest.value();
  reach_ = slack * (rule_.time_window + widest + Seconds{0.5 * sweep_s});
}

void BeamCoincidence::take(std::size_t beam, const Candidate& candidate) {
  if (beams_.size() == 1) {
    sink_({beam, candidate, false, 1, {}});
    return;
  }
  const SearchedBeam& seen_by = beams_.at(beam);
  Item item;
  item.beam = beam;
  item.candidate = candidate;
  // Never before the arrival at the beam's own highest channel, which is what is searched in order.
  const DispersionMeasure dm{std::max(0.0, candidate.dm.value())};
  item.time = seen_by.start + candidate.toa + dispersion_delay(dm, top_, seen_by.highest);
  item.middle = item.time + Seconds{0.5 * dm.value() * sweep_s_per_dm_};
  item.width = static_cast<double>(candidate.boxcar_samples) * seen_by.sample_time;
  if (item.time < searched_[beam]) {
    throw std::logic_error("BeamCoincidence: a candidate that comes too late");
  }
  const auto after =
      std::upper_bound(items_.begin(), items_.end(), item, [](const Item& a, const Item& b) {
        return a.time != b.time ? a.time < b.time : a.beam < b.beam;
      });
  items_.insert(after, std::move(item));
}

void BeamCoincidence::searched(std::size_t beam, std::uint64_t sample) {
  const SearchedBeam& by = beams_.at(beam);
  searched_[beam] =
      std::max(searched_[beam], by.start + static_cast<double>(sample) * by.sample_time);
  advance();
}

void BeamCoincidence::ended(std::size_t beam) {
  searched_.at(beam) = never;
  advance();
}

std::size_t BeamCoincidence::waiting() const noexcept {
  return items_.size() - handed_out_;
}

Seconds BeamCoincidence::searched_by_all() const {
  return *std::min_element(searched_.begin(), searched_.end());
}

// A candidate is handed out three reaches behind what is searched; one that is told with a brighter
// one, which is at most one reach later, with that.
Seconds BeamCoincidence::settled() const {
  return beams_.size() == 1 ? searched_.front() : searched_by_all() - 4.0 * reach_;
}

// Each stage looks at what the one before has settled within one reach of a candidate.
void BeamCoincidence::advance() {
  const Seconds searched = searched_by_all();
  const auto settled = [&](std::size_t item, double reaches) {
    return item < items_.size() && items_[item].time + reaches * reach_ < searched;
  };
  for (; settled(peaks_known_, 1.0); ++peaks_known_) {
    items_[peaks_known_].peak = is_peak(peaks_known_);
  }
  for (; settled(judged_, 2.0); ++judged_) judge(judged_);
  for (; settled(handed_out_, 3.0); ++handed_out_) hand_out(items_[handed_out_]);
  forget(searched);
}

bool BeamCoincidence::matches(const Item& a, const Item& b) const {
  if (a.beam == b.beam) return false;
  const double half_s = 0.5 * (a.width + b.width).value();
  const double dms = std::abs((a.candidate.dm - b.candidate.dm).value());
  return (dms - rule_.dm_window.value()) * sweep_s_per_dm_ <= half_s &&
         std::abs((a.middle - b.middle).value()) <= rule_.time_window.value() + half_s;
}

template <class Visit>
void BeamCoincidence::for_each_match(std::size_t item, Visit visit) {
  const Item& here = items_[item];
  for (std::size_t i = item; i-- > 0 && here.time - items_[i].time <= reach_;) {
    if (matches(here, items_[i])) visit(i);
  }
  for (std::size_t i = item + 1; i < items_.size() && items_[i].time - here.time <= reach_; ++i) {
    if (matches(here, items_[i])) visit(i);
  }
}

namespace {

// Of equally bright ones the one that comes first; of those the lower beam.
template <class Item>
bool outshines(const Item& a, const Item& b) {
  if (a.candidate.snr != b.candidate.snr) return a.candidate.snr > b.candidate.snr;
  return a.time != b.time ? a.time < b.time : a.beam < b.beam;
}

}  // namespace

bool BeamCoincidence::is_peak(std::size_t item) {
  bool peak = true;
  for_each_match(item, [&](std::size_t i) { peak = peak && !outshines(items_[i], items_[item]); });
  return peak;
}

unsigned BeamCoincidence::count_beams(std::size_t peak) {
  std::vector<bool> seen(beams_.size(), false);
  seen[items_[peak].beam] = true;
  for_each_match(peak, [&](std::size_t i) {
    if (items_[i].candidate.snr * rule_.contrast >= items_[peak].candidate.snr) {
      seen[items_[i].beam] = true;
    }
  });
  return static_cast<unsigned>(std::count(seen.begin(), seen.end(), true));
}

void BeamCoincidence::judge(std::size_t item) {
  Item& here = items_[item];
  std::size_t best = item;
  if (!here.peak) {
    for_each_match(item, [&](std::size_t i) {
      if (items_[i].peak && (best == item || outshines(items_[i], items_[best]))) best = i;
    });
  }
  here.beams = count_beams(best);
  here.interference = rule_.max_beams != 0 && here.beams > rule_.max_beams;
  if (best == item || here.interference) return;
  here.told_with_another = true;
  items_[best].others.push_back({here.beam, here.candidate});
}

void BeamCoincidence::hand_out(Item& item) {
  if (item.told_with_another) return;
  JudgedCandidate judged{item.beam, item.candidate, item.interference, item.beams,
                         std::move(item.others)};
  if (item.interference) judged.candidate.label = "interference";
  sink_(judged);
}

// Two reaches behind whatever is still to be judged, nothing is looked at.
void BeamCoincidence::forget(Seconds searched) {
  const Seconds oldest =
      judged_ < items_.size() ? std::min(items_[judged_].time, searched) : searched;
  while (handed_out_ > 0 && items_.front().time + 2.0 * reach_ < oldest) {
    items_.pop_front();
    --handed_out_;
    --judged_;
    --peaks_known_;
  }
}

}  // namespace draftstream
