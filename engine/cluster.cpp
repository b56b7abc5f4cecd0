#include "engine/cluster.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace draftstream {
namespace {

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

constexpr std::uint32_t neighbouring_trials = 2;
constexpr double noise_allowance = 3.0;  // [S/N]
constexpr double bright_snr = 30.0;      // fainter peaks fade within the neighbouring tiles
constexpr std::size_t most_remembered = 64;

}  // namespace

bool brighter(const Detection& a, const Detection& b) {
  return std::tuple{-a.snr, a.first, a.trial, a.width} <
         std::tuple{-b.snr, b.first, b.trial, b.width};
}

bool explains(const DmPlan& plan, const Detection& bright, const Detection& faint) {
  const DispersionMeasure bright_dm = plan.trial(bright.trial);
  const DispersionMeasure faint_dm = plan.trial(faint.trial);
  const double smear = std::abs(plan.sweep_samples(faint_dm - bright_dm));
  const auto reach = static_cast<std::uint64_t>(std::ceil(smear));
  const std::uint64_t margin = (bright.width + faint.width) / 2;
  const std::uint64_t begin = minus(bright.first, margin + (faint_dm > bright_dm ? reach : 0));
  const std::uint64_t end = bright.end() + margin + (faint_dm < bright_dm ? reach : 0);
  if (faint.end() <= begin || faint.first >= end) return false;
  const double width = bright.width;
  const double smeared_width = std::hypot(width, smear / 4.0);
  return faint.snr <= bright.snr * std::sqrt(width / smeared_width) + noise_allowance;
}

// Merges what neighbouring trials see at the same time: most detections go here, cheaply.
std::vector<Detection> Clusters::local_peaks(const std::vector<Detection>& detections) const {
  const auto trial_begin = [&](std::uint32_t trial) {
    return std::lower_bound(
        detections.begin(), detections.end(), trial,
        [](const Detection& d, std::uint32_t value) { return d.trial < value; });
  };
  std::vector<std::size_t> parents(detections.size());
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const Detection& own = detections[i];
    parents[i] = i;
    const std::uint32_t lowest = own.trial - std::min(own.trial, neighbouring_trials);
    for (std::uint32_t trial = lowest; trial <= own.trial + neighbouring_trials; ++trial) {
      const auto end = trial_begin(trial + 1);
      const auto near = std::lower_bound(
          trial_begin(trial), end, minus(own.first, std::uint64_t{2} * widest_boxcar),
          [](const Detection& d, std::uint64_t first) { return d.first < first; });
      for (auto other = near; other != end && other->first < own.end() + widest_boxcar; ++other) {
        if (brighter(*other, detections[parents[i]]) && explains(plan_, *other, own)) {
          parents[i] = static_cast<std::size_t>(other - detections.begin());
        }
      }
    }
  }
  std::vector<Detection> peaks;
  std::vector<std::uint32_t> members(detections.size(), 0);
  for (std::size_t i = 0; i < detections.size(); ++i) {
    std::size_t root = i;
    while (parents[root] != root) root = parents[root];  // ends: parents are brighter
    members[root] += detections[i].members;
  }
  for (std::size_t i = 0; i < detections.size(); ++i) {
    if (parents[i] != i) continue;
    peaks.push_back(detections[i]);
    peaks.back().members = members[i];
  }
  return peaks;
}

// members must be brightest first. Each points to the brightest peak that explains it, or to
// itself. What a peak explains does not explain further: else a bright pulse's far trials, which
// are wide, would take along every fainter pulse near it.
std::vector<std::size_t> Clusters::find_parents(std::vector<Member>& members) const {
  std::vector<std::size_t> parents(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    parents[i] = i;
    for (std::size_t bright = 0; bright < i; ++bright) {
      if (parents[bright] != bright ||
          !explains(plan_, members[bright].detection, members[i].detection)) {
        continue;
      }
      parents[i] = bright;
      members[i].explained = true;
      break;
    }
  }
  return parents;
}

void Clusters::remember(const Member& peak) {
  if (peak.detection.snr < bright_snr) return;
  remembered_.push_back(peak);
  remembered_.back().explained = true;  // it has been counted
  std::sort(remembered_.begin(), remembered_.end(),
            [](const Member& a, const Member& b) { return brighter(a.detection, b.detection); });
  if (remembered_.size() > most_remembered) remembered_.pop_back();
}

void Clusters::forget_before(std::uint64_t sample) {
  std::erase_if(remembered_, [&](const Member& member) {
    return member.detection.end() + plan_.longest_delay() + widest_boxcar < sample;
  });
}

std::vector<Clusters::Final> Clusters::take(std::vector<Detection> detections,
                                            std::size_t most_peaks, const OnPeaks& on_peaks) {
  detections = local_peaks(detections);
  std::sort(detections.begin(), detections.end(), brighter);
  if (detections.size() > most_detections_) {
    detections_dropped_ += detections.size() - most_detections_;
    detections.resize(most_detections_);
  }
  std::vector<Member> members = std::move(before_);
  for (Member& member : members) member.of_this_tile = false;
  if (!detections.empty()) {
    forget_before(
        std::min_element(detections.begin(), detections.end(), [](const auto& a, const auto& b) {
          return a.first < b.first;
        })->first);
  }
  members.insert(members.end(), remembered_.begin(), remembered_.end());
  for (const Detection& detection : detections) members.push_back({detection, true, false, none});
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return brighter(a.detection, b.detection); });
  const std::vector<std::size_t> roots = find_parents(members);

  std::vector<Detection> fresh;
  for (Member& member : members) {
    if (!member.of_this_tile || member.explained) continue;
    if (fresh.size() == most_peaks) {
      ++peaks_dropped_;
      member.explained = true;  // it may still explain others, but is no peak
      continue;
    }
    member.peak = fresh.size();
    fresh.push_back(member.detection);
  }
  on_peaks(fresh);

  // The tile before leaves now: its members are counted, or handed on to a peak that stays.
  std::vector<std::uint32_t> gathered(members.size(), 0);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool root_stays = members[roots[i]].of_this_tile;
    if (i == roots[i] || (root_stays && members[i].of_this_tile)) continue;
    gathered[roots[i]] += members[i].detection.members;
    if (members[i].of_this_tile) members[i].detection.members = 0;  // counted now
  }
  std::vector<Final> finals;
  before_.clear();
  for (std::size_t i = 0; i < members.size(); ++i) {
    Member& member = members[i];
    member.detection.members += gathered[i];
    if (member.of_this_tile) {
      before_.push_back(member);
    } else if (!member.explained) {
      finals.push_back({member.peak, member.detection.members});
      remember(member);
    }
  }
  return finals;
}

}  // namespace draftstream
