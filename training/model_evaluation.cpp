#include "training/model_evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace draftstream {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr int rates_a_decade = 5;  // of a curve
constexpr std::array reliability_judges{JudgedBy::detector, JudgedBy::classifier, JudgedBy::both};

using Scenes = std::vector<const JudgedScene*>;
using IsChosen = std::function<bool(const JudgedScene&)>;

bool has(const JudgedScene& scene, InterferenceKind kind) {
  const auto& kinds = scene.interference;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Scenes choose(std::span<const JudgedScene> scenes, bool with_bursts, const IsChosen& is_chosen) {
  Scenes chosen;
  for (const JudgedScene& scene : scenes) {
    if (scene.with_bursts == with_bursts && is_chosen(scene)) chosen.push_back(&scene);
  }
  return chosen;
}

// What a judge says of all that is no burst.
std::vector<double> scores_of_others(const Scenes& without, JudgedBy judge) {
  std::vector<double> scores;
  for (const JudgedScene* scene : without) {
    for (const SceneCandidate& candidate : scene->candidates) {
      const double score = of(candidate.scores, judge);
      if (!std::isnan(score)) scores.push_back(score);
    }
  }
  return scores;
}

std::size_t count_passing(const std::vector<double>& scores, double threshold) {
  return static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(), [&](double one) { return one >= threshold; }));
}

// What is not found has NaN, which passes no threshold.
bool passes(const SceneBurst& burst, JudgedBy judge, double threshold) {
  return of(burst.best, judge) >= threshold;
}

template <class Do>
void for_each_burst(const Scenes& scenes, Do act) {
  for (const JudgedScene* scene : scenes) {
    for (const SceneBurst& burst : scene->bursts) act(burst);
  }
}

RocCurve draw_curve(const Scenes& with, const std::vector<double>& others, JudgedBy judge,
                    const RecallTable& table) {
  RocCurve curve;
  curve.by = judge;
  if (!(table.tiles > 0.0)) return curve;
  const auto rate_of = [](int step) { return std::pow(10.0, step / double{rates_a_decade}); };
  // From one false alarm to all of them.
  int step = static_cast<int>(std::ceil(-std::log10(table.tiles) * rates_a_decade));
  for (bool all = false; !all; ++step) {
    const double rate = rate_of(step);
    const double threshold = threshold_at(rate, others, table.tiles);
    all = threshold == -infinity;
    Fraction recall;
    for_each_burst(with, [&](const SceneBurst& burst) {
      if (burst.snr < table.roc_snr_low || burst.snr >= table.roc_snr_high) return;
      recall.count(passes(burst, judge, threshold));
    });
    curve.false_a_tile.push_back(all ? static_cast<double>(others.size()) / table.tiles : rate);
    curve.recall.push_back(recall);
  }
  return curve;
}

RecallTable make_table(std::string name, std::span<const JudgedScene> scenes,
                       const IsChosen& is_chosen, double roc_low, double roc_high) {
  const Scenes with = choose(scenes, true, is_chosen);
  const Scenes without = choose(scenes, false, is_chosen);
  RecallTable table;
  table.name = std::move(name);
  table.scenes_with_bursts = with.size();
  table.scenes_without = without.size();
  table.roc_snr_low = roc_low;
  table.roc_snr_high = roc_high;
  for (const JudgedScene* scene : without) {
    table.tiles += scene->tiles;
    table.hours += scene->duration_s / 3600.0;
  }
  for_each_burst(with, [&](const SceneBurst& burst) {
    const auto bin = recall_bin(burst.snr);
    if (!bin) return;
    table.found_by_search[*bin].count(passes(burst, JudgedBy::snr, -infinity));
    table.found[*bin].count(passes(burst, JudgedBy::both, -infinity));
  });
  for (const double rate : false_rates) {
    for (const JudgedBy judge : judges) {
      const std::vector<double> others = scores_of_others(without, judge);
      RecallRow row;
      row.by = judge;
      row.false_rate = rate;
      row.threshold = threshold_at(rate, others, table.tiles);
      row.false_alarms = count_passing(others, row.threshold);
      for_each_burst(with, [&](const SceneBurst& burst) {
        const auto bin = recall_bin(burst.snr);
        if (bin) row.recall[*bin].count(passes(burst, judge, row.threshold));
      });
      table.rows.push_back(row);
    }
    const double by_both = table.rows.back().threshold;
    const double by_snr = table.rows[table.rows.size() - judges.size()].threshold;
    GainRow gains;
    gains.false_rate = rate;
    for_each_burst(with, [&](const SceneBurst& burst) {
      const auto bin = recall_bin(burst.snr);
      if (!bin) return;
      gains.gain[*bin].count(passes(burst, JudgedBy::both, by_both),
                             passes(burst, JudgedBy::snr, by_snr));
    });
    table.gains.push_back(gains);
  }
  for (const JudgedBy judge : judges) {
    table.roc.push_back(draw_curve(with, scores_of_others(without, judge), judge, table));
  }
  return table;
}

/// Slices of the bursts, of the scenes, or of both.
class Slicer {
 public:
  Slicer(std::span<const JudgedScene> scenes, const RecallTable& all) : scenes_{scenes} {
    for (const RecallRow& row : all.rows) thresholds_.push_back(row.threshold);
  }

  template <class IsBurst, class IsScene>
  void add(const char* what, std::string name, IsBurst is_burst, IsScene is_scene,
           bool scenes_differ) {
    Slice slice;
    slice.what = what;
    slice.name = std::move(name);
    for (const JudgedScene& scene : scenes_) {
      if (!is_scene(scene)) continue;
      if (scene.with_bursts) {
        add_bursts(scene, is_burst, slice);
      } else if (scenes_differ) {
        add_others(scene, slice);
      }
    }
    slices.push_back(std::move(slice));
  }

  /// Those whose value is in [low, high).
  template <class Value>
  void add_bursts(const char* what, std::string name, double low, double high, Value value) {
    add(
        what, std::move(name),
        [&](const SceneBurst& burst) { return value(burst) >= low && value(burst) < high; },
        [](const JudgedScene&) { return true; }, false);
  }
  template <class IsScene>
  void add_scenes(const char* what, std::string name, IsScene is_scene) {
    add(
        what, std::move(name), [](const SceneBurst&) { return true; }, is_scene, true);
  }

  std::vector<Slice> slices;

 private:
  template <class IsBurst>
  void add_bursts(const JudgedScene& scene, IsBurst is_burst, Slice& slice) const {
    for (const SceneBurst& burst : scene.bursts) {
      if (burst.snr < slice_snr || !is_burst(burst)) continue;
      slice.found.count(passes(burst, JudgedBy::both, -infinity));
      for (std::size_t r = 0; r < false_rates.size(); ++r) {
        for (std::size_t j = 0; j < judges.size(); ++j) {
          slice.recall[r][j].count(passes(burst, judges[j], threshold(r, j)));
        }
      }
    }
  }
  void add_others(const JudgedScene& scene, Slice& slice) const {
    slice.tiles += scene.tiles;
    for (const SceneCandidate& candidate : scene.candidates) {
      for (std::size_t r = 0; r < false_rates.size(); ++r) {
        for (std::size_t j = 0; j < judges.size(); ++j) {
          if (candidate.scores[j] >= threshold(r, j)) ++slice.false_alarms[r][j];
        }
      }
    }
  }
  [[nodiscard]] double threshold(std::size_t rate, std::size_t judge) const {
    return thresholds_[rate * judges.size() + judge];
  }

  std::span<const JudgedScene> scenes_;
  std::vector<double> thresholds_;  // as the rows of the table
};

std::string range_name(double low, double high, const char* unit) {
  if (high == infinity) return fmt::format("{:g} and more{}", low, unit);
  return fmt::format("{:g} to {:g}{}", low, high, unit);
}

std::vector<Slice> make_slices(std::span<const JudgedScene> scenes, const RecallTable& all) {
  Slicer slicer{scenes, all};
  constexpr double widths[] = {1.0, 3.0, 9.0, 33.0, 129.0, infinity};  // a boxcar's, whole
  constexpr double sweeps[] = {0.0, 100.0, 300.0, 1000.0, 3000.0, infinity};
  constexpr double centres[] = {0.0, 700.0, 1300.0, 1450.0, 2000.0, infinity};
  for (std::size_t i = 0; i + 1 < std::size(widths); ++i) {
    const double last = widths[i + 1] - 1.0;
    slicer.add_bursts(
        "width", range_name(widths[i], last, " samples"), widths[i], widths[i + 1],
        [](const SceneBurst& burst) { return double{static_cast<double>(burst.width)}; });
  }
  for (std::size_t i = 0; i + 1 < std::size(sweeps); ++i) {
    slicer.add_bursts("sweep", range_name(sweeps[i], sweeps[i + 1], " samples"), sweeps[i],
                      sweeps[i + 1], [](const SceneBurst& burst) { return burst.sweep; });
  }
  for (std::size_t i = 0; i + 1 < std::size(centres); ++i) {
    slicer.add_scenes("band", range_name(centres[i], centres[i + 1], " MHz"),
                      [&](const JudgedScene& scene) {
                        const double middle = 0.5 * (scene.band.top + scene.band.bottom).value();
                        return middle >= centres[i] && middle < centres[i + 1];
                      });
  }
  for (const int bits : {1, 2, 4, 8, 32}) {
    slicer.add_scenes("bits", fmt::format("{} bit{}", bits, bits == 1 ? "" : "s"),
                      [&](const JudgedScene& scene) { return scene.nbits == bits; });
  }
  for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
    slicer.add_scenes("zero_dm", std::string{name(filter)},
                      [&](const JudgedScene& scene) { return scene.zero_dm == filter; });
  }
  slicer.add_scenes("interference", "none",
                    [](const JudgedScene& scene) { return scene.interference.empty(); });
  for (const InterferenceKind kind :
       {InterferenceKind::narrowband, InterferenceKind::impulses, InterferenceKind::radar,
        InterferenceKind::chirps, InterferenceKind::perytons, InterferenceKind::blips,
        InterferenceKind::red_noise, InterferenceKind::gains, InterferenceKind::saturated,
        InterferenceKind::dropouts}) {
    slicer.add_scenes("interference", std::string{name(kind)},
                      [&](const JudgedScene& scene) { return has(scene, kind); });
  }
  return std::move(slicer.slices);
}

Reliability make_reliability(std::span<const JudgedScene> scenes, JudgedBy judge) {
  Reliability result;
  result.by = judge;
  std::size_t candidates = 0;
  for (const JudgedScene& scene : scenes) {
    for (const SceneCandidate& candidate : scene.candidates) {
      const double score = of(candidate.scores, judge);
      if (std::isnan(score)) continue;
      const auto bin = std::min(Reliability::bins - 1,
                                static_cast<std::size_t>(score * double{Reliability::bins}));
      result.said[bin] += score;
      result.bursts[bin].count(candidate.burst);
      ++candidates;
    }
  }
  for (std::size_t bin = 0; bin < Reliability::bins; ++bin) {
    const Fraction& bursts = result.bursts[bin];
    result.error += std::abs(result.said[bin] - static_cast<double>(bursts.passed));
    result.said[bin] =
        bursts.of == 0 ? no_number : result.said[bin] / static_cast<double>(bursts.of);
  }
  result.error = candidates == 0 ? no_number : result.error / static_cast<double>(candidates);
  return result;
}

}  // namespace

ModelEvaluation evaluate_model(std::span<const JudgedScene> scenes) {
  ModelEvaluation result;
  result.tables.push_back(make_table(
      "all", scenes, [](const JudgedScene&) { return true; }, 8.0, 15.0));
  result.tables.push_back(make_table(
      "without_mimics", scenes,
      [](const JudgedScene& scene) {
        return !has(scene, InterferenceKind::chirps) && !has(scene, InterferenceKind::perytons);
      },
      8.0, 15.0));
  result.tables.push_back(make_table(
      "clean", scenes, [](const JudgedScene& scene) { return scene.interference.empty(); }, 6.0,
      8.0));
  result.slices = make_slices(scenes, result.tables.front());
  for (const JudgedBy judge : reliability_judges) {
    result.reliability.push_back(make_reliability(scenes, judge));
  }
  return result;
}

}  // namespace draftstream
