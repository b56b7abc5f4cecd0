#include "replay/joined_recording.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Two doubles of MJD days, each rounded to 0.6 us, differ by this much from the true difference.
constexpr double start_resolution_s = 0.7e-6;

const std::string& name_of(const Recording& part) {
  return part.files().front().path;
}

[[noreturn]] void refuse(const Recording& part, const std::string& found,
                         const std::string& expected, const Recording& reference) {
  throw InputError(name_of(part), found, fmt::format("{} as in {}", expected, name_of(reference)));
}

void check_same_band(const Recording& part, const Recording& reference) {
  const FrequencyAxis& ours = part.observation().frequency;
  const FrequencyAxis& theirs = reference.observation().frequency;
  if (ours.channels() != theirs.channels()) {
    refuse(part, fmt::format("{} channels", ours.channels()), fmt::format("{}", theirs.channels()),
           reference);
  }
  // Formats store frequencies differently, but never a hundredth of a channel apart.
  const double tolerance_mhz = 0.01 * theirs.channel_width().value();
  for (std::size_t c = 0; c < ours.channels(); ++c) {
    if (std::abs((ours.centre(c) - theirs.centre(c)).value()) > tolerance_mhz) {
      refuse(part, fmt::format("channel {} at {} MHz", c, ours.centre(c).value()),
             fmt::format("{} MHz", theirs.centre(c).value()), reference);
    }
  }
}

void check_same_kind(const Recording& part, const Recording& reference) {
  check_same_band(part, reference);
  const Observation& ours = part.observation();
  const Observation& theirs = reference.observation();
  // They may differ by rounding, but not so much that half a sample is lost within one file.
  const double drift_samples =
      std::abs(ours.time.sample_time / theirs.time.sample_time - 1.0) *
      static_cast<double>(std::max(ours.samples.value_or(0), theirs.samples.value_or(0)));
  if (!(drift_samples < 0.5)) {
    refuse(part, fmt::format("a sampling time of {} s", ours.time.sample_time.value()),
           fmt::format("{} s", theirs.time.sample_time.value()), reference);
  }
  if (ours.format != theirs.format) {
    refuse(part, describe(ours.format) + " samples", describe(theirs.format), reference);
  }
  if (ours.stored_pols != theirs.stored_pols) {
    refuse(part, fmt::format("{} polarisations", ours.stored_pols),
           fmt::format("{}", theirs.stored_pols), reference);
  }
  if (ours.beam && theirs.beam && ours.beam != theirs.beam) {
    refuse(part, fmt::format("beam {}", *ours.beam), fmt::format("{}", *theirs.beam), reference);
  }
}

void check_not_the_same_file(const std::vector<std::unique_ptr<Recording>>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      std::error_code ignored;  // a file that vanished is found out when it is read
      if (std::filesystem::equivalent(name_of(*parts[i]), name_of(*parts[j]), ignored)) {
        throw InputError(name_of(*parts[i]), "the same file twice", "each file once");
      }
    }
  }
}

class JoinedRecording final : public Recording {
 public:
  explicit JoinedRecording(std::vector<std::unique_ptr<Recording>> parts)
      : parts_{std::move(parts)} {
    check_not_the_same_file(parts_);
    std::ranges::stable_sort(parts_, [](const auto& a, const auto& b) {
      return (a->observation().time.start - b->observation().time.start).value() < 0.0;
    });
    const Recording& reference = *parts_.front();
    observation_ = reference.observation();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (i > 0) check_same_kind(*parts_[i], reference);
      append(i);
    }
    observation_.samples = end_;
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return gaps_; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override {
    return warnings_;
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return files_; }

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::size_t spectrum = observation_.spectrum_bytes();
    const std::uint64_t count = out.size() / spectrum;
    if (count * spectrum != out.size()) {
      throw std::invalid_argument("Recording::read: the buffer does not hold whole spectra");
    }
    if (first > end_ || count > end_ - first) {
      throw std::out_of_range(
          fmt::format("Recording::read: spectra {} to {} of {}", first, first + count, end_));
    }
    for (std::uint64_t at = first; at < first + count;) {
      const std::size_t i = part_before(at);
      const std::uint64_t inside = at - starts_[i];
      const std::uint64_t left_here = samples_of(i) - std::min(inside, samples_of(i));
      const std::uint64_t next = i + 1 < starts_.size() ? starts_[i + 1] : end_;
      const std::uint64_t until = std::min(first + count, left_here > 0 ? at + left_here : next);
      const auto piece = out.subspan((at - first) * spectrum, (until - at) * spectrum);
      if (left_here > 0) {
        parts_[i]->read(inside, piece);
      } else {
        std::ranges::fill(piece, std::byte{0});  // between two files
      }
      at = until;
    }
  }

  void forget_before(std::uint64_t sample) override {
    for (std::size_t i = 0; i < parts_.size() && starts_[i] < sample; ++i) {
      const std::uint64_t inside = std::min(sample - starts_[i], samples_of(i));
      parts_[i]->forget_before(inside);
    }
  }

 private:
  [[nodiscard]] std::uint64_t samples_of(std::size_t part) const {
    return parts_[part]->observation().samples.value_or(0);
  }

  // The last part that begins at or before `sample`.
  [[nodiscard]] std::size_t part_before(std::uint64_t sample) const {
    const auto after = std::ranges::upper_bound(starts_, sample);
    return static_cast<std::size_t>(after - starts_.begin()) - 1;
  }

  // Where part i begins, as a sample of the whole. Neighbours are compared with each other, so that
  // clocks that drift against the nominal sampling time do not add up to gaps or overlaps.
  [[nodiscard]] std::uint64_t place(std::size_t i) const {
    const Recording& before = *parts_[i - 1];
    const double sample_time_s = observation_.time.sample_time.value();
    const double tolerance = std::max(0.5, start_resolution_s / sample_time_s);
    const UtcInstant start = parts_[i]->observation().time.start;
    const UtcInstant end_before =
        before.observation().time.instant(static_cast<double>(samples_of(i - 1)));
    const double pause_s = (start - end_before).value();
    const double pause = pause_s / sample_time_s;
    if (pause < -tolerance) {
      throw InputError(name_of(*parts_[i]),
                       fmt::format("a start at MJD {}, {:.6f} s before the end of {}",
                                   format_mjd(start), -pause_s, name_of(before)),
                       fmt::format("MJD {} or later", format_mjd(end_before)));
    }
    if (pause_s > longest_pause_s) {
      throw InputError(name_of(*parts_[i]),
                       fmt::format("a start at MJD {}, {:.0f} s after the end of {}",
                                   format_mjd(start), pause_s, name_of(before)),
                       fmt::format("at most {:.0f} s within one observation", longest_pause_s));
    }
    if (pause <= tolerance) return end_;
    const double index = (start - observation_.time.start) / observation_.time.sample_time;
    return std::max(end_ + 1, static_cast<std::uint64_t>(std::llround(index)));
  }

  void append(std::size_t i) {
    const Recording& part = *parts_[i];
    const std::uint64_t start = i == 0 ? 0 : place(i);
    if (start > end_) gaps_.push_back({end_, start - end_, Fate::missing});
    for (Gap gap : part.gaps()) {
      gap.first += start;
      gaps_.push_back(gap);
    }
    for (RecordedFile file : part.files()) {
      file.first += start;
      files_.push_back(std::move(file));
    }
    for (const std::string& warning : part.warnings()) warnings_.push_back(warning);
    if (part.observation().source_name != observation_.source_name) {
      warnings_.push_back(fmt::format("{}: source '{}', but '{}' in {}; the first is used.",
                                      name_of(part), part.observation().source_name,
                                      observation_.source_name, name_of(*parts_.front())));
    }
    starts_.push_back(start);
    end_ = start + samples_of(i);
  }

  std::vector<std::unique_ptr<Recording>> parts_;  // by start time
  std::vector<std::uint64_t> starts_;              // the sample each part begins at
  std::uint64_t end_ = 0;
  Observation observation_;
  std::vector<Gap> gaps_;
  std::vector<std::string> warnings_;
  std::vector<RecordedFile> files_;
};

}  // namespace

std::unique_ptr<Recording> join_recordings(std::vector<std::unique_ptr<Recording>> parts) {
  if (parts.empty()) throw std::invalid_argument("join_recordings: nothing to join");
  return std::make_unique<JoinedRecording>(std::move(parts));
}

}  // namespace draftstream
