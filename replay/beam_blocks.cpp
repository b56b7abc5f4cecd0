#include "replay/beam_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

std::string name_of(const Recording& recording) {
  return recording.files().empty() ? "recording" : recording.files().front().path;
}

// Packets have one clock and one band for all beams.
void check_alike(const Recording& first, const Recording& other) {
  const Observation& a = first.observation();
  const Observation& b = other.observation();
  if (a.frequency.channels() != b.frequency.channels() ||
      a.frequency.first() != b.frequency.first() || a.frequency.step() != b.frequency.step()) {
    throw InputError(
        name_of(other),
        fmt::format("{} channels from {} MHz in steps of {} MHz", b.frequency.channels(),
                    b.frequency.first().value(), b.frequency.step().value()),
        fmt::format("{} from {} MHz in steps of {} MHz, as in {}", a.frequency.channels(),
                    a.frequency.first().value(), a.frequency.step().value(), name_of(first)));
  }
  if (a.time.sample_time != b.time.sample_time) {
    throw InputError(name_of(other), fmt::format("samples of {} s", b.time.sample_time.value()),
                     fmt::format("{} s, as in {}", a.time.sample_time.value(), name_of(first)));
  }
}

}  // namespace

BeamBlocks::BeamBlocks(std::vector<std::unique_ptr<Recording>> recordings) {
  const Recording* earliest = recordings.front().get();
  for (const auto& recording : recordings) {
    check_alike(*recordings.front(), *recording);
    const Seconds later = recording->observation().time.start - earliest->observation().time.start;
    if (later < Seconds{0.0}) earliest = recording.get();
  }
  observation_ = recordings.front()->observation();
  observation_.time.start = earliest->observation().time.start;
  std::uint64_t end = 0;
  for (auto& recording : recordings) {
    const Observation& seen = recording->observation();
    for (const std::string& warning : recording->warnings()) warnings_.push_back(warning);
    const double steps =
        (seen.time.start - observation_.time.start) / observation_.time.sample_time;
    const double whole = std::round(steps);
    if (std::abs(steps - whole) > 1e-3) {
      warnings_.push_back(fmt::format(
          "{}: begins {:.3g} of a sample off the grid of the other beams, and is sent on it",
          name_of(*recording), steps - whole));
    }
    const auto offset = static_cast<std::uint64_t>(whole);
    end = std::max(end, offset + *seen.samples);
    numbers_.push_back(static_cast<std::uint64_t>(std::max(0, seen.beam.value_or(0))));
    beams_.push_back({std::move(recording), offset, 0, {}});
  }
  observation_.samples = end;
}

std::span<const float> BeamBlocks::spectra(std::size_t beam) const noexcept {
  return beams_[beam].spectra;
}

void BeamBlocks::read(std::uint64_t first, std::uint64_t count, bool turned) {
  for (Beam& beam : beams_) read_beam(beam, first, count, turned);
}

void BeamBlocks::read_beam(Beam& beam, std::uint64_t first, std::uint64_t count, bool turned) {
  const std::size_t channels = observation_.frequency.channels();
  const Observation& seen = beam.recording->observation();
  beam.spectra.assign(static_cast<std::size_t>(count) * channels,
                      std::numeric_limits<float>::quiet_NaN());
  // From here on in samples of the beam's own recording.
  const std::uint64_t begin = std::max(first, beam.offset);
  const std::uint64_t end = std::min(first + count, beam.offset + *seen.samples);
  beam.valid = 0;
  if (begin >= end) return;
  const std::size_t bytes = seen.spectrum_bytes();
  stored_.resize(static_cast<std::size_t>(end - begin) * bytes);
  beam.recording->read(begin - beam.offset, stored_);
  for (std::uint64_t t = begin; t < end; ++t) {
    const std::uint64_t own = t - beam.offset;
    const auto gaps = beam.recording->gaps();
    const auto gap = std::upper_bound(gaps.begin(), gaps.end(), own,
                                      [](std::uint64_t at, const Gap& g) { return at < g.end(); });
    if (gap != gaps.end() && gap->first <= own) continue;
    ++beam.valid;
    const std::span<float> row{beam.spectra.data() + static_cast<std::size_t>(t - first) * channels,
                               channels};
    const auto at = static_cast<std::size_t>(t - begin) * bytes;
    unpack_spectrum(std::span{stored_}.subspan(at, bytes), seen.format, row);
    if (turned) std::reverse(row.begin(), row.end());
  }
  beam.recording->forget_before(end - beam.offset);
}

}  // namespace draftstream
