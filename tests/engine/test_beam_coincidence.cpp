// Which candidates of several beams are one signal, and which signals are interference.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "engine/beam_coincidence.hpp"
#include "engine/dispersion.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

constexpr Seconds tsamp{1e-3};
constexpr Megahertz top{1500.0};
constexpr Megahertz bottom{1200.0};

std::vector<SearchedBeam> beams(std::size_t count) {
  return std::vector<SearchedBeam>(count, {Seconds{0.0}, top, bottom, Seconds{0.064}, tsamp});
}

BeamRule narrow() {
  BeamRule rule;
  rule.time_window = Seconds{0.01};
  rule.dm_window = DispersionMeasure{5.0};
  return rule;
}

struct Seen {
  std::size_t beam;
  double toa_s;
  double dm;
  double snr;
  std::uint32_t width = 4;
};

Candidate candidate(const Seen& seen) {
  Candidate one;
  one.toa = Seconds{seen.toa_s};
  one.dm = DispersionMeasure{seen.dm};
  one.snr = seen.snr;
  one.boxcar_samples = seen.width;
  return one;
}

// "beam@toa label xbeams(other,other)"
std::string text(const JudgedCandidate& judged) {
  std::string others;
  for (const auto& other : judged.others) others += " +" + std::to_string(other.beam);
  return std::to_string(judged.beam) + "@" +
         std::to_string(std::lround(judged.candidate.toa.value() * 1e3)) + " " +
         judged.candidate.label + " x" + std::to_string(judged.beams) + others;
}

using Texts = std::vector<std::string>;

Texts judge(const std::vector<SearchedBeam>& searched, const std::vector<Seen>& all,
            const BeamRule& rule = narrow()) {
  Texts texts;
  BeamCoincidence coincidence{searched, rule,
                              [&](const JudgedCandidate& one) { texts.push_back(text(one)); }};
  for (const Seen& seen : all) coincidence.take(seen.beam, candidate(seen));
  for (std::size_t beam = 0; beam < searched.size(); ++beam) coincidence.ended(beam);
  CHECK(coincidence.waiting() == 0);
  return texts;
}

// The same signal in `count` beams, faintest last.
std::vector<Seen> in_beams(std::size_t count, double toa_s, double snr, double step) {
  std::vector<Seen> all;
  for (std::size_t b = 0; b < count; ++b) {
    all.push_back({b, toa_s, 100.0, snr - step * static_cast<double>(b)});
  }
  return all;
}

}  // namespace

TEST_CASE("what arrives before what is settled was handed out", "[engine][beam_coincidence]") {
  std::mt19937 random{29};
  std::uniform_real_distribution<double> uniform;
  for (const std::size_t count : {1U, 4U}) {
    std::vector<Seen> all;
    for (int i = 0; i < 300; ++i) {
      all.push_back({random() % count, 20.0 * uniform(random), 100.0 + 20.0 * uniform(random),
                     8.0 + 10.0 * uniform(random)});
    }
    std::sort(all.begin(), all.end(),
              [](const Seen& a, const Seen& b) { return a.toa_s < b.toa_s; });
    std::size_t out = 0;  // with those told with another
    BeamCoincidence coincidence{beams(count), narrow(), [&out](const JudgedCandidate& one) {
                                  out += 1 + one.others.size();
                                }};
    std::size_t in = 0;
    bool was_some = false;
    for (std::uint64_t sample = 0; sample <= 21'000; sample += 50) {
      for (; in < all.size() && all[in].toa_s < 1e-3 * static_cast<double>(sample); ++in) {
        coincidence.take(all[in].beam, candidate(all[in]));
      }
      for (std::size_t beam = 0; beam < count; ++beam) coincidence.searched(beam, sample);
      const Seconds settled = coincidence.settled();
      const auto before = std::count_if(
          all.begin(), all.end(), [&](const Seen& seen) { return Seconds{seen.toa_s} < settled; });
      REQUIRE(out >= static_cast<std::size_t>(before));
      was_some = was_some || (before > 0 && before < 300);
    }
    CHECK(was_some);
    for (std::size_t beam = 0; beam < count; ++beam) coincidence.ended(beam);
    CHECK(out == 300);
    CHECK(coincidence.settled() > Seconds{1e9});
  }
}

TEST_CASE("few beams are one event of the best beam, many are interference",
          "[engine][beam_coincidence]") {
  struct Row {
    const char* name;
    std::vector<Seen> seen;
    BeamRule rule;
    Texts expected;
  };
  const BeamRule usual = narrow();
  BeamRule two = usual;
  two.max_beams = 2;
  BeamRule off = usual;
  off.max_beams = 0;
  BeamRule any_contrast = two;
  any_contrast.contrast = 1e9;
  const std::vector<Row> rows{
      {"one beam", {{3, 1.0, 100, 9}}, usual, {"3@1000 unjudged x1"}},
      {"two beams: the brighter one",
       {{3, 1.0, 100, 9}, {5, 1.001, 100, 12}},
       usual,
       {"5@1001 unjudged x2 +3"}},
      {"as bright: the earlier one",
       {{5, 1.0, 100, 9}, {3, 1.001, 100, 9}},
       usual,
       {"5@1000 unjudged x2 +3"}},
      {"as bright, at once: the lower beam",
       {{5, 1.0, 100, 9}, {3, 1.0, 100, 9}},
       usual,
       {"3@1000 unjudged x2 +5"}},
      {"four beams are not too many",
       in_beams(4, 1.0, 20, 1),
       usual,
       {"0@1000 unjudged x4 +1 +2 +3"}},
      {"five are",
       in_beams(5, 1.0, 20, 1),
       usual,
       {"0@1000 interference x5", "1@1000 interference x5", "2@1000 interference x5",
        "3@1000 interference x5", "4@1000 interference x5"}},
      {"unless the rule is off", in_beams(5, 1.0, 20, 1), off, {"0@1000 unjudged x5 +1 +2 +3 +4"}},
      {"a burst too bright for side lobes",
       {{1, 1.0, 100, 200}, {0, 1.0, 100, 9}, {2, 1.0, 100, 19}, {3, 1.0, 100, 8}},
       two,
       {"1@1000 unjudged x1 +0 +2 +3"}},
      {"the same without regard to that",
       {{1, 1.0, 100, 200}, {0, 1.0, 100, 9}, {2, 1.0, 100, 19}, {3, 1.0, 100, 8}},
       any_contrast,
       {"0@1000 interference x4", "1@1000 interference x4", "2@1000 interference x4",
        "3@1000 interference x4"}},
      {"two bursts of one beam are two",
       {{0, 1.0, 100, 9}, {0, 1.004, 100, 12}},
       usual,
       {"0@1000 unjudged x1", "0@1004 unjudged x1"}},
      {"far in DM",
       {{0, 1.0, 100, 9}, {1, 1.0, 120, 12}},
       usual,
       {"0@1000 unjudged x1", "1@1000 unjudged x1"}},
      {"far in time",
       {{0, 1.0, 100, 9}, {1, 1.015, 100, 12}},
       usual,
       {"0@1000 unjudged x1", "1@1015 unjudged x1"}},
      // The sweep of 1 pc cm^-3 over this band is 1.04 ms: 40 more of it take boxes of 40 ms.
      {"wide pulses leave the DM open, and the time at the top with it",
       {{0, 1.0, 100, 9, 40}, {1, 0.979, 140, 12, 40}},
       usual,
       {"1@979 unjudged x2 +0"}},
      {"a chain: the middle one belongs to the end, the other end to none",
       {{0, 1.0, 100, 8}, {1, 1.012, 100, 9}, {2, 1.024, 100, 10}},
       usual,
       {"0@1000 unjudged x2", "2@1024 unjudged x2 +1"}},
      {"two beams of the best one's signal, seen there twice",
       {{0, 1.0, 100, 20}, {1, 1.0, 100, 9}, {1, 1.008, 100, 8}},
       usual,
       {"0@1000 unjudged x2 +1 +1"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(judge(beams(6), row.seen, row.rule) == row.expected);
  }
}

TEST_CASE("beams are compared by absolute time, and at a frequency that all have",
          "[engine][beam_coincidence]") {
  SECTION("another start") {
    auto two = beams(2);
    two[1].start = Seconds{10.0};
    CHECK(judge(two, {{0, 12.0, 100, 9}, {1, 2.0, 100, 12}}) == Texts{"1@2000 unjudged x2 +0"});
    CHECK(judge(two, {{0, 2.0, 100, 9}, {1, 2.0, 100, 12}}).size() == 2);
  }
  SECTION("another sampling time: widths are compared as times") {
    auto two = beams(2);
    two[1].sample_time = Seconds{4e-3};
    two[1].widest_box = Seconds{0.256};
    // 10 ms + (4 + 16) / 2 ms.
    CHECK(judge(two, {{0, 1.0, 100, 9}, {1, 1.0195, 100, 12}}).size() == 1);
    CHECK(judge(two, {{0, 1.0, 100, 9}, {1, 1.0205, 100, 12}}).size() == 2);
  }
  SECTION("another band") {
    auto two = beams(2);
    two[1].highest = Megahertz{1400.0};
    const double later = dispersion_delay(DispersionMeasure{500.0}, Megahertz{1400.0}, top).value();
    CHECK(later > 0.1);
    CHECK(judge(two, {{0, 1.0, 500, 9}, {1, 1.0 + later, 500, 12}}).size() == 1);
    CHECK(judge(two, {{0, 1.0, 500, 9}, {1, 1.0, 500, 12}}).size() == 2);
  }
  SECTION("no band in common") {
    auto two = beams(2);
    two[1].highest = Megahertz{1100.0};
    two[1].lowest = Megahertz{1000.0};
    CHECK_THROWS_AS(judge(two, {}), std::invalid_argument);
    CHECK_THROWS_AS(judge({}, {}), std::invalid_argument);
  }
}

TEST_CASE("one beam hands out what it is given, at once", "[engine][beam_coincidence]") {
  Texts texts;
  BeamCoincidence one{beams(1), {}, [&](const JudgedCandidate& j) { texts.push_back(text(j)); }};
  one.take(0, candidate({0, 2.0, 100, 9}));
  one.take(0, candidate({0, 1.0, 100, 9}));
  CHECK(texts == Texts{"0@2000 unjudged x1", "0@1000 unjudged x1"});
}

TEST_CASE("a candidate is handed out once all beams are searched beyond it, or have ended",
          "[engine][beam_coincidence]") {
  Texts texts;
  BeamCoincidence three{beams(3), {}, [&](const JudgedCandidate& j) { texts.push_back(text(j)); }};
  three.take(0, candidate({0, 1.0, 100, 9}));
  three.searched(0, 10'000);
  three.searched(1, 10'000);
  CHECK(texts.empty());
  three.searched(2, 900);
  CHECK(texts.empty());
  SECTION("by a search that goes on") {
    three.searched(2, 2000);
    CHECK(texts.size() == 1);
    CHECK_THROWS_AS(three.take(2, candidate({2, 1.5, 100, 9})), std::logic_error);
    CHECK_NOTHROW(three.take(2, candidate({2, 2.5, 100, 9})));
  }
  SECTION("by the end of a beam that stood still") {
    three.ended(2);
    CHECK(texts.size() == 1);
  }
  CHECK(three.waiting() <= 1);
}

TEST_CASE("what was handed out still counts for what comes after", "[engine][beam_coincidence]") {
  BeamRule two = narrow();
  two.max_beams = 2;
  Texts texts;
  BeamCoincidence three{beams(3), two, [&](const JudgedCandidate& j) { texts.push_back(text(j)); }};
  // Each 70 ms from the next: the middle one matches both, and its count is that of all three.
  three.take(0, candidate({0, 1.000, 100, 9, 64}));
  three.take(1, candidate({1, 1.070, 100, 20, 64}));
  three.take(2, candidate({2, 1.140, 100, 9, 64}));
  for (std::size_t b = 0; b < 3; ++b) three.searched(b, 1340);
  CHECK(texts == Texts{"0@1000 interference x3"});
  for (std::size_t b = 0; b < 3; ++b) three.ended(b);
  CHECK(texts.size() == 3);
  CHECK(texts.back() == "2@1140 interference x3");
}

namespace {

// The rule as it is written in the header, of all candidates at once.
Texts by_definition(const std::vector<SearchedBeam>& searched, std::vector<Seen> all,
                    const BeamRule& rule) {
  const double sweep_s = dispersion_delay(DispersionMeasure{1.0}, bottom, top).value();
  const auto time = [&](const Seen& s) { return searched[s.beam].start.value() + s.toa_s; };
  const auto matches = [&](const Seen& a, const Seen& b) {
    const double half_s = 0.5e-3 * (a.width + b.width);
    const double middles =
        std::abs(time(a) + 0.5 * sweep_s * a.dm - time(b) - 0.5 * sweep_s * b.dm);
    return a.beam != b.beam && std::abs(a.dm - b.dm) <= rule.dm_window.value() + half_s / sweep_s &&
           middles <= rule.time_window.value() + half_s;
  };
  const auto brighter = [&](const Seen& a, const Seen& b) {
    return std::tuple{-a.snr, time(a), a.beam} < std::tuple{-b.snr, time(b), b.beam};
  };
  const auto is_peak = [&](const Seen& a) {
    return std::none_of(all.begin(), all.end(),
                        [&](const Seen& b) { return matches(a, b) && brighter(b, a); });
  };
  std::stable_sort(all.begin(), all.end(), [&](const Seen& a, const Seen& b) {
    return std::pair{time(a), a.beam} < std::pair{time(b), b.beam};
  });
  std::vector<JudgedCandidate> judged(all.size());
  std::vector<bool> told(all.size(), false);
  for (std::size_t i = 0; i < all.size(); ++i) {
    judged[i].beam = all[i].beam;
    judged[i].candidate = candidate(all[i]);
    std::size_t best = i;
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (!matches(all[i], all[j]) || !is_peak(all[j]) || brighter(all[i], all[j])) continue;
      if (best == i || brighter(all[j], all[best])) best = j;
    }
    std::vector<bool> in(searched.size(), false);
    in[all[best].beam] = true;
    for (const Seen& s : all) {
      if (matches(s, all[best]) && s.snr * rule.contrast >= all[best].snr) in[s.beam] = true;
    }
    judged[i].beams = static_cast<unsigned>(std::count(in.begin(), in.end(), true));
    if (judged[i].beams > rule.max_beams) {
      judged[i].candidate.label = "interference";
    } else if (best != i) {
      judged[best].others.push_back({all[i].beam, judged[i].candidate});
      told[i] = true;
    }
  }
  Texts texts;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!told[i]) texts.push_back(text(judged[i]));
  }
  return texts;
}

}  // namespace

TEST_CASE("the judgement is the rule's, whichever beam is searched first",
          "[engine][beam_coincidence][property]") {
  const auto seed = GENERATE(range(0U, 40U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto drawn = [&](double low, double high) {
    return std::uniform_real_distribution{low, high}(random);
  };
  const std::size_t count = 2 + seed % 7;
  auto searched = beams(count);
  for (auto& beam : searched) beam.start = Seconds{std::floor(drawn(0.0, 3.0) * 1e3) * 1e-3};
  BeamRule rule = narrow();
  rule.max_beams = 1 + seed % 3;
  rule.contrast = seed % 2 == 0 ? 3.0 : 10.0;

  // Signals in several beams, in a storm (which chains them) or not. Coarse numbers make for ties.
  std::vector<std::vector<Seen>> of_beam(count);
  std::vector<Seen> all;
  const double last_s = seed % 4 == 0 ? 5.0 : 30.0;
  for (int signal = 0; signal < 120; ++signal) {
    const double time_s = drawn(3.0, last_s);
    const double dm = std::floor(drawn(0.0, 40.0));
    const double snr = std::floor(drawn(7.0, 40.0));
    for (std::size_t b = 0; b < count; ++b) {
      if (drawn(0.0, 1.0) < 0.5) continue;
      const double toa_s = time_s - searched[b].start.value() + drawn(-0.01, 0.01);
      of_beam[b].push_back({b, std::round(toa_s * 1e3) * 1e-3, dm + std::floor(drawn(0.0, 6.0)),
                            std::floor(snr * drawn(0.2, 1.0)) + 7.0,
                            static_cast<std::uint32_t>(drawn(1.0, 64.0))});
    }
  }
  for (auto& mine : of_beam) {
    std::sort(mine.begin(), mine.end(),
              [](const Seen& a, const Seen& b) { return a.toa_s < b.toa_s; });
    all.insert(all.end(), mine.begin(), mine.end());
  }
  const Texts expected = by_definition(searched, all, rule);

  for (int order = 0; order < 5; ++order) {
    Texts texts;
    BeamCoincidence coincidence{searched, rule,
                                [&](const JudgedCandidate& j) { texts.push_back(text(j)); }};
    std::vector<std::size_t> next(count, 0);
    std::vector<std::size_t> running(count);
    for (std::size_t b = 0; b < count; ++b) running[b] = b;
    std::size_t most_waiting = 0;
    while (!running.empty()) {
      const std::size_t i =
          std::min(static_cast<std::size_t>(drawn(0.0, static_cast<double>(running.size()))),
                   running.size() - 1);
      const std::size_t b = running[i];
      const auto until =
          std::min(of_beam[b].size(), next[b] + static_cast<std::size_t>(drawn(0, 9)));
      for (; next[b] < until; ++next[b]) coincidence.take(b, candidate(of_beam[b][next[b]]));
      if (next[b] == of_beam[b].size()) {
        coincidence.ended(b);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        // A little before the next one, as a search that knows no better.
        const double to_s = of_beam[b][next[b]].toa_s - drawn(0.0, 0.5);
        coincidence.searched(b, static_cast<std::uint64_t>(std::max(0.0, to_s * 1e3)));
      }
      most_waiting = std::max(most_waiting, coincidence.waiting());
    }
    CHECK(texts == expected);
    CHECK(coincidence.waiting() == 0);
    CHECK(most_waiting < all.size());
  }
}

}  // namespace draftstream
