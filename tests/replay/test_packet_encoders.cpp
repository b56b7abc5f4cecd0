// Packets of the test telescope: golden bytes, and what of the samples survives.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <variant>
#include <vector>

#include "ingest/packets/chime_stream.hpp"
#include "replay/packets/chime_encoder.hpp"
#include "replay/packets/counter_encoder.hpp"
#include "replay/packets/pack_samples.hpp"
#include "replay/packets/spead_encoder.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;

std::vector<Bytes> sent;
const SendDatagram collect = [](std::span<const std::byte> packet) {
  sent.emplace_back(packet.begin(), packet.end());
};

// One block of spectra through packets and back, [samples, channels].
std::vector<float> there_and_back(const ChimeEncoding& encoding, std::vector<float> spectra) {
  sent.clear();
  ChimeEncoder{encoding}.encode(9, spectra, collect);
  ChimeOptions options;
  options.coarse_channels = encoding.coarse_channels;
  const auto stream = make_chime_stream(options);
  std::vector<float> out;
  std::optional<AssemblyWindow> window;
  for (const Bytes& packet : sent) {
    const auto looked = stream->look(packet);
    REQUIRE(std::holds_alternative<Datagram>(looked));
    if (!window) {
      window.emplace(stream->begin().grid, AssemblyWindow::Options{1, stream->block(), 1, 1},
                     [&out](const FinishedSlot& slot) {
                       out.resize(slot.beams[0].spectra.size() / 4);
                       std::memcpy(out.data(), slot.beams[0].spectra.data(), 4 * out.size());
                       CHECK(slot.beams[0].holes.empty());
                     });
    }
    REQUIRE(window->arrive(stream->block()) == Arrival::in_window);
    CHECK(stream->put(*window) == 0);
  }
  window->finish();
  return out;
}

}  // namespace

TEST_CASE("encoded CHIME packets are as written by hand", "[replay][packets][chime]") {
  ChimeEncoding encoding;
  encoding.beam = 1001;
  encoding.coarse_channels = 3;
  encoding.packet_coarse = 2;
  encoding.up = 2;
  encoding.samples = 4;
  encoding.fpga0_ns = 1'700'000'000'123'456'789;
  std::vector<float> spectra(4 * 6);
  for (std::size_t i = 0; i < spectra.size(); ++i) spectra[i] = static_cast<float>(100 + i);
  spectra[0] = std::numeric_limits<float>::quiet_NaN();  // sample 0 of channel 0
  for (const int version : {1, 2}) {
    encoding.version = version;
    sent.clear();
    ChimeEncoder{encoding}.encode(77, spectra, collect);
    REQUIRE(sent.size() == 2);
    test::ChimeBytes made;
    made.version = static_cast<std::uint32_t>(version);
    made.fpga_count = 77ULL * 4 * 384;
    made.beams = {1001};
    made.coarse = {0, 1};
    made.up = 2;
    // Lowest of coarse channel 0 is 101, as 100 is masked; of 1, 102; each becomes byte 1.
    made.offsets = {100.0F, 101.0F};
    made.data = {0, 6, 12, 18, 1, 7, 13, 19, 1, 7, 13, 19, 2, 8, 14, 20};
    CHECK(sent[0] == made.bytes());
    made.coarse = {2};
    made.offsets = {103.0F};
    made.data = {1, 7, 13, 19, 2, 8, 14, 20};
    CHECK(sent[1] == made.bytes());
  }
  sent.clear();
  ChimeEncoder::end(collect);
  CHECK(sent.at(0) == test::from_hex("01000000 00000000 00000000 00000000 00000000 00000000"));
}

TEST_CASE("what CHIME packets keep exactly", "[replay][packets][chime][property]") {
  ChimeEncoding encoding;
  encoding.coarse_channels = 5;
  encoding.packet_coarse = 3;
  encoding.up = 16;
  encoding.samples = 16;
  std::mt19937 random{31};
  const std::size_t count = encoding.samples * encoding.channels();
  const auto same = [&](const std::vector<float>& spectra) {
    const auto back = there_and_back(encoding, spectra);
    REQUIRE(back.size() == spectra.size());
    for (std::size_t i = 0; i < spectra.size(); ++i) {
      if (std::isnan(spectra[i])) {
        REQUIRE(std::isnan(back[i]));
      } else {
        REQUIRE(back[i] == spectra[i]);
      }
    }
  };
  std::vector<float> spectra(count);
  for (const float lowest : {0.0F, 2.0F, -128.0F, 60'000.0F, -16'000'000.0F}) {
    for (float& value : spectra) value = lowest + static_cast<float>(random() % 254);
    same(spectra);
  }
  for (float& value : spectra) value = static_cast<float>(random() % 254);
  for (std::size_t i = 0; i < count; i += 7) spectra[i] = std::numeric_limits<float>::quiet_NaN();
  same(spectra);
  same(std::vector<float>(count, 0.1F));
  same(std::vector<float>(count, std::numeric_limits<float>::quiet_NaN()));

  SECTION("and what to half a scale") {
    for (float& value : spectra) value = static_cast<float>(random() % 256);
    spectra[0] = 0.0F;
    spectra[1] = 255.0F;
    const auto back = there_and_back(encoding, spectra);
    float worst = 0.0F;
    for (std::size_t i = 0; i < count; ++i) {
      worst = std::max(worst, std::abs(back[i] - spectra[i]));
    }
    CHECK(worst > 0.0F);
    CHECK(worst <= 255.0F / 506.0F + 1e-4F);
  }
}

TEST_CASE("encodings that no packet can hold", "[replay][packets][chime]") {
  ChimeEncoding encoding;
  CHECK_NOTHROW(ChimeEncoder{encoding});
  encoding.packet_coarse = 64;
  CHECK_THROWS_AS(ChimeEncoder{encoding}, std::invalid_argument);
  encoding = {};
  encoding.samples = 12;
  CHECK_THROWS_AS(ChimeEncoder{encoding}, std::invalid_argument);
  encoding = {};
  encoding.counts_per_sample = 0;
  CHECK_THROWS_AS(ChimeEncoder{encoding}, std::invalid_argument);
  encoding = {};
  std::vector<float> spectra(3);
  CHECK_THROWS_AS(ChimeEncoder{encoding}.encode(0, spectra, collect), std::invalid_argument);
}

TEST_CASE("encoded heaps are as spead2 writes them", "[replay][packets][spead]") {
  SpeadOptions layout;
  layout.beam_id = 0x1601;
  layout.data_id = 0x1603;
  Bytes data(32);
  for (std::size_t i = 0; i < 32; ++i) data[i] = static_cast<std::byte>(i);
  sent.clear();
  SpeadEncoder{layout, 96, 0x42}.encode(0x0102030405, 7, 128, data, collect);
  SpeadEncoder{layout, 96, 0x99}.stop(collect);
  REQUIRE(sent.size() == 3);
  CHECK(sent[0] ==
        test::from_hex(
            "5304020600000008 8001000000000042 8002000000000020 8003000000000000 8004000000000018 "
            "9600000102030405 9601000000000007 c103000000000080 1603000000000000 "
            "000102030405060708090a0b0c0d0e0f1011121314151617"));
  CHECK(sent[1] ==
        test::from_hex(
            "5304020600000008 8001000000000042 8002000000000020 8003000000000018 8004000000000008 "
            "9600000102030405 9601000000000007 c103000000000080 1603000000000000 "
            "18191a1b1c1d1e1f"));
  CHECK(sent[2] ==
        test::from_hex("5304020600000006 8001000000000099 8002000000000001 8003000000000000 "
                       "8004000000000001 8006000000000002 0000000000000000 00"));
  CHECK_THROWS_AS((SpeadEncoder{layout, 72}), std::invalid_argument);
}

TEST_CASE("encoded counter packets have their fields", "[replay][packets][counter]") {
  Bytes data(4096, std::byte{9});
  Bytes packet;
  encode_counter(fast_profile(), {0x123456, 19, 1, data}, packet);
  REQUIRE(packet.size() == 4104);
  CHECK(Bytes(packet.begin(), packet.begin() + 8) == test::from_hex("ad 68 24 00 00 00 00 26"));
  CHECK(packet.back() == std::byte{9});

  const CounterProfile pbeam = pbeam_profile(6, 2, 24);
  data.resize(32);
  encode_counter(pbeam, {240, 3, 5, data}, packet);
  CHECK(Bytes(packet.begin(), packet.begin() + 18) ==
        test::from_hex("06 03 00 02 00 06 0018 0000 00000000000000f0"));
  data.resize(31);
  CHECK_THROWS_AS(encode_counter(pbeam, {240, 3, 5, data}, packet), std::invalid_argument);
}

TEST_CASE("sums are split into halves, and clipped", "[replay][packets]") {
  const std::vector<float> spectra{-256.0F, -300.0F, -5.0F, -4.0F, 3.0F,
                                   254.0F,  300.0F,  0.5F,  1.5F};
  std::vector<std::byte> data;
  pack_samples({SampleKind::i8, false, 2, true}, spectra, 9, 0, 9, data);
  CHECK(data == test::from_hex("8080 8080 fdfe fefe 0102 7f7f 7f7f 0000 0101"));
  pack_samples({SampleKind::u8, false, 3, false}, spectra, 9, 4, 3, data);
  CHECK(data == test::from_hex("030000 fe0000 ff0000"));
}

TEST_CASE("packed samples come back", "[replay][packets][property]") {
  std::mt19937 random{5};
  constexpr std::size_t samples = 6;
  constexpr std::size_t band = 10;
  for (const SampleKind kind : {SampleKind::u8, SampleKind::i8, SampleKind::f32}) {
    for (const std::size_t products : {1U, 2U, 4U}) {
      for (const bool sum_two : {false, true}) {
        for (const bool time_fastest : {false, true}) {
          if (sum_two && products == 1) continue;
          const PacketSamples layout{kind, time_fastest, products, sum_two, time_fastest};
          std::vector<float> spectra(samples * band);
          const int span = sum_two ? 511 : 256;
          const int least = kind == SampleKind::i8 ? (sum_two ? -256 : -128) : 0;
          for (float& value : spectra) {
            value = static_cast<float>(static_cast<int>(random() % static_cast<unsigned>(span)) +
                                       least);
            if (kind == SampleKind::f32) value += 0.125F;
          }
          std::vector<std::byte> data;
          pack_samples(layout, spectra, band, 3, 5, data);
          REQUIRE(data.size() == layout.bytes(samples, 5));
          for (const bool as_float : {false, true}) {
            const SampleFormat format = assembled_format(layout, as_float);
            const std::size_t stride = format.spectrum_bytes(band);
            std::vector<std::byte> out(samples * stride);
            write_samples(layout, data, samples, 5, format, out.data() + format.spectrum_bytes(3),
                          stride);
            for (std::size_t t = 0; t < samples; ++t) {
              for (std::size_t c = 3; c < 8; ++c) {
                REQUIRE(unpack_sample(std::span{out}.subspan(t * stride, stride), format, c) ==
                        spectra[t * band + c]);
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace draftstream
