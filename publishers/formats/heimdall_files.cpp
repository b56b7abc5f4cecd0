// heimdall's candidates: <UTC of the start>_<number of the beam>.cand, one file a beam.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "publishers/append_file.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

// "2018-04-17-13:18:31".
std::string stamp(const UtcInstant& start) {
  std::string text = format_iso8601(start).substr(0, 19);
  std::ranges::replace(text, 'T', '-');
  return text;
}

// heimdall counts beams from 0 and adds 1, where headers count from 1; ours are as in the header.
int added_to_beams(const std::vector<FormatBeam>& beams) {
  const bool from_one = std::ranges::all_of(
      beams, [](const FormatBeam& beam) { return beam.observation.beam.value_or(0) > 0; });
  return from_one ? 0 : 1;
}

std::vector<DispersionMeasure> trials_of(const FormatBeam& beam) {
  std::vector<DispersionMeasure> trials{beam.trials.min};
  TrialSpacing{beam.observation.frequency, beam.observation.time.sample_time, beam.trials}.extend(
      trials, beam.trials.max);
  return trials;
}

// @param trials  Rising, at least one.
std::size_t nearest(const std::vector<DispersionMeasure>& trials, DispersionMeasure dm) {
  const auto above = std::ranges::lower_bound(trials, dm);
  if (above == trials.begin()) return 0;
  const auto index = static_cast<std::size_t>(above - trials.begin());
  if (above == trials.end()) return index - 1;
  return dm - trials[index - 1] <= *above - dm ? index - 1 : index;
}

// heimdall's boxcars are powers of 2.
int filter_of(std::uint32_t boxcar_samples) {
  return static_cast<int>(std::lround(std::log2(boxcar_samples)));
}

/// @source Pipeline/pipeline.cpp of heimdall: nine columns, each followed by a tab.
class HeimdallFiles : public FormatWriter {
 public:
  HeimdallFiles(const std::filesystem::path& folder, const std::vector<FormatBeam>& beams) {
    const int added = added_to_beams(beams);
    for (const FormatBeam& beam : beams) {
      const int number = beam.observation.beam.value_or(0) + added;
      const std::string name =
          fmt::format("{}_{:02d}.cand", stamp(beam.observation.time.start), number);
      beams_.emplace_back(folder / name, trials_of(beam), beam.observation.time.sample_time);
    }
  }

  void write(const FoundCandidate& found) override {
    Beam& beam = beams_[found.beam];
    const EventSignal& signal = found.event.signal;
    const std::uint64_t sample = found.event.time.sample_index;
    const std::uint64_t first = sample - std::min<std::uint64_t>(sample, signal.width_samples / 2);
    const double time_s = (static_cast<double>(sample) * beam.sample_time).value();
    const DispersionMeasure dm{found.event.dm.value_pc_cm3};
    beam.file.append(fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t\n", signal.snr, sample,
                                 time_s, filter_of(signal.width_samples), nearest(beam.trials, dm),
                                 dm.value(), signal.members, first,
                                 first + signal.width_samples - 1));
  }

 private:
  struct Beam {
    Beam(const std::filesystem::path& path, std::vector<DispersionMeasure> all, Seconds sample)
        : file{path, Existing::replace}, trials{std::move(all)}, sample_time{sample} {}

    AppendFile file;
    std::vector<DispersionMeasure> trials;
    Seconds sample_time;
  };

  std::deque<Beam> beams_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_heimdall_writer(const std::filesystem::path& folder,
                                                   const std::vector<FormatBeam>& beams) {
  return std::make_unique<HeimdallFiles>(folder, beams);
}

}  // namespace draftstream
