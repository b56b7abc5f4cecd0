// The folder that a run's results go to.
#pragma once

#include <filesystem>
#include <string>

namespace draftstream {

/// Owns the folder for as long as it lives: no other run writes there.
class OutputFolder {
 public:
  /// Makes it if need be. Results of an earlier run there are going to be replaced; whatever else
  /// lies there is left alone.
  /// @throws TryAgain    if another run is writing there.
  /// @throws UsageError  if a file there is called as a result, but is none of ours.
  /// @throws std::system_error if it cannot be made.
  explicit OutputFolder(std::filesystem::path path);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path table() const { return path_ / "candidates.csv"; }
  [[nodiscard]] std::filesystem::path events() const { return path_ / "candidates.jsonl"; }
  [[nodiscard]] std::filesystem::path journal() const { return path_ / "journal.sqlite"; }
  [[nodiscard]] std::filesystem::path cutouts() const { return path_ / "cutouts.h5"; }
  [[nodiscard]] std::filesystem::path formats() const { return path_ / "formats"; }
  [[nodiscard]] std::filesystem::path dumps() const { return path_ / "dumps"; }
  [[nodiscard]] std::filesystem::path chunks() const { return path_ / "chunks"; }
  /// @param extension  Of pictures, without the dot.
  [[nodiscard]] std::filesystem::path overview(const std::string& extension) const {
    return path_ / ("overview." + extension);
  }
  [[nodiscard]] std::filesystem::path summary() const { return path_ / "summary.json"; }
  /// Whether an earlier run left results there.
  [[nodiscard]] bool replaces() const noexcept { return replaces_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool replaces_ = false;
};

/// The journal of an output folder that is given, or the journal itself if that is.
std::filesystem::path journal_in(const std::filesystem::path& given);

/// "<stem of the file>.draftstream", in the current folder.
std::filesystem::path default_folder(const std::string& first_file);

}  // namespace draftstream
