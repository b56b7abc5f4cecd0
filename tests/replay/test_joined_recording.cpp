#include "replay/joined_recording.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/recording_writer.hpp"
#include "tests/replay/fake_recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

constexpr UtcInstant start{59000, 86399.99};  // a file that runs over midnight

// A part that begins at sample `at` (of 1 ms) of the observation, and may be changed.
std::unique_ptr<FakeRecording> part(const std::string& path, double at, std::uint64_t samples) {
  return std::make_unique<FakeRecording>(path, start + Seconds{at * 0.001}, samples,
                                         static_cast<std::uint64_t>(std::llround(at)));
}

template <class... Parts>
std::unique_ptr<Recording> join(Parts... parts) {
  std::vector<std::unique_ptr<Recording>> all;
  (all.push_back(std::move(parts)), ...);
  return join_recordings(std::move(all));
}

std::vector<std::byte> read_all(Recording& recording, std::uint64_t piece) {
  const std::uint64_t samples = *recording.observation().samples;
  std::vector<std::byte> all(samples * 3, std::byte{99});
  for (std::uint64_t at = 0; at < samples; at += piece) {
    const std::uint64_t count = std::min(piece, samples - at);
    recording.read(at, std::span{all}.subspan(at * 3, count * 3));
  }
  return all;
}

}  // namespace

TEST_CASE("files that continue each other are read as one", "[replay][joined_recording]") {
  const auto joined = join(part("c", 250, 50), part("a", 0, 100), part("b", 100, 150));
  CHECK(joined->observation().samples == 300);
  CHECK(joined->observation().time.start == start);
  CHECK(joined->gaps().empty());
  REQUIRE(joined->files().size() == 3);
  CHECK(joined->files()[1].path == "b");
  CHECK(joined->files()[1].first == 100);
  CHECK(joined->files()[1].samples == 150);
  CHECK(joined->files()[2].path == "c");
  CHECK(joined->files()[2].first == 250);
  for (const std::uint64_t piece : {1U, 7U, 100U, 300U}) {
    const auto all = read_all(*joined, piece);
    bool same = true;
    for (std::uint64_t i = 0; i < all.size(); ++i) {
      same = same && all[i] == FakeRecording::value(i / 3, i % 3);
    }
    CAPTURE(piece);
    CHECK(same);
  }
}

TEST_CASE("time between files is a gap", "[replay][joined_recording]") {
  auto second = part("b", 130, 50);
  second->add_gap({10, 5, Fate::invalid});
  const auto joined = join(part("a", 0, 100), std::move(second), part("c", 200, 10));
  CHECK(joined->observation().samples == 210);
  const std::vector<Gap> gaps{joined->gaps().begin(), joined->gaps().end()};
  CHECK(gaps == std::vector<Gap>{
                    {100, 30, Fate::missing}, {140, 5, Fate::invalid}, {180, 20, Fate::missing}});
  const auto all = read_all(*joined, 64);
  const auto at = [&all](std::size_t t, std::size_t c) { return all[t * 3 + c]; };
  CHECK(at(99, 0) == FakeRecording::value(99, 0));
  CHECK(at(100, 0) == std::byte{0});
  CHECK(at(129, 2) == std::byte{0});
  CHECK(at(130, 0) == FakeRecording::value(130, 0));
  CHECK(at(209, 1) == FakeRecording::value(209, 1));
  std::vector<std::byte> one(3);
  CHECK_THROWS_AS(joined->read(210, one), std::out_of_range);
  CHECK_THROWS_AS(joined->read(0, std::span{one}.first(2)), std::invalid_argument);
}

TEST_CASE("half a sample of difference is none", "[replay][joined_recording]") {
  struct Row {
    double at;             // where the second file begins, after 100 samples
    std::uint64_t second;  // its first sample
  };
  const auto row = GENERATE(values<Row>({
      {99.51, 100},
      {100.0, 100},
      {100.49, 100},
      {100.6, 101},
      {101.4, 101},
      {101.6, 102},
  }));
  CAPTURE(row.at);
  const auto joined = join(part("a", 0, 100), part("b", row.at, 10));
  CHECK(joined->files()[1].first == row.second);
  CHECK(joined->observation().samples == row.second + 10);
  CHECK(joined->gaps().size() == (row.second == 100 ? 0U : 1U));
}

TEST_CASE("clocks that drift do not add up to gaps", "[replay][joined_recording]") {
  // Each file begins 0.3 samples late by the clock of the one before.
  std::vector<std::unique_ptr<Recording>> parts;
  parts.reserve(20);
  for (int i = 0; i < 20; ++i) {
    parts.push_back(part("file " + std::to_string(i), i * 100.3, 100));
  }
  const auto joined = join_recordings(std::move(parts));
  CHECK(joined->gaps().empty());
  CHECK(joined->observation().samples == 2000);
}

TEST_CASE("SIGPROC's rounded start times do not tear fast samples apart",
          "[replay][joined_recording]") {
  const auto fast = [](const std::string& path, double start_s) {
    auto recording = std::make_unique<FakeRecording>(path, start + Seconds{start_s}, 1000);
    recording->change().time.sample_time = Seconds{1.0e-6};
    return recording;
  };
  CHECK(join(fast("a", 0.0), fast("b", 1.0e-3 + 0.65e-6))->gaps().empty());
  CHECK(join(fast("a", 0.0), fast("b", 1.0e-3 - 0.65e-6))->gaps().empty());
  CHECK(join(fast("a", 0.0), fast("b", 1.0e-3 + 0.75e-6))->gaps().size() == 1);
}

TEST_CASE("what does not continue is refused with both values", "[replay][joined_recording]") {
  struct Row {
    std::string what;
    std::function<void(Observation&)> change;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {"channels",
       [](Observation& o) {
         o.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 4};
       },
       "b: found 4 channels, expected 3 as in a"},
      {"frequencies",
       [](Observation& o) {
         o.frequency = {Megahertz{1500.0}, Megahertz{-1.02}, 3};
       },
       "b: found channel 1 at 1498.98 MHz, expected 1499 MHz as in a"},
      {"sampling time", [](Observation& o) { o.time.sample_time = Seconds{0.00101}; },
       "b: found a sampling time of 0.00101 s, expected 0.001 s as in a"},
      {"format", [](Observation& o) { o.format = float_samples; },
       "b: found 32-bit float samples, expected 8-bit unsigned as in a"},
      {"polarisations", [](Observation& o) { o.stored_pols = 2; },
       "b: found 2 polarisations, expected 1 as in a"},
      {"beam", [](Observation& o) { o.beam = 4; }, "b: found beam 4, expected 3 as in a"},
      {"overlap", [](Observation& o) { o.time.start = start + Seconds{0.098}; },
       "b: found a start at MJD 59001.000001018518519, 0.002000 s before the end of a, expected "
       "MJD 59001.000001041666667 or later"},
      {"another day", [](Observation& o) { o.time.start.mjd_day += 2; },
       "s after the end of a, expected at most 86400 s within one observation"},
  }));
  auto first = part("a", 0, 100);
  first->change().beam = 3;
  auto second = part("b", 100, 100);
  second->change().beam = 3;
  row.change(second->change());
  INFO(row.what);
  std::vector<std::unique_ptr<Recording>> parts;
  parts.push_back(std::move(second));
  parts.push_back(std::move(first));
  std::string message;
  try {
    join_recordings(std::move(parts));
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK_THAT(message, ContainsSubstring(row.message));
}

TEST_CASE("what may differ is warned of or tolerated", "[replay][joined_recording]") {
  auto first = part("a", 0, 100);
  first->warn("a: odd.");
  auto second = part("b", 100, 100);
  second->change().frequency = {Megahertz{1500.001}, Megahertz{-1.0}, 3};
  second->change().time.sample_time = Seconds{0.001 * (1.0 + 1e-9)};
  second->change().source_name = "M31";
  second->change().beam = 3;  // unknown in the first
  const auto joined = join(std::move(first), std::move(second));
  REQUIRE(joined->warnings().size() == 2);
  CHECK(joined->warnings()[0] == "a: odd.");
  CHECK(joined->warnings()[1] == "b: source 'M31', but 'B0531+21' in a; the first is used.");
}

TEST_CASE("each part forgets its own spectra", "[replay][joined_recording]") {
  auto first = part("a", 0, 100);
  auto second = part("b", 110, 100);
  const FakeRecording& a = *first;
  const FakeRecording& b = *second;
  const auto joined = join(std::move(first), std::move(second));
  joined->forget_before(60);
  CHECK(a.forgotten() == 60);
  CHECK(b.forgotten() == 0);
  joined->forget_before(130);
  CHECK(a.forgotten() == 100);
  CHECK(b.forgotten() == 20);
}

TEST_CASE("real files are joined, and none twice", "[replay][joined_recording]") {
  const TemporaryFolder folder;
  Observation observation;
  observation.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 5};
  observation.format = {2, false, false};
  observation.source_name = "B0531+21";
  const UtcInstant begin{58227, 43200.123456};
  const auto write = [&](const std::string& name, std::uint64_t first, std::uint64_t count) {
    observation.time = {begin + Seconds{static_cast<double>(first) * 64e-6}, Seconds{64e-6}};
    const auto writer = make_recording_writer(folder.file(name), observation);
    for (std::uint64_t t = first; t < first + count; ++t) {
      const auto value = static_cast<float>(t % 4);
      writer->write(std::vector<float>{value, 3.0F - value, value, 0.0F, 1.0F});
    }
    writer->finish();
    return folder.file(name);
  };
  const auto whole = open_recording(write("whole.fil", 0, 1000));
  const std::vector<std::string> paths{write("c.fil", 601, 399), write("a.fil", 0, 333),
                                       write("b.fil", 333, 268)};
  const auto joined = open_recordings(paths);
  CHECK(joined->observation().samples == 1000);
  CHECK(joined->gaps().empty());
  std::vector<std::byte> expected(2000);
  std::vector<std::byte> found(2000);
  whole->read(0, expected);
  joined->read(0, found);
  CHECK(found == expected);

  const std::vector<std::string> twice{paths[1], folder.file("./a.fil")};
  CHECK_THROWS_WITH(open_recordings(twice), ContainsSubstring("found the same file twice"));
}
