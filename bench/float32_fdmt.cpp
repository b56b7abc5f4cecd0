#include "bench/float32_fdmt.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/channel_order.hpp"

namespace draftstream {
namespace {

// The compiler vectorises it, for the machine it runs on.
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void add(const float* a, const float* b, float* sum, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] = a[i] + b[i];
}

struct Split {
  std::size_t high = 0;  // delay inside the upper sub-band
  std::size_t low = 0;
};

// @param share  Of the delay, inside the upper sub-band.
Split split(std::size_t delay, double share, std::size_t high_rows, std::size_t low_rows) {
  auto high = static_cast<std::size_t>(std::lround(static_cast<double>(delay) * share));
  high = std::min(high, high_rows - 1);
  high = std::max(high, delay - std::min(delay, low_rows - 1));
  return {high, delay - high};
}

}  // namespace

std::vector<Float32Fdmt::Stage> Float32Fdmt::plan(const FrequencyAxis& frequency,
                                                  std::size_t max_delay) {
  const double half = 0.5 * frequency.channel_width().value();
  std::vector<Stage> stages{{}};
  for (const std::uint32_t channel : channels_by_rank(frequency)) {
    const double centre = frequency.centre(channel).value();
    stages[0].push_back({0, 0, std::pow(centre + half, -2.0), std::pow(centre - half, -2.0)});
  }
  const double whole = stages[0].back().bottom - stages[0].front().top;
  const auto number_rows = [&](Stage& stage) {
    std::size_t row = 0;
    for (Node& node : stage) {
      const double share = (node.bottom - node.top) / whole;
      node.first_row = row;
      const double longest = std::ceil(share * static_cast<double>(max_delay) - 1e-6);
      node.rows = static_cast<std::size_t>(longest) + 1;
      row += node.rows;
    }
  };
  number_rows(stages[0]);
  while (stages.back().size() > 1) {
    const Stage& below = stages.back();
    Stage stage;
    for (std::size_t n = 0; n < below.size(); n += 2) {
      const Node& last = below[std::min(n + 1, below.size() - 1)];
      stage.push_back({0, 0, below[n].top, last.bottom});
    }
    number_rows(stage);
    stages.push_back(std::move(stage));
  }
  return stages;
}

std::size_t Float32Fdmt::rows_of(const Stage& stage) noexcept {
  return stage.back().first_row + stage.back().rows;
}

std::size_t Float32Fdmt::most_rows(const FrequencyAxis& frequency, std::size_t max_delay) {
  std::size_t most = 0;
  for (const Stage& stage : plan(frequency, max_delay)) most = std::max(most, rows_of(stage));
  return most;
}

double Float32Fdmt::adds_a_sample(const FrequencyAxis& frequency, std::size_t max_delay) {
  double adds = 0.0;
  for (const Stage& stage : plan(frequency, max_delay)) {
    adds += static_cast<double>(rows_of(stage));  // one each; those of the channels, too
  }
  return adds - static_cast<double>(frequency.channels());
}

double Float32Fdmt::adds_a_sample() const noexcept {
  double adds = -static_cast<double>(stages_[0].size());
  for (const Stage& stage : stages_) adds += static_cast<double>(rows_of(stage));
  return adds;
}

Float32Fdmt::Float32Fdmt(const FrequencyAxis& frequency, std::size_t max_delay, std::size_t block)
    : max_delay_{max_delay}, length_{max_delay + block}, stages_{plan(frequency, max_delay)} {
  std::size_t most = 0;
  for (const Stage& stage : stages_) most = std::max(most, rows_of(stage));
  from_.resize(most * length_);
  to_.resize(most * length_);
}

void Float32Fdmt::process(const float* channels) {
  for (std::size_t c = 0; c < stages_[0].size(); ++c) {
    const Node& node = stages_[0][c];
    const float* channel = channels + c * length_;
    float* row = from_.data() + node.first_row * length_;
    std::copy_n(channel, length_, row);
    for (std::size_t d = 1; d < node.rows; ++d, row += length_) {
      std::copy_n(row, d, row + length_);  // what lies before the first sample is 0
      add(row + d, channel, row + length_ + d, length_ - d);
    }
  }
  for (std::size_t s = 1; s < stages_.size(); ++s) {
    const Stage& below = stages_[s - 1];
    for (std::size_t n = 0; n < stages_[s].size(); ++n) {
      const Node& node = stages_[s][n];
      const Node& high = below[2 * n];
      if (2 * n + 1 == below.size()) {  // the odd one goes on by itself
        std::copy_n(from_.data() + high.first_row * length_, node.rows * length_,
                    to_.data() + node.first_row * length_);
        continue;
      }
      const Node& low = below[2 * n + 1];
      const double share = (high.bottom - high.top) / (node.bottom - node.top);
      for (std::size_t d = 0; d < node.rows; ++d) {
        const Split parts = split(d, share, high.rows, low.rows);
        const float* of_high = from_.data() + (high.first_row + parts.high) * length_;
        const float* of_low = from_.data() + (low.first_row + parts.low) * length_;
        float* sum = to_.data() + (node.first_row + d) * length_;
        std::copy_n(of_low, parts.low, sum);
        add(of_low + parts.low, of_high, sum + parts.low, length_ - parts.low);
      }
    }
    std::swap(from_, to_);
  }
}

std::vector<Float32Fdmt::Stretch> Float32Fdmt::track(std::size_t delay) const {
  struct Part {
    std::size_t delay = 0;
    std::size_t late = 0;
  };
  std::vector<Part> parts{{delay, 0}};
  for (std::size_t s = stages_.size() - 1; s > 0; --s) {
    const Stage& below = stages_[s - 1];
    std::vector<Part> finer(below.size());
    for (std::size_t n = 0; n < stages_[s].size(); ++n) {
      const Node& node = stages_[s][n];
      const Node& high = below[2 * n];
      if (2 * n + 1 == below.size()) {
        finer[2 * n] = parts[n];
        continue;
      }
      const Node& low = below[2 * n + 1];
      const double share = (high.bottom - high.top) / (node.bottom - node.top);
      const Split two = split(parts[n].delay, share, high.rows, low.rows);
      finer[2 * n + 1] = {two.low, parts[n].late};
      finer[2 * n] = {two.high, parts[n].late + two.low};
    }
    parts = std::move(finer);
  }
  std::vector<Stretch> stretches;
  for (const Part& part : parts) {
    stretches.push_back(
        {static_cast<std::int32_t>(part.late), static_cast<std::int32_t>(part.delay)});
  }
  return stretches;
}

}  // namespace draftstream
