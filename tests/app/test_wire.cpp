// How much memory a run takes for what travels between its threads.
#include <cstdint>

#include "app/buffer_plan.hpp"
#include "app/results.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

Observation observation(std::size_t channels, double sample_time_s, int bits,
                        std::uint64_t samples) {
  Observation seen;
  seen.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-100.0 / 65536}, channels};
  seen.time.sample_time = Seconds{sample_time_s};
  seen.format.bits = bits;
  seen.samples = samples;
  return seen;
}

}  // namespace

TEST_CASE("chunks are about a second, of bounded bytes", "[app][wire]") {
  // A second of 1024 channels is 4 MB.
  CHECK(plan_buffers(observation(1024, 256e-6, 8, 1'000'000), {}).chunk_samples == 3906);
  // A second of 16384 channels at 49 us would be 334 MB.
  CHECK(plan_buffers(observation(16384, 49e-6, 8, 1'000'000), {}).chunk_samples == 1024);
  // A second of very slow sampling is too few.
  CHECK(plan_buffers(observation(64, 0.1, 8, 1'000'000), {}).chunk_samples == 256);
  CHECK(plan_buffers(observation(64, 1e-3, 8, 1'000'000), 12345).chunk_samples == 12345);
}

TEST_CASE("the ring holds a chunk, and no more than the recording", "[app][wire][property]") {
  for (const std::uint64_t samples : {1u, 10u, 300u, 4096u, 1'000'000u}) {
    for (const std::uint64_t asked : {0u, 1u, 256u, 5000u, 2'000'000u}) {
      for (const std::size_t channels : {1u, 336u, 65536u}) {
        CAPTURE(samples, asked, channels);
        const auto seen = observation(channels, 1e-3, 8, samples);
        const auto plan =
            plan_buffers(seen, asked == 0 ? std::nullopt : std::optional<std::uint64_t>{asked});
        CHECK(plan.travel_samples == std::min(plan.chunk_samples, samples));
        CHECK(plan.ring_samples >= plan.travel_samples);
        CHECK(plan.ring_samples <= samples);
        CHECK(plan.chunk_samples == (asked == 0 ? plan.chunk_samples : asked));
        if (asked == 0) CHECK(plan.ring_samples * seen.spectrum_bytes() <= (64u << 20));
      }
    }
  }
}

TEST_CASE("a sample belongs to the file that spans it", "[app][results]") {
  const RecordedFile files[] = {{"a.fil", 0, 100, "SIGPROC"}, {"b.fil", 150, 50, "SIGPROC"}};
  CHECK(file_of(files, 0) == &files[0]);
  CHECK(file_of(files, 99) == &files[0]);
  CHECK(file_of(files, 100) == nullptr);  // between the two
  CHECK(file_of(files, 150) == &files[1]);
  CHECK(file_of(files, 200) == nullptr);
}
