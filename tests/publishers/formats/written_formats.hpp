// Beams whose candidates are written in formats of other programs, and what then is in the files.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/dm_plan.hpp"
#include "publishers/formats/format_files.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream::test {

inline constexpr DmRange searched_dms{DispersionMeasure{0.0}, DispersionMeasure{2000.0}, 1.25};

inline FormatBeam sample_beam() {
  return {sample_observation(), "parkes-obs", {"/data/night,1.fil"}, searched_dms};
}

inline FormatBeam stream_beam() {
  FormatBeam beam = sample_beam();
  beam.files.clear();
  beam.observation.samples.reset();
  beam.observation.beam.reset();
  return beam;
}

/// In the recording of sample_beam(), chunks of 1000 samples.
inline void write(FormatFiles& files, const Event& event, std::size_t beam = 0) {
  FoundCandidate found{event, beam};
  found.file = "/data/night,1.fil";
  found.chunk = event.time.sample_index / 1000;
  found.chunk_first = found.chunk * 1000;
  files.write(found);
}

/// All files below, as paths relative to it, in order.
inline std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> all;
  if (!std::filesystem::exists(folder)) return all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    all.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// One format in a folder of its own.
struct Written {
  explicit Written(CandidateFormat format, std::vector<FormatBeam> beams = {sample_beam()})
      : files{folder.path(), std::vector{format}, beams},
        own{std::filesystem::path{folder.path()} / name(format)} {}

  TemporaryFolder folder;
  FormatFiles files;
  std::filesystem::path own;
};

}  // namespace draftstream::test
