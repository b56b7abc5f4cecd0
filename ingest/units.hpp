// Quantities whose unit is part of their type.
#pragma once

#include <compare>

namespace draftstream {

/// A double with its unit in the type. Every way in and every way out is spelled.
template <class Unit>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) noexcept : value_{value} {}

  [[nodiscard]] constexpr double value() const noexcept { return value_; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) noexcept {
    return Quantity{a.value_ + b.value_};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) noexcept {
    return Quantity{a.value_ - b.value_};
  }
  friend constexpr Quantity operator*(double factor, Quantity q) noexcept {
    return Quantity{factor * q.value_};
  }
  friend constexpr double operator/(Quantity a, Quantity b) noexcept { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) noexcept = default;

 private:
  double value_ = 0.0;
};

using Megahertz = Quantity<struct MegahertzUnit>;
using Seconds = Quantity<struct SecondsUnit>;
using DispersionMeasure = Quantity<struct ParsecPerCubicCentimetreUnit>;

}  // namespace draftstream
