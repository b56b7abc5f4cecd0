// The files of a run in the formats of other programs.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "publishers/formats/candidate_format.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {

/// Writes each candidate in each of the formats that were asked for, in a folder called like the
/// format. Injected bursts are passed over where a format cannot say that they are none of the sky.
///
/// Threads: one at a time per object.
class FormatFiles {
 public:
  /// Removes files of all formats that an earlier run left there; others are left alone.
  /// @param folder   Made if there is a format.
  /// @param formats  Each counts once.
  /// @param beams    At least one.
  /// @throws std::runtime_error naming what cannot be removed or made.
  FormatFiles(const std::filesystem::path& folder, std::span<const CandidateFormat> formats,
              const std::vector<FormatBeam>& beams);

  /// @throws std::runtime_error naming the file, if it cannot be written.
  void write(const FoundCandidate& found);

 private:
  std::vector<std::pair<CandidateFormat, std::unique_ptr<FormatWriter>>> writers_;
};

}  // namespace draftstream
