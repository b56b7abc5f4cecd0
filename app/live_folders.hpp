// The folders of a live run, which may bring several observations.
#pragma once

#include <filesystem>
#include <memory>

#include "app/output_folder.hpp"

namespace draftstream {

/// The first observation goes to the folder itself, later ones to obs_0002, obs_0003 ... in it. A
/// stream cannot be searched again, so nothing that is there is replaced: where the folder has
/// results already, as after a restart, the first observation gets a number, too, and numbers that
/// are taken are passed over.
class LiveFolders {
 public:
  /// Makes the folder, and keeps other runs out of it.
  /// @throws as OutputFolder.
  explicit LiveFolders(const std::filesystem::path& path) : top_{path} {}

  /// The folder itself.
  [[nodiscard]] const OutputFolder& top() const noexcept { return top_; }

  /// Of the next observation; stays until the one after it is asked for.
  /// @throws as OutputFolder.
  const OutputFolder& next();

 private:
  OutputFolder top_;
  std::unique_ptr<OutputFolder> inside_;
  unsigned number_ = 0;  // of the last observation
};

/// "live-20230225T000006.draftstream", by the clock, in the current folder.
std::filesystem::path default_live_folder();

}  // namespace draftstream
