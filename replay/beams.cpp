#include "replay/beams.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/errors.hpp"
#include "replay/joined_recording.hpp"

namespace draftstream {
namespace {

using Parts = std::vector<std::unique_ptr<Recording>>;

/// A recording taken for one of a certain beam.
class OfBeam final : public Recording {
 public:
  OfBeam(std::unique_ptr<Recording> recording, int beam)
      : recording_{std::move(recording)},
        observation_{recording_->observation()},
        warnings_(recording_->warnings().begin(), recording_->warnings().end()) {
    if (observation_.beam && *observation_.beam != beam) {
      warnings_.push_back(fmt::format("{}: beam {} by its header; taken for beam {} as told.",
                                      files().front().path, *observation_.beam, beam));
    }
    observation_.beam = beam;
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return recording_->gaps(); }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override {
    return warnings_;
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override {
    return recording_->files();
  }
  void read(std::uint64_t first, std::span<std::byte> out) override {
    recording_->read(first, out);
  }
  void forget_before(std::uint64_t sample) override { recording_->forget_before(sample); }

 private:
  std::unique_ptr<Recording> recording_;
  Observation observation_;
  std::vector<std::string> warnings_;
};

const std::string& name_of(const Recording& recording) {
  return recording.files().front().path;
}

std::vector<int> known_beams(const Parts& parts) {
  std::vector<int> known;
  for (const auto& part : parts) {
    if (part->observation().beam) known.push_back(*part->observation().beam);
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

// Within a beam, joining them would tell.
void check_not_the_same_file(const Recording& a, const Recording& b) {
  std::error_code ignored;  // a file that vanished is found out when it is read
  if (std::filesystem::equivalent(name_of(a), name_of(b), ignored)) {
    throw InputError(name_of(a),
                     fmt::format("the same file for beam {} and beam {}", *b.observation().beam,
                                 *a.observation().beam),
                     "each file once");
  }
}

std::map<int, Parts> by_beam(Parts parts, const std::vector<int>& known) {
  std::map<int, Parts> beams;
  for (auto& part : parts) {
    if (!part->observation().beam) {
      throw InputError(name_of(*part), "no beam in its header",
                       fmt::format("one, as other files are of beams {}; --beam N:FILE tells it",
                                   fmt::join(known, ", ")));
    }
    for (const auto& [beam, others] : beams) {
      if (beam == *part->observation().beam) continue;
      for (const auto& other : others) check_not_the_same_file(*part, *other);
    }
    beams[*part->observation().beam].push_back(std::move(part));
  }
  return beams;
}

void check_comparable(const Parts& beams) {
  const Observation& first = beams.front()->observation();
  Megahertz top = first.frequency.highest();
  Megahertz bottom = first.frequency.lowest();
  for (const auto& beam : beams) {
    const Observation& seen = beam->observation();
    const Seconds apart = seen.time.start - first.time.start;
    if (std::abs(apart.value()) > longest_pause_s) {
      throw InputError(name_of(*beam), "a start at MJD " + format_mjd(seen.time.start),
                       fmt::format("one within a day of MJD {}, where beam {} begins",
                                   format_mjd(first.time.start), *first.beam));
    }
    const Megahertz highest = seen.frequency.highest();
    const Megahertz lowest = seen.frequency.lowest();
    if (highest < bottom || lowest > top) {
      throw InputError(name_of(*beam),
                       fmt::format("channels from {} to {} MHz", lowest.value(), highest.value()),
                       fmt::format("some between {} and {} MHz, which the beams before have",
                                   bottom.value(), top.value()));
    }
    top = std::min(top, highest);
    bottom = std::max(bottom, lowest);
  }
}

// All of one beam, or some of each of several.
Parts join_by_beam(Parts parts) {
  const auto join = [](Parts of_beam) {
    return of_beam.size() == 1 ? std::move(of_beam.front()) : join_recordings(std::move(of_beam));
  };
  Parts beams;
  const std::vector<int> known = known_beams(parts);
  if (known.size() < 2) {
    beams.push_back(join(std::move(parts)));
    if (!known.empty() && !beams.front()->observation().beam) {  // named by a later file only
      beams.front() = std::make_unique<OfBeam>(std::move(beams.front()), known.front());
    }
    return beams;
  }
  for (auto& [beam, of_beam] : by_beam(std::move(parts), known)) {
    beams.push_back(join(std::move(of_beam)));
  }
  check_comparable(beams);
  return beams;
}

std::unique_ptr<Recording> open_file(const BeamFile& file, const OpenOptions& options) {
  auto recording = open_recording(file.path, options);
  if (!file.beam) return recording;
  return std::make_unique<OfBeam>(std::move(recording), *file.beam);
}

}  // namespace

std::vector<std::unique_ptr<Recording>> open_beams(std::span<const BeamFile> files,
                                                   const OpenOptions& options,
                                                   std::vector<RefusedFile>* refused) {
  if (files.empty()) throw std::invalid_argument("open_beams: no file");
  Parts parts;
  const auto refuse = [&](const BeamFile& file) {
    if (refused == nullptr) throw;
    refused->push_back({file, std::current_exception()});
  };
  for (const BeamFile& file : files) {
    try {
      parts.push_back(open_file(file, options));
    } catch (const InputError&) {
      refuse(file);
    } catch (const MissingInput&) {
      refuse(file);
    }
  }
  if (parts.empty()) std::rethrow_exception(refused->front().error);
  return join_by_beam(std::move(parts));
}

}  // namespace draftstream
