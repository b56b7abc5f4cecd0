// What a store keeps of an event.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "publishers/cutouts/event_cutout.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

Look numbered_look() {
  auto tile = std::make_shared<DetectorTile>();
  for (std::size_t i = 0; i < tile->codes.size(); ++i) {
    tile->codes[i] = static_cast<std::uint8_t>(i * 7 % 251);
  }
  Look look;
  look.tile = tile;
  for (std::size_t i = 0; i < look.patch.codes.size(); ++i) {
    look.patch.codes[i] = static_cast<std::int8_t>(static_cast<int>(i * 5 % 255) - 127);
  }
  return look;
}

}  // namespace

TEST_CASE("a cutout says what its event says", "[publishers][cutouts]") {
  const Observation seen = test::sample_observation();
  Event event = test::sample_event(3);
  event.classifier.model_sha256 = std::string(64, 'a');
  const Look look = numbered_look();
  const Cutout plain = cutout_of(event, look, seen, "/data/sky.fil");
  CHECK(plain.info.event_id == event.event_id);
  CHECK(plain.info.file == "/data/sky.fil");
  CHECK(plain.info.sample_index == 8112 + 3 * 400);
  CHECK(plain.info.start_mjd_utc == Approx(58225.5545).margin(1e-4));
  CHECK(plain.info.toa_s == 2.028125 + 0.1 * 3);
  CHECK(plain.info.dm_pc_cm3 == 474.8 + 1.0);
  CHECK(plain.info.width_ms == Approx(11 * 0.25));
  CHECK(plain.info.snr == 8.0 + 0.1 * 3);
  CHECK(plain.info.tsamp_s == 0.00025);
  CHECK(plain.info.first_mhz == 1500.0);
  CHECK(plain.info.step_mhz == -1.0);
  CHECK(plain.info.channels == 64);
  CHECK(plain.info.label == "unjudged");
  CHECK_FALSE(plain.info.detector_score);
  CHECK_FALSE(plain.info.classifier_score);
  CHECK(plain.info.model_sha256.empty());  // none judged it, whichever the run has
  CHECK_FALSE(plain.info.seed);

  event.classifier.detector_score = 0.25;
  event.classifier.classifier_score = 0.75;
  event.classifier.label = "burst";
  const Cutout judged = cutout_of(event, look, seen, "");
  CHECK(judged.info.detector_score == 0.25);
  CHECK(judged.info.classifier_score == 0.75);
  CHECK(judged.info.label == "burst");
  CHECK(judged.info.model_sha256 == std::string(64, 'a'));
}

TEST_CASE("a cutout holds the bytes that were seen", "[publishers][cutouts]") {
  const Look look = numbered_look();
  const Cutout cutout =
      cutout_of(test::sample_event(1), look, test::sample_observation(), "sky.fil");
  const CutoutFormat format = default_cutout_format();
  CHECK_NOTHROW(checked_info(cutout, format));
  REQUIRE(cutout.tile.size() == look.tile->codes.size());
  REQUIRE(cutout.patch.size() == look.patch.codes.size());
  for (const std::size_t i : {std::size_t{1}, std::size_t{70'000}, cutout.tile.size() - 1}) {
    CHECK(std::to_integer<int>(cutout.tile[i]) == look.tile->codes[i]);
  }
  for (const std::size_t i : {std::size_t{1}, std::size_t{5'000}, cutout.patch.size() - 1}) {
    CHECK(static_cast<std::int8_t>(cutout.patch[i]) == look.patch.codes[i]);
  }
}
