// What must compile, what must not, and how large each unit is.
#include <type_traits>

#include "ingest/units.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Divisible = requires(A a, B b) {
  a / b;
};
template <class A, class B>
concept Multipliable = requires(A a, B b) {
  a* b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

template <class Unit, class Other>
constexpr bool is_a_unit_beside() {
  return Addable<Unit, Unit> && Subtractable<Unit, Unit> && Divisible<Unit, Unit> &&
         Comparable<Unit, Unit> && Multipliable<double, Unit> && !Multipliable<Unit, Unit> &&
         !Addable<Unit, Other> && !Subtractable<Unit, Other> && !Divisible<Unit, Other> &&
         !Comparable<Unit, Other> && !Addable<Unit, double> && !Comparable<Unit, double> &&
         !std::is_convertible_v<double, Unit> && !std::is_convertible_v<Unit, double> &&
         !std::is_constructible_v<Unit, Other> && sizeof(Unit) == sizeof(double) &&
         std::is_trivially_copyable_v<Unit>;
}
static_assert(is_a_unit_beside<Megahertz, Seconds>());
static_assert(is_a_unit_beside<Seconds, DispersionMeasure>());
static_assert(is_a_unit_beside<DispersionMeasure, Megahertz>());
static_assert(std::is_same_v<decltype(Seconds{} / Seconds{}), double>);

}  // namespace

TEST_CASE("quantities calculate as their values do", "[ingest][units]") {
  CHECK((Megahertz{1500.0} - Megahertz{1000.5}).value() == 499.5);
  CHECK((Seconds{1.5} + Seconds{0.25}).value() == 1.75);
  CHECK((3.0 * DispersionMeasure{2.5}).value() == 7.5);
  CHECK(Seconds{10.0} / Seconds{4.0} == 2.5);
  CHECK(Megahertz{}.value() == 0.0);
  CHECK(Megahertz{1.0} < Megahertz{2.0});
  CHECK(Megahertz{2.0} == Megahertz{2.0});
  CHECK_FALSE(Megahertz{2.0} == Megahertz{2.5});
}

}  // namespace draftstream
