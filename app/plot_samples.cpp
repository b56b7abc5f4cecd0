#include "app/plot_samples.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace draftstream {
namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;

// Spectra at once.
std::uint64_t piece_of(std::size_t spectrum_bytes) {
  return std::max<std::uint64_t>(1, piece_bytes / std::max<std::size_t>(1, spectrum_bytes));
}

class RecordedSamples final : public PlotSamples {
 public:
  explicit RecordedSamples(std::function<std::unique_ptr<Recording>()> open)
      : open_{std::move(open)} {}

  void read(const RingStretch& wanted, const Visit& visit) override {
    if (recording_ == nullptr) recording_ = open_();
    const Observation& seen = recording_->observation();
    const std::size_t stride = seen.spectrum_bytes();
    const std::uint64_t end = std::min(wanted.end, seen.samples.value_or(0));
    const std::uint64_t piece = piece_of(stride);
    for (std::uint64_t first = wanted.first; first < end; first += piece) {
      const auto samples = static_cast<std::size_t>(std::min(piece, end - first));
      bytes_.resize(samples * stride);
      recording_->read(first, bytes_);
      const std::vector<Gap> gaps = gaps_in(first, first + samples);
      visit(FilterbankChunk{first, samples, seen.frequency.channels(), seen.format, bytes_, gaps});
      recording_->forget_before(first + samples);
    }
  }

 private:
  [[nodiscard]] std::vector<Gap> gaps_in(std::uint64_t first, std::uint64_t end) const {
    std::vector<Gap> inside;
    for (const Gap& gap : recording_->gaps()) {
      const std::uint64_t from = std::max(first, gap.first);
      const std::uint64_t to = std::min(end, gap.end());
      if (from < to) inside.push_back({from, to - from, gap.fate});
    }
    return inside;
  }

  std::function<std::unique_ptr<Recording>()> open_;
  std::unique_ptr<Recording> recording_;  // null: not opened yet
  std::vector<std::byte> bytes_;
};

class RingSamples final : public PlotSamples {
 public:
  explicit RingSamples(SpectrumRing& ring) : ring_{ring} {}

  void read(const RingStretch& wanted, const Visit& visit) override {
    const std::uint64_t end = std::min(wanted.end, ring_.published());
    if (wanted.first >= end) return;
    const auto reader = ring_.attach(ReaderKind::opportunistic, wanted.first);
    SpectrumRing::Reader::View view;
    while (reader->cursor() < end) {
      const std::uint64_t left = end - reader->cursor();
      reader->read(std::min({left, piece_, ring_.capacity()}), view);
      if (view.samples == 0) return;  // everyone was told to stop
      piece_ = piece_of(view.bytes.size() / static_cast<std::size_t>(view.samples));
      reader->release(view.first + view.samples);
      visit(view.chunk());
    }
  }

 private:
  SpectrumRing& ring_;
  std::uint64_t piece_ = 64;  // until it is known what a spectrum takes
};

}  // namespace

std::unique_ptr<PlotSamples> make_recorded_samples(
    std::function<std::unique_ptr<Recording>()> open) {
  return std::make_unique<RecordedSamples>(std::move(open));
}

std::unique_ptr<PlotSamples> make_ring_samples(SpectrumRing& ring) {
  return std::make_unique<RingSamples>(ring);
}

}  // namespace draftstream
