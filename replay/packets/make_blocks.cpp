#include "replay/packets/make_blocks.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "replay/packets/counter_encoder.hpp"
#include "replay/packets/pack_samples.hpp"
#include "replay/packets/spead_encoder.hpp"

namespace draftstream {
namespace {

// The same, since another moment. Version 1 does not say since when: its clock is of another rate.
ChimeEncoding strange(ChimeEncoding encoding) {
  if (encoding.version == 2) {
    ++encoding.fpga0_ns;
  } else {
    encoding.counts_per_sample = static_cast<std::uint16_t>(
        encoding.counts_per_sample == 1 ? 2 : encoding.counts_per_sample - 1);
  }
  return encoding;
}

class ChimeBlocks final : public BlockEncoder {
 public:
  ChimeBlocks(const ChimeEncoding& encoding, std::size_t packet_beams)
      : encoder_{encoding, packet_beams},
        stranger_{strange(encoding)},
        packet_beams_{packet_beams} {}

  [[nodiscard]] Grid grid() const noexcept override {
    const ChimeEncoding& encoding = encoder_.encoding();
    return {encoding.samples, encoding.channels(), encoding.coarse_channels, true, true, true};
  }

  void encode(std::uint64_t block, std::span<const BeamSpectra> beams,
              const SendCells& send) override {
    const ChimeEncoding& encoding = encoder_.encoding();
    for (std::size_t first = 0; first < beams.size(); first += packet_beams_) {
      const std::size_t count = std::min(packet_beams_, beams.size() - first);
      PacketCells cells{first, count, 0, 0};
      encoder_.encode(block, beams.subspan(first, count), [&](std::span<const std::byte> packet) {
        cells.groups =
            std::min(encoding.packet_coarse, encoding.coarse_channels - cells.first_group);
        const std::size_t data = count * cells.groups * encoding.up * encoding.samples;
        send(cells, packet.size() - data, packet);
        cells.first_group += cells.groups;
      });
    }
  }

  void encode_stranger(std::uint64_t block, const BeamSpectra& beam,
                       const SendDatagram& send) override {
    bool first = true;  // one packet of them
    stranger_.encode(block, {&beam, 1}, [&](std::span<const std::byte> packet) {
      if (first) send(packet);
      first = false;
    });
  }

  unsigned end(const SendDatagram& send) override {
    ChimeEncoder::end(send);
    return 5;
  }

  [[nodiscard]] SampleLoss loss() const noexcept override { return encoder_.loss(); }

 private:
  ChimeEncoder encoder_;
  ChimeEncoder stranger_;
  std::size_t packet_beams_;
};

class SpeadBlocks final : public BlockEncoder {
 public:
  SpeadBlocks(const SpeadOptions& layout, std::size_t packet_bytes, std::uint64_t phase)
      : layout_{layout},
        encoder_{layout, packet_bytes},
        packet_bytes_{packet_bytes},
        phase_{phase} {}

  [[nodiscard]] Grid grid() const noexcept override {
    const std::size_t channels = layout_.frequency.channels();
    return {layout_.heap_samples,
            channels,
            channels / layout_.heap_channels,
            layout_.samples.kind == SampleKind::f32,
            layout_.ticks_per_sample * layout_.heap_samples > 1,
            SpeadEncoder::header_bytes +
                    layout_.samples.bytes(layout_.heap_samples, layout_.heap_channels) <=
                packet_bytes_};
  }

  void encode(std::uint64_t block, std::span<const BeamSpectra> beams,
              const SendCells& send) override {
    for (std::size_t b = 0; b < beams.size(); ++b) {
      for (std::size_t group = 0; group < grid().groups; ++group) {
        const PacketCells cells{b, 1, group, 1};
        loss_ +=
            send_heap(timestamp(block), beams[b], group, [&](std::span<const std::byte> packet) {
              send(cells, SpeadEncoder::header_bytes, packet);
            });
      }
    }
  }

  void encode_stranger(std::uint64_t block, const BeamSpectra& beam,
                       const SendDatagram& send) override {
    (void)send_heap(timestamp(block) + 1, beam, 0, send);
  }

  unsigned end(const SendDatagram& send) override {
    encoder_.stop(send);
    return 1;
  }

  [[nodiscard]] SampleLoss loss() const noexcept override { return loss_; }

 private:
  [[nodiscard]] std::uint64_t timestamp(std::uint64_t block) const noexcept {
    return phase_ + block * layout_.ticks_per_sample * layout_.heap_samples;
  }

  SampleLoss send_heap(std::uint64_t timestamp, const BeamSpectra& beam, std::size_t group,
                       const SendDatagram& send) {
    const std::size_t first = group * layout_.heap_channels;
    const SampleLoss loss = pack_samples(layout_.samples, beam.spectra, grid().channels, first,
                                         layout_.heap_channels, data_);
    encoder_.encode(timestamp, beam.beam, first / layout_.channel_step, data_, send);
    return loss;
  }

  SpeadOptions layout_;
  SpeadEncoder encoder_;
  std::size_t packet_bytes_;
  std::uint64_t phase_;
  SampleLoss loss_;
  std::vector<std::byte> data_;
};

class CounterBlocks final : public BlockEncoder {
 public:
  CounterBlocks(const CounterProfile& profile, std::uint64_t phase)
      : profile_{profile}, phase_{phase} {}

  [[nodiscard]] Grid grid() const noexcept override {
    return {profile_.packet_samples,   profile_.groups * profile_.packet_channels,
            profile_.groups,           profile_.samples.kind == SampleKind::f32,
            profile_.counter_step > 1, true};
  }

  void encode(std::uint64_t block, std::span<const BeamSpectra> beams,
              const SendCells& send) override {
    for (std::size_t b = 0; b < beams.size(); ++b) {
      for (std::size_t group = 0; group < profile_.groups; ++group) {
        loss_ += make_packet(clock(block), beams[b], group);
        send({b, 1, group, 1}, profile_.header_bytes, packet_);
      }
    }
  }

  void encode_stranger(std::uint64_t block, const BeamSpectra& beam,
                       const SendDatagram& send) override {
    (void)make_packet(clock(block) + 1, beam, 0);
    send(packet_);
  }

  unsigned end(const SendDatagram& /*send*/) override { return 0; }

  [[nodiscard]] SampleLoss loss() const noexcept override { return loss_; }

 private:
  [[nodiscard]] std::uint64_t clock(std::uint64_t block) const noexcept {
    return phase_ + block * profile_.counter_step;
  }

  SampleLoss make_packet(std::uint64_t clock, const BeamSpectra& beam, std::size_t group) {
    const std::size_t channels = profile_.packet_channels;
    const SampleLoss loss = pack_samples(profile_.samples, beam.spectra, grid().channels,
                                         group * channels, channels, data_);
    encode_counter(profile_, {clock, beam.beam, group, data_}, packet_);
    return loss;
  }

  CounterProfile profile_;
  std::uint64_t phase_;
  SampleLoss loss_;
  std::vector<std::byte> data_;
  std::vector<std::byte> packet_;
};

}  // namespace

std::unique_ptr<BlockEncoder> make_chime_blocks(const ChimeEncoding& encoding,
                                                std::size_t packet_beams) {
  return std::make_unique<ChimeBlocks>(encoding, packet_beams);
}

std::unique_ptr<BlockEncoder> make_spead_blocks(const SpeadOptions& layout,
                                                std::size_t packet_bytes, std::uint64_t phase) {
  return std::make_unique<SpeadBlocks>(layout, packet_bytes, phase);
}

std::unique_ptr<BlockEncoder> make_counter_blocks(const CounterProfile& profile,
                                                  std::uint64_t phase) {
  return std::make_unique<CounterBlocks>(profile, phase);
}

}  // namespace draftstream
