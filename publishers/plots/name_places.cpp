#include "publishers/plots/name_places.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace draftstream {
namespace {

constexpr double apart = 4.0;  // a name and its box [pixels]
constexpr int most_steps = 12;

bool overlap(const Frame& a, const Frame& b) {
  return a.x.low < b.x.high && b.x.low < a.x.high && a.y.low < b.y.high && b.y.low < a.y.high;
}

bool lies_within(const Frame& inner, const Frame& outer) {
  return inner.x.low >= outer.x.low && inner.x.high <= outer.x.high && inner.y.low >= outer.y.low &&
         inner.y.high <= outer.y.high;
}

// From the nearest to the farthest.
std::vector<Frame> places_around(const Frame& box, double width, double height) {
  std::vector<Frame> places;
  const auto add = [&](double left, double bottom) {
    places.push_back({{left, left + width}, {bottom, bottom + height}});
  };
  const double above = box.y.high + apart;
  const double below = box.y.low - apart - height;
  add(box.x.low, above);
  add(box.x.high - width, above);
  add(box.x.low, below);
  add(box.x.high - width, below);
  const double middle = 0.5 * (box.y.low + box.y.high - height);
  for (int step = 0; step <= most_steps; ++step) {
    for (const double side : {1.0, -1.0}) {
      add(box.x.high + apart, middle + side * step * height);
      add(box.x.low - apart - width, middle + side * step * height);
    }
  }
  return places;
}

}  // namespace

std::vector<std::optional<Frame>> place_names(const Frame& panel, const std::vector<Frame>& boxes,
                                              const std::vector<double>& widths, double height) {
  if (boxes.size() != widths.size()) {
    throw std::invalid_argument("place_names: expected a width for each box");
  }
  std::vector<Frame> taken = boxes;
  std::vector<std::optional<Frame>> names;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const std::vector<Frame> places = places_around(boxes[i], widths[i], height);
    const auto free = std::ranges::find_if(places, [&](const Frame& place) {
      return lies_within(place, panel) &&
             std::ranges::none_of(taken, [&](const Frame& one) { return overlap(one, place); });
    });
    names.emplace_back();
    if (free == places.end()) continue;
    names.back() = *free;
    taken.push_back(*free);
  }
  return names;
}

}  // namespace draftstream
