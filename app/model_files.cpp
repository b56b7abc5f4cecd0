#include "app/model_files.hpp"

#include <algorithm>

namespace draftstream {
namespace {

using Path = std::filesystem::path;

// Relative ones are below the prefix of an installation.
constexpr const char* source_folder = DRAFTSTREAM_SOURCE_DIR;
constexpr const char* build_folder = DRAFTSTREAM_BUILD_DIR;
constexpr const char* program_folder = DRAFTSTREAM_BINDIR;
constexpr const char* library_folder = DRAFTSTREAM_LIBDIR "/draftstream";
constexpr const char* data_folder = DRAFTSTREAM_DATADIR "/draftstream";

/// The folder of the program that runs.
Path own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

bool is_built_here(const Path& folder) {
  const Path built = std::filesystem::weakly_canonical(build_folder);
  return std::mismatch(built.begin(), built.end(), folder.begin(), folder.end()).first ==
         built.end();
}

// Programs lie in two folders of an installation.
Path prefix_around(const Path& folder) {
  for (const Path below : {program_folder, library_folder}) {
    Path prefix = folder;
    for (auto part = below.begin(); part != below.end(); ++part) prefix = prefix.parent_path();
    if (prefix / below == folder) return prefix;
  }
  return folder.parent_path();
}

}  // namespace

std::filesystem::path model_file(std::string_view name) {
  const Path own = own_folder();
  const Path folder = is_built_here(own) ? Path{source_folder} : prefix_around(own) / data_folder;
  return folder / "models" / name;
}

std::filesystem::path page_folder() {
  const Path own = own_folder();
  return is_built_here(own) ? Path{build_folder} / "page"
                            : prefix_around(own) / data_folder / "page";
}

std::filesystem::path library_file(std::string_view name) {
  const Path own = own_folder();
  const Path folder =
      is_built_here(own) ? Path{build_folder} / "lib" : prefix_around(own) / library_folder;
  return folder / name;
}

}  // namespace draftstream
