// The streaming tree against whole rows, whatever the tiles, the cuts and the instruction set.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "engine/tree/tree_dedisperser.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/engine/tree_cases.hpp"
#include "tests/engine/tree_reference.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

/// Channels in memory as a caller keeps them: `history` samples of 0, the samples, 64 bytes.
class ChannelRows {
 public:
  ChannelRows(const test::IntRows& rows, std::size_t history)
      : history_{history}, stride_{history + rows[0].size() + 64 + 13} {
    bytes_.assign(rows.size() * stride_, 0);
    for (std::size_t c = 0; c < rows.size(); ++c) {
      std::transform(rows[c].begin(), rows[c].end(), &bytes_[c * stride_ + history_],
                     [](int value) { return static_cast<std::int8_t>(value); });
    }
  }
  [[nodiscard]] const std::int8_t* at(std::size_t t) const { return &bytes_[history_ + t]; }
  [[nodiscard]] std::size_t stride() const { return stride_; }

 private:
  std::size_t history_;
  std::size_t stride_;
  std::vector<std::int8_t> bytes_;
};

/// How many samples the n-th call is given, of those that are left.
using Cut = std::size_t (*)(std::size_t n);

/// Trials of a whole recording, cut as told; checks what is handed out with each piece.
test::IntRows stream(const TreePlan& plan, const test::IntRows& channels, std::size_t tile,
                     Cut cut) {
  TreeDedisperser dedisperser{plan, tile};
  const ChannelRows rows{channels, dedisperser.history()};
  const std::size_t samples = channels[0].size();
  test::IntRows trials(plan.trials().size());
  bool pieces_hold = true;
  const auto visit = [&](const TreePiece& piece) {
    std::vector<int>& trial = trials[piece.trial];
    pieces_hold = pieces_hold && piece.first == trial.size() && piece.samples <= tile;
    for (std::size_t back = 1; back <= tree_lookback; ++back) {
      const int before = back <= trial.size() ? trial[trial.size() - back] : 0;
      pieces_hold = pieces_hold && *(piece.sums - back) == before;
    }
    trial.insert(trial.end(), piece.sums, piece.sums + piece.samples);
  };
  std::size_t done = 0;
  for (std::size_t n = 0; done < samples; ++n) {
    const std::size_t length = std::min(cut(n), samples - done);
    dedisperser.process(rows.at(done), rows.stride(), length, visit);
    done += length;
  }
  CHECK(pieces_hold);
  return trials;
}

constexpr std::size_t all_at_once = 1U << 20U;

}  // namespace

TEST_CASE("sums of the stages are sums along the tracks", "[engine][tree_dedisperser][property]") {
  for (const auto& [name, plan] : test::tree_cases()) {
    INFO(name);
    const auto channels = test::TreeNoise{plan.channels(), 1200, 1}.rounded();
    const auto trials = test::exact_trials(plan, channels);
    bool equal = true;
    for (std::size_t k = 0; k < trials.size(); ++k) {
      const auto track = plan.track(k);
      std::vector<double> expected(channels[0].size(), 0.0);
      for (std::size_t c = 0; c < channels.size(); ++c) {
        const auto lag = static_cast<std::size_t>(track[c]);
        for (std::size_t t = lag; t < expected.size(); ++t) expected[t] += channels[c][t - lag];
      }
      equal = equal && std::equal(expected.begin(), expected.end(), trials[k].begin());
    }
    CHECK(equal);
  }
}

TEST_CASE("the streaming tree makes the rows of its plan",
          "[engine][tree_dedisperser][parity][arithmetic]") {
  constexpr std::size_t samples = 1600;
  for (const auto& [name, plan] : test::tree_cases()) {
    INFO(name);
    auto channels = test::TreeNoise{plan.channels(), samples, 2}.rounded();
    // A pulse that clips, and every int8 value.
    for (std::size_t c = 0; c < channels.size(); ++c) {
      for (std::size_t t = 0; t < 20; ++t) channels[c][700 + t] = t % 2 == 0 ? 127 : -128;
      for (int v = -128; v < 128; ++v) channels[c][static_cast<std::size_t>(1000 + v)] = v;
    }
    const auto expected = test::rounded_trials(plan, channels);
    test::on_every_target([&, &shape = plan] {
      const auto made = [&](std::size_t tile, Cut cut) {
        return stream(shape, channels, tile, cut) == expected;  // not shown: too long to read
      };
      CHECK(made(1024, [](std::size_t) { return all_at_once; }));
      CHECK(made(64, [](std::size_t) { return all_at_once; }));
      CHECK(made(192, [](std::size_t) -> std::size_t { return 448; }));
      CHECK(made(512, [](std::size_t n) { return 64 * (1 + 5 * n % 9); }));
      CHECK(made(2048, [](std::size_t n) { return 64 * (1 + 7 * n % 3); }));
    });
  }
}

TEST_CASE("a tree that was restarted knows nothing of what came before",
          "[engine][tree_dedisperser][property]") {
  for (const auto& [name, plan] : test::tree_cases()) {
    INFO(name);
    const auto rows_of = [&plan = plan](std::uint64_t seed) {
      return test::TreeNoise{plan.channels(), 1280, seed}.rounded();
    };
    struct Run {
      std::vector<std::int16_t> sums;  // with what is readable in front of them
      std::vector<std::uint64_t> firsts;
    };
    const auto run = [&rows_of](TreeDedisperser& tree, std::uint64_t seed) {
      Run all;
      const ChannelRows rows{rows_of(seed), tree.history()};
      tree.process(rows.at(0), rows.stride(), 1280, [&](const TreePiece& piece) {
        all.sums.insert(all.sums.end(), piece.sums - tree_lookback, piece.sums + piece.samples);
        all.firsts.push_back(piece.first);
      });
      return all;
    };
    TreeDedisperser fresh{plan, 256};
    Run expected = run(fresh, 6);
    TreeDedisperser tree{plan, 256};
    (void)run(tree, 5);
    tree.restart(4096);
    const Run found = run(tree, 6);
    for (std::uint64_t& first : expected.firsts) first += 4096;
    CHECK((found.sums == expected.sums));  // not shown: too long to read
    CHECK(found.firsts == expected.firsts);
  }
}

TEST_CASE("a pulse comes out where its trial says", "[engine][tree_dedisperser][table]") {
  // Four channels, 2 x 2, delays 0, 1, 2, 6 at DM 1: the sub-bands sweep 0 to 1 and 0 to 4.
  const TreePlan plan{{0.0, 1.0, 2.0, 6.0}, {0.0, 1.0}, {2, 2}, 1};
  test::IntRows channels(4, std::vector<int>(128, 0));
  const std::vector<std::size_t> delays{0, 1, 2, 6};
  for (std::size_t c = 0; c < 4; ++c) channels[c][60 + delays[c]] = 40;
  const auto trials = stream(plan, channels, 64, [](std::size_t) -> std::size_t { return 64; });
  // 80 times 6 / 5 / sqrt(2) is 67.9, so 68; two of these, times 4.
  std::vector<int> at_dm_1(128, 0);
  at_dm_1[66] = 4 * (68 + 68);
  CHECK(trials[1] == at_dm_1);
  std::vector<int> at_dm_0(128, 0);  // 40 times that is 33.9
  for (const std::size_t delay : delays) at_dm_0[60 + delay] = 4 * 34;
  CHECK(trials[0] == at_dm_0);
}

TEST_CASE("a dedisperser refuses what it cannot do", "[engine][tree_dedisperser][edge]") {
  const TreePlan plan{{0.0, 1.0}, {0.0, 1.0}, {2}, 1};
  CHECK_THROWS_WITH((TreeDedisperser{plan, 100}), ContainsSubstring("a tile of 100"));
  CHECK_THROWS_WITH((TreeDedisperser{plan, 0}), ContainsSubstring("a tile of 0"));
  const TreePlan wide{test::delays_of(65, 1500.0, 1000.0, 64.0), {0.0, 1.0}, {65}, 1};
  CHECK_THROWS_AS((TreeDedisperser{wide, 64}), std::invalid_argument);
  TreeDedisperser dedisperser{plan, 64};
  const std::vector<std::int8_t> rows(1000, 0);
  CHECK_THROWS_WITH(dedisperser.process(rows.data() + 64, 300, 65, [](const TreePiece&) {}),
                    ContainsSubstring("found 65 samples"));
  CHECK(dedisperser.history() <= 1);
  CHECK(dedisperser.state_bytes() > 0);
  CHECK(TreeDedisperser::state_bytes_of(dedisperser.plan(), 2048) ==
        TreeDedisperser{dedisperser.plan(), 2048}.state_bytes());
}

TEST_CASE("rounding to int8 costs less than 0.7 % of S/N", "[engine][tree_dedisperser][property]") {
  struct Shape {
    std::size_t channels;
    std::vector<unsigned> radices;
    int step;
  };
  const auto shape = GENERATE(values<Shape>(
      {{256, {4, 8, 8}, 1}, {512, {8, 4, 16}, 1}, {1024, {8, 8, 16}, 4}, {1000, {4, 8, 4, 8}, 1}}));
  const TreePlan plan{test::delays_of(shape.channels, 1500.0, 1200.0, 600.0), test::even_trials(8),
                      shape.radices, shape.step};
  const test::TreeNoise noise{shape.channels, 4096, 4};
  const auto trials = stream(plan, noise.rounded(), 1024, [](std::size_t) { return all_at_once; });
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  double y_sum = 0.0;
  double count = 0.0;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    const auto track = plan.track(k);
    for (std::size_t t = 700; t < noise.samples; ++t) {
      double exact = 0.0;
      for (std::size_t c = 0; c < shape.channels; ++c) {
        exact += static_cast<double>(noise.values[c][t - static_cast<std::size_t>(track[c])]);
      }
      const double rounded = trials[k][t];
      xy += exact * rounded;
      xx += exact * exact;
      yy += rounded * rounded;
      y_sum += rounded;
      count += 1.0;
    }
  }
  const double loss = 1.0 - xy / std::sqrt(xx * yy);
  INFO(shape.channels << " channels: loss " << loss);
  CHECK(loss < 0.007);
  CHECK(loss > 0.001);  // the input alone loses 1/600
  // Noise of 3396 samples has a mean of 0.017 sigma; halves that are rounded up always, one of 0.1.
  CHECK(std::abs(y_sum / count) < 0.06 * std::sqrt(yy / count));
}

}  // namespace draftstream
