#include "ingest/packets/spead_stream.hpp"

#include <stdexcept>
#include <utility>

#include "ingest/packets/spead_heaps.hpp"
#include "ingest/packets/stream_beams.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t stop = 2;                       // value of the stream control item
constexpr std::uint64_t beside_data = 64ULL * 1024ULL;  // bytes of descriptors a heap may hold

// What is of interest of a heap.
struct HeapUnit {
  std::uint64_t timestamp = 0;
  std::uint64_t beam = 0;
  std::uint64_t first_channel = 0;
  std::span<const std::byte> data;
  std::vector<std::byte> own_data;  // of units that were put aside; `data` refers to it
};

class SpeadStream final : public PacketFormat {
 public:
  explicit SpeadStream(const SpeadOptions& options)
      : options_{options},
        data_bytes_{options.samples.bytes(options.heap_samples, options.heap_channels)},
        beams_{options.beams},
        heaps_{{options.partial_heaps, data_bytes_ + beside_data}} {
    const std::size_t channels = options.frequency.channels();
    if (data_bytes_ == 0 || channels == 0 || channels % options.heap_channels != 0 ||
        options.channel_step == 0 || options.ticks_per_sample == 0) {
      throw std::invalid_argument(
          "make_spead_stream: a count of 0, or heaps that do not divide the band");
    }
  }

  std::variant<Datagram, Refused> look(std::span<const std::byte> datagram) override {
    const auto parsed = parse_spead(datagram);
    if (const auto* refused = std::get_if<Refused>(&parsed)) return *refused;
    const auto& packet = std::get<SpeadPacket>(parsed);
    if (packet.stream_control == stop) return Datagram::end;
    const auto added = heaps_.add(packet);
    if (const auto* refused = std::get_if<Refused>(&added)) return *refused;
    switch (std::get<SpeadHeaps::Added>(added)) {
      case SpeadHeaps::Added::piece:
        return Datagram::piece;
      case SpeadHeaps::Added::duplicate:
        return Datagram::duplicate;
      case SpeadHeaps::Added::complete:
        break;
    }
    return read_heap(heaps_.completed());
  }

  [[nodiscard]] StreamShape shape() const noexcept override {
    const std::uint64_t ticks = ticks_per_block();
    return {options_.sync_ns, ticks, unit_.timestamp % ticks, options_.heap_samples,
            options_.heap_channels};
  }

  [[nodiscard]] std::uint64_t block() const noexcept override {
    return unit_.timestamp / ticks_per_block();
  }

  StreamStart begin() override {
    beams_.begin({&unit_.beam, 1});
    const TimeAxis time{
        after_ticks(from_unix_ns(options_.sync_ns), unit_.timestamp, options_.clock),
        duration(options_.ticks_per_sample, options_.clock)};
    return start_of_cells(beams_, options_.frequency, time, options_.samples, options_.as_float,
                          options_.heap_channels, options_.heap_samples);
  }

  std::uint64_t put(AssemblyWindow& window) const noexcept override {
    const auto beam = beams_.index_of(unit_.beam);
    if (!beam) return 1;
    if (std::byte* const out = window.place(*beam, unit_.first_channel / options_.heap_channels)) {
      write_samples(options_.samples, unit_.data, options_.heap_samples, options_.heap_channels,
                    window.grid().format, out, window.grid().spectrum_bytes());
    }
    return 0;
  }

  void drop_pieces() override { heaps_.clear(); }
  [[nodiscard]] std::uint64_t incomplete_units() const noexcept override {
    return heaps_.incomplete();
  }

  void keep() override {
    HeapUnit& kept = kept_.add();
    kept.timestamp = unit_.timestamp;
    kept.beam = unit_.beam;
    kept.first_channel = unit_.first_channel;
    kept.own_data.assign(unit_.data.begin(), unit_.data.end());
  }
  bool take_kept() override {
    if (!kept_.take(unit_)) return false;
    unit_.data = unit_.own_data;
    return true;
  }
  void drop_kept() noexcept override { kept_.drop(); }

 private:
  [[nodiscard]] std::uint64_t ticks_per_block() const noexcept {
    return options_.ticks_per_sample * options_.heap_samples;
  }

  std::variant<Datagram, Refused> read_heap(const SpeadHeap& heap) {
    const auto data = heap.addressed(options_.data_id);
    const auto timestamp = heap.immediate(options_.timestamp_id);
    if (!data && (heap.has(spead_id::descriptor) || heap.has(spead_id::stream_control))) {
      return Datagram::control;
    }
    if (!data) return Refused{PacketFault::missing_item, 0, heap.items(), options_.data_id};
    if (!timestamp) {
      return Refused{PacketFault::missing_item, 0, heap.items(), options_.timestamp_id};
    }
    if (data->size() != data_bytes_) {
      return Refused{PacketFault::wrong_size, 0, data->size(), data_bytes_};
    }
    const std::uint64_t item = heap.immediate(options_.channel_id).value_or(0);
    const std::size_t channels = options_.frequency.channels();
    // Divided, as a product could overflow.
    if (item > (channels - 1) / options_.channel_step ||
        item * options_.channel_step % options_.heap_channels != 0) {
      return Refused{PacketFault::outside_band, 0, item, channels / options_.channel_step};
    }
    unit_.timestamp = *timestamp;
    unit_.beam = heap.immediate(options_.beam_id).value_or(0);
    unit_.first_channel = item * options_.channel_step;
    unit_.data = *data;
    return Datagram::unit;
  }

  const SpeadOptions options_;
  const std::size_t data_bytes_;
  StreamBeams beams_;
  SpeadHeaps heaps_;
  HeapUnit unit_;
  KeptUnits<HeapUnit> kept_;
};

}  // namespace

std::unique_ptr<PacketFormat> make_spead_stream(const SpeadOptions& options) {
  return std::make_unique<SpeadStream>(options);
}

}  // namespace draftstream
