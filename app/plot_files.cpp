#include "app/plot_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace draftstream {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> folders{plot_folder::dispersed, plot_folder::dedispersed,
                                                  plot_folder::patches, plot_folder::composite,
                                                  plot_folder::detections};

bool is_picture(const fs::path& file) {
  constexpr std::array<std::string_view, 3> extensions{".png", ".pdf", ".svg"};
  return fs::is_regular_file(file) &&
         std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

bool is_chunk(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return fs::is_directory(folder) && name.size() > 5 && name.starts_with("chunk") &&
         name.find_first_not_of("0123456789", 5) == std::string::npos;
}

// A copy: what is removed would disturb the walk.
std::vector<fs::path> inside(const fs::path& folder) {
  std::vector<fs::path> all;
  if (!fs::is_directory(folder)) return all;
  for (const auto& entry : fs::directory_iterator{folder}) all.push_back(entry.path());
  return all;
}

void remove_if_empty(const fs::path& folder) {
  if (fs::is_directory(folder) && fs::is_empty(folder)) fs::remove(folder);
}

}  // namespace

std::string slice_name(const std::string& stem, unsigned slice) {
  return fmt::format("{}_slice{:03}_band0", stem, slice);
}

fs::path plot_file(const fs::path& chunks, std::uint64_t chunk, std::string_view folder,
                   const std::string& name, const std::string& extension) {
  const fs::path place = chunks / fmt::format("chunk{:03}", chunk) / folder;
  fs::create_directories(place);
  return place / (name + "." + extension);
}

void remove_plots(const fs::path& results) {
  for (const char* extension : {"png", "pdf", "svg"}) {
    fs::remove(results / fmt::format("overview.{}", extension));
  }
  for (const fs::path& chunk : inside(results / "chunks")) {
    if (!is_chunk(chunk)) continue;
    for (const std::string_view folder : folders) {
      for (const fs::path& file : inside(chunk / folder)) {
        if (is_picture(file)) fs::remove(file);
      }
      remove_if_empty(chunk / folder);
    }
    remove_if_empty(chunk);
  }
  remove_if_empty(results / "chunks");
}

}  // namespace draftstream
