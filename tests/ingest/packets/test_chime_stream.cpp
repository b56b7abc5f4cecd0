// CHIME/FRB packets as spectra: values, masks, band, time.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <variant>
#include <vector>

#include "ingest/packets/chime_stream.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;
using test::ChimeBytes;

// Two beams, coarse channels 3 and 1, two channels in each, four spectra.
ChimeBytes small_packet() {
  ChimeBytes made;
  made.fpga_count = 384ULL * 4 * 100;
  made.beams = {9, 1001};
  made.coarse = {3, 1};
  made.up = 2;
  made.scales = {1.0F, 0.5F, 2.0F, 0.0F};
  made.offsets = {0.0F, -1.0F, 100.0F, 7.0F};
  made.data.resize(32);
  for (std::size_t i = 0; i < 32; ++i) made.data[i] = static_cast<std::uint8_t>(i * 8);
  made.data[5] = 255;
  return made;
}

ChimeOptions small_band() {
  ChimeOptions options;
  options.coarse_channels = 4;
  options.top = Megahertz{1500.0};
  options.bottom = Megahertz{1492.0};
  return options;
}

// The spectra of one packet, [beam][sample, channel], as floats.
std::vector<std::vector<float>> spectra_of(const ChimeOptions& options, const Bytes& packet,
                                           StreamStart& start) {
  const auto stream = make_chime_stream(options);
  const auto looked = stream->look(packet);
  REQUIRE(std::holds_alternative<Datagram>(looked));
  REQUIRE(std::get<Datagram>(looked) == Datagram::unit);
  start = stream->begin();
  std::vector<std::vector<float>> spectra(start.grid.beams);
  const CellGrid grid = start.grid;
  AssemblyWindow window{grid, {1, stream->block(), 1, 1}, [&](const FinishedSlot& slot) {
                          for (std::size_t beam = 0; beam < grid.beams; ++beam) {
                            for (std::size_t t = 0; t < slot.samples; ++t) {
                              std::vector<float> row(grid.channels());
                              unpack_spectrum(slot.beams[beam].spectra.subspan(
                                                  t * grid.spectrum_bytes(), grid.spectrum_bytes()),
                                              grid.format, row);
                              spectra[beam].insert(spectra[beam].end(), row.begin(), row.end());
                            }
                          }
                        }};
  REQUIRE(window.arrive(stream->block()) == Arrival::in_window);
  CHECK(stream->put(window) == 0);
  window.finish();
  return spectra;
}

}  // namespace

TEST_CASE("a CHIME packet becomes spectra", "[ingest][packets][chime]") {
  const ChimeBytes made = small_packet();
  StreamStart start;
  const auto spectra = spectra_of(small_band(), made.bytes(), start);
  REQUIRE(start.beams.size() == 2);
  CHECK(start.beams[0].beam == 9);
  CHECK(start.beams[1].beam == 1001);
  const Observation& header = start.beams[1];
  CHECK(header.frequency == FrequencyAxis{Megahertz{1499.5}, Megahertz{-1.0}, 8});
  CHECK(header.time.sample_time.value() == 0.00098304);
  // tick 0 and 400 samples of 0.98304 ms: 0.123456789 + 0.393216 s into the second
  CHECK(format_iso8601(header.time.start) == "2023-11-14T22:13:20.516672789Z");
  CHECK(header.format == float_samples);
  for (std::size_t beam = 0; beam < 2; ++beam) {
    for (std::size_t t = 0; t < 4; ++t) {
      for (std::size_t channel = 0; channel < 8; ++channel) {
        INFO("beam " << beam << ", sample " << t << ", channel " << channel);
        const float seen = spectra[beam][t * 8 + channel];
        const std::size_t coarse = channel / 2;
        if (coarse != 1 && coarse != 3) {
          CHECK(std::isnan(seen));  // did not come
          continue;
        }
        const std::size_t cell = beam * 2 + (coarse == 3 ? 0 : 1);
        const std::uint8_t code = made.data[cell * 8 + channel % 2 * 4 + t];
        if (code == 0 || code == 255) {
          CHECK(std::isnan(seen));
        } else {
          CHECK(seen == made.scales[cell] * static_cast<float>(code) + made.offsets[cell]);
        }
      }
    }
  }
}

TEST_CASE("channels in a coarse one can go up", "[ingest][packets][chime]") {
  ChimeOptions options = small_band();
  StreamStart start;
  const auto down = spectra_of(options, small_packet().bytes(), start);
  options.up_ascending = true;
  const auto up = spectra_of(options, small_packet().bytes(), start);
  for (std::size_t i = 0; i < down[1].size(); ++i) {
    const float seen = up[1][i % 2 == 0 ? i + 1 : i - 1];
    CHECK((seen == down[1][i] || (std::isnan(seen) && std::isnan(down[1][i]))));
  }
}

TEST_CASE("values can be rounded to 8 bits", "[ingest][packets][chime]") {
  ChimeOptions options = small_band();
  options.format = {};
  options.beams = {1001, 9};  // the order of the options
  StreamStart start;
  const auto spectra = spectra_of(options, small_packet().bytes(), start);
  CHECK(start.beams[0].beam == 1001);
  CHECK(spectra[1][6] == 0.0F);  // masked
  CHECK(spectra[1][1 * 8 + 6] == 8.0F);
  CHECK(spectra[1][1 * 8 + 2] == 35.0F);  // 0.5 * 72 - 1
  CHECK(spectra[0][6] == 255.0F);         // 2 * 128 + 100, clipped
}

TEST_CASE("any number of channels in a coarse one", "[ingest][packets][chime][property]") {
  for (const std::size_t up : {1U, 3U, 16U, 17U, 31U, 32U, 33U, 130U}) {
    for (const std::size_t samples : {1U, 4U, 8U, 16U, 32U}) {
      Bytes bytes(up * samples);
      for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i * 13 + i / 256);
      for (const bool ascending : {false, true}) {
        std::vector<float> out(samples * up);
        write_chime_cell(bytes, up, 0.25F, 3.0F, ascending, float_samples,
                         reinterpret_cast<std::byte*>(out.data()), up * sizeof(float));
        for (std::size_t t = 0; t < samples; ++t) {
          for (std::size_t u = 0; u < up; ++u) {
            const auto code =
                std::to_integer<int>(bytes[(ascending ? up - 1 - u : u) * samples + t]);
            const float seen = out[t * up + u];
            if (code == 0 || code == 255) {
              REQUIRE(std::isnan(seen));
            } else {
              REQUIRE(seen == 0.25F * static_cast<float>(code) + 3.0F);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("version 1 is told when its clock was 0", "[ingest][packets][chime]") {
  ChimeBytes made = small_packet();
  made.version = 1;
  ChimeOptions options = small_band();
  StreamStart start;
  spectra_of(options, made.bytes(), start);
  CHECK(start.beams[0].time.start == UtcInstant{0, 0.393216});
  options.frame0_ns = 1'700'000'000'123'456'789;
  spectra_of(options, made.bytes(), start);
  CHECK(format_iso8601(start.beams[0].time.start) == "2023-11-14T22:13:20.516672789Z");
}

TEST_CASE("a CHIME band must be one", "[ingest][packets][chime]") {
  ChimeOptions options = small_band();
  options.bottom = Megahertz{1500.0};
  CHECK_THROWS_AS(make_chime_stream(options), std::invalid_argument);
  options = small_band();
  options.coarse_channels = 0;
  CHECK_THROWS_AS(make_chime_stream(options), std::invalid_argument);
  options = small_band();
  options.format = {16, false, false};
  CHECK_THROWS_AS(make_chime_stream(options), std::invalid_argument);
}

}  // namespace draftstream
