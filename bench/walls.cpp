// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/walls.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

#include "bench/walls.hpp"
#include "engine/tree/row_sums_int8.hpp"
#include "engine/zeroed_memory.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Loads all of it, in the widest vectors. @return What depends on the loads.
std::uint8_t load_all_here(const std::uint8_t* from, std::size_t count) {
  const hn::ScalableTag<std::uint8_t> bytes;
  const std::size_t lanes = hn::Lanes(bytes);
  auto any0 = hn::Zero(bytes);
  auto any1 = any0;
  auto any2 = any0;
  auto any3 = any0;
  for (std::size_t i = 0; i + 8 * lanes <= count; i += 8 * lanes) {
    any0 = hn::Or(any0, hn::LoadU(bytes, from + i));
    any1 = hn::Or(any1, hn::LoadU(bytes, from + i + lanes));
    any2 = hn::Or(any2, hn::LoadU(bytes, from + i + 2 * lanes));
    any3 = hn::Or(any3, hn::LoadU(bytes, from + i + 3 * lanes));
    any0 = hn::Or(any0, hn::LoadU(bytes, from + i + 4 * lanes));
    any1 = hn::Or(any1, hn::LoadU(bytes, from + i + 5 * lanes));
    any2 = hn::Or(any2, hn::LoadU(bytes, from + i + 6 * lanes));
    any3 = hn::Or(any3, hn::LoadU(bytes, from + i + 7 * lanes));
  }
  return hn::GetLane(hn::Or(hn::Or(any0, any1), hn::Or(any2, any3)));
}

}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {
namespace {

HWY_EXPORT(load_all_here);

volatile std::uint8_t sink;  // what is loaded must be wanted by somebody

constexpr std::size_t loaded_a_run = std::size_t{256} << 20U;
constexpr int runs = 5;

// What else runs on the machine counts less in it than in the wall clock.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double bytes_a_second(const std::uint8_t* from, std::size_t count) {
  const std::size_t passes = std::max<std::size_t>(1, loaded_a_run / count);
  double best = 0.0;
  for (int run = 0; run < runs; ++run) {
    const double begin = thread_seconds();
    for (std::size_t pass = 0; pass < passes; ++pass) {
      sink = HWY_DYNAMIC_DISPATCH(load_all_here)(from, count);
    }
    best = std::max(best, static_cast<double>(passes * count) / (thread_seconds() - begin));
  }
  return best;
}

// What the tree's sums of eight rows load, from rows that lie at odd distances.
double bytes_a_second_summed(const std::int8_t* from, std::size_t count) {
  constexpr std::size_t rows = 8;
  constexpr std::size_t length = 2048;
  constexpr std::size_t stride = length + cache_line + 37;
  constexpr std::int16_t factor = 13903;
  const RowSumsInt8 sums = row_sums_int8();
  const std::size_t groups = std::max<std::size_t>(1, count / (rows * stride));
  const std::size_t passes = loaded_a_run / (groups * rows * length);
  alignas(cache_line) std::array<std::int8_t, length> sum{};
  double best = 0.0;
  for (int run = 0; run < runs; ++run) {
    const double begin = thread_seconds();
    for (std::size_t pass = 0; pass < passes; ++pass) {
      for (std::size_t group = 0; group < groups; ++group) {
        std::array<const std::int8_t*, rows> of_group{};
        for (std::size_t r = 0; r < rows; ++r) of_group[r] = from + (group * rows + r) * stride;
        sums.to_int8(of_group.data(), rows, factor, sum.data(), length);
      }
      sink = static_cast<std::uint8_t>(sum[pass % length]);
    }
    best = std::max(
        best, static_cast<double>(passes * groups * rows * length) / (thread_seconds() - begin));
  }
  return best;
}

}  // namespace

std::vector<Wall> measure_walls() {
  constexpr std::size_t kib = 1024;
  constexpr std::size_t mib = 1024 * kib;
  std::vector<Wall> walls{{"L1", 16 * kib, false},  {"L1, across lines", 16 * kib, true},
                          {"L2", 512 * kib, false}, {"L2, across lines", 512 * kib, true},
                          {"L3", 12 * mib, false},  {"DRAM", 1024 * mib, false}};
  ZeroedMemory memory{walls.back().bytes + cache_line};
  std::fill_n(memory.data(), memory.size(), std::int8_t{1});  // else all pages were the same one
  for (Wall& wall : walls) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(memory.data());
    wall.bytes_a_second = bytes_a_second(from + (wall.across_lines ? 37 : 0), wall.bytes);
  }
  for (Wall wall : {Wall{"L1, summed", 16 * kib, true}, Wall{"L2, summed", 512 * kib, true}}) {
    wall.bytes_a_second = bytes_a_second_summed(memory.data(), wall.bytes);
    walls.push_back(wall);
  }
  return walls;
}

}  // namespace draftstream
#endif
