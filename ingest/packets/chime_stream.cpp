#include "ingest/packets/chime_stream.hpp"

#include <stdexcept>

#include "ingest/packets/stream_beams.hpp"

namespace draftstream {
namespace {

class ChimeStream final : public DatagramFormat {
 public:
  explicit ChimeStream(const ChimeOptions& options)
      : options_{options}, beams_{{options.beams.begin(), options.beams.end()}} {
    const bool band = options.top > options.bottom && options.bottom >= Megahertz{0.0};
    if (options.coarse_channels == 0 || options.coarse_channels > 65'536 || !band ||
        (options.format != float_samples && options.format != SampleFormat{})) {
      throw std::invalid_argument("make_chime_stream: no band, or another format than u8 or f32");
    }
  }

  std::variant<Datagram, Refused> look(std::span<const std::byte> datagram) override {
    const auto parsed = parse_chime(datagram, options_.coarse_channels);
    if (const auto* refused = std::get_if<Refused>(&parsed)) return *refused;
    if (std::holds_alternative<ChimeEnd>(parsed)) return Datagram::end;
    note_unit(datagram);
    packet_ = std::get<ChimePacket>(parsed);
    return Datagram::unit;
  }

  [[nodiscard]] StreamShape shape() const noexcept override {
    return {epoch(), packet_.counts_per_sample * packet_.samples, 0, packet_.samples, packet_.up};
  }

  [[nodiscard]] std::uint64_t block() const noexcept override {
    return packet_.fpga_count / (packet_.counts_per_sample * packet_.samples);
  }

  StreamStart begin() override {
    std::vector<std::uint64_t> ids;
    for (std::size_t beam = 0; beam < packet_.beams; ++beam) ids.push_back(packet_.beam_id(beam));
    beams_.begin(ids);
    StreamStart start;
    start.grid = {beams_.count(), options_.coarse_channels, packet_.up, packet_.samples,
                  options_.format};
    const auto channels = static_cast<double>(start.grid.channels());
    const Megahertz step = (1.0 / channels) * (options_.bottom - options_.top);
    Observation observation;
    observation.frequency = {options_.top + 0.5 * step, step, start.grid.channels()};
    observation.time.sample_time = duration(packet_.counts_per_sample, options_.clock);
    const bool known = packet_.fpga0_ns.has_value() || options_.frame0_ns.has_value();
    observation.time.start = after_ticks(known ? from_unix_ns(epoch()) : UtcInstant{},
                                         packet_.fpga_count, options_.clock);
    observation.format = options_.format;
    observation.stored_bits = 8;
    start.beams = beams_.headers(observation);
    return start;
  }

  std::uint64_t put(AssemblyWindow& window) const noexcept override {
    std::uint64_t elsewhere = 0;
    for (std::size_t b = 0; b < packet_.beams; ++b) {
      const auto beam = beams_.index_of(packet_.beam_id(b));
      if (!beam) {
        elsewhere += packet_.coarse;
        continue;
      }
      for (std::size_t c = 0; c < packet_.coarse; ++c) {
        if (std::byte* const out = window.place(*beam, packet_.coarse_id(c))) {
          write_chime_cell(packet_.cell(b, c), packet_.up, packet_.scale(b, c),
                           packet_.offset(b, c), options_.up_ascending, options_.format, out,
                           window.grid().spectrum_bytes());
        }
      }
    }
    return elsewhere;
  }

 private:
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return packet_.fpga0_ns.value_or(options_.frame0_ns.value_or(0));
  }

  const ChimeOptions options_;
  StreamBeams beams_;
  ChimePacket packet_;
};

}  // namespace

std::unique_ptr<PacketFormat> make_chime_stream(const ChimeOptions& options) {
  return std::make_unique<ChimeStream>(options);
}

}  // namespace draftstream
