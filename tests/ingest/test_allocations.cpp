// A ring in its steady state allocates nothing.
#include <cstddef>
#include <cstdint>

#include "tests/ingest/ring_pattern.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("a steady state allocates nothing", "[ingest][spectrum_ring][allocations]") {
  const auto kind = GENERATE(ReaderKind::guaranteed, ReaderKind::opportunistic);
  SpectrumRing ring{test::small_ring(10, 400)};
  const auto reader = ring.attach(kind);
  SpectrumRing::Reader::View view;
  bool went_on = true;
  const auto some_rounds = [&] {
    for (int round = 0; round < 500; ++round) {
      const std::uint64_t first = ring.published();
      test::fill_pattern(ring.claim(100), first, 10);
      ring.mark_gap({first + 5, 3, Fate::invalid});
      ring.mark_gap({first + 50, 3, Fate::invalid});
      ring.mark_hole({first, 40, 2, 3});
      ring.mark_hole({first + 60, 40, 0, 1});
      ring.publish(100);
      went_on = went_on && ring.publish_gap(20, Fate::missing);
      reader->read(120, view);
      went_on = went_on && view.samples == 120 && view.gaps.size() == 3 && view.holes.size() == 2;
      reader->release(view.first + view.samples);
    }
  };
  some_rounds();  // everything grows to its size
  const std::uint64_t before = test::allocations();
  some_rounds();
  CHECK(test::allocations() == before);
  CHECK(before > 0);
  CHECK(went_on);
}

}  // namespace draftstream
