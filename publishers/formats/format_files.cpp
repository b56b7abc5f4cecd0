#include "publishers/formats/format_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace draftstream {
namespace {

namespace fs = std::filesystem;

/// What must be known of a format beside its writer.
struct Kind {
  CandidateFormat format;
  std::unique_ptr<FormatWriter> (*make)(const fs::path&, const std::vector<FormatBeam>&);
  std::array<std::string_view, 3> endings;  ///< Of its files.
  bool tells_injections = false;            ///< Which of its rows are of injected bursts.
};

constexpr Kind kinds[] = {
    {CandidateFormat::heimdall, make_heimdall_writer, {".cand"}},
    {CandidateFormat::presto, make_presto_writer, {".singlepulse", ".inf", ".tmp"}},
    {CandidateFormat::fetch, make_fetch_writer, {".csv", ".h5", ".h5.part"}},
    {CandidateFormat::drafts, make_drafts_writer, {".candidates.csv"}},
    {CandidateFormat::drafts_2025_07, make_drafts_2025_07_writer, {".candidates.csv"}},
    {CandidateFormat::transientx, make_transientx_writer, {".cands"}},
    {CandidateFormat::votable, make_votable_writer, {".vot"}, true},
};

const Kind& kind_of(CandidateFormat format) {
  return *std::ranges::find(kinds, format, &Kind::format);
}

bool is_of(const Kind& kind, const fs::path& file) {
  const std::string name = file.filename().string();
  return std::ranges::any_of(kind.endings, [&name](std::string_view ending) {
    return !ending.empty() && name.ends_with(ending);
  });
}

// Files first, then the folders that are empty without them.
void remove_files(const Kind& kind, const fs::path& folder) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> folders{folder};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (entry.is_directory() && !entry.is_symlink()) folders.push_back(entry.path());
    if (entry.is_regular_file() && is_of(kind, entry.path())) files.push_back(entry.path());
  }
  for (const fs::path& file : files) fs::remove(file);
  std::ranges::sort(folders, std::ranges::greater{});  // what is inside another comes first
  for (const fs::path& one : folders) {
    if (fs::is_empty(one)) fs::remove(one);
  }
}

}  // namespace

std::string base_name(const FormatBeam& beam) {
  return beam.files.empty() ? beam.obs_id : fs::path{beam.files.front()}.stem().string();
}

fs::path folder_of_beam(const fs::path& folder, const std::vector<FormatBeam>& beams,
                        std::size_t beam) {
  if (beams.size() == 1) return folder;
  fs::path own = folder / fmt::format("b{:04d}", beams[beam].observation.beam.value_or(0));
  fs::create_directories(own);
  return own;
}

std::string cutout_uri(const Event& event) {
  const auto cutout = std::ranges::find(event.products, "cutout", &EventProduct::kind);
  return cutout == event.products.end() ? "" : cutout->uri;
}

FormatFiles::FormatFiles(const fs::path& folder, std::span<const CandidateFormat> formats,
                         const std::vector<FormatBeam>& beams) {
  for (const Kind& kind : kinds) {
    const fs::path own = folder / name(kind.format);
    remove_files(kind, own);
    if (std::ranges::find(formats, kind.format) == formats.end()) continue;
    fs::create_directories(own);
    writers_.emplace_back(kind.format, kind.make(own, beams));
  }
  if (fs::is_directory(folder) && fs::is_empty(folder)) fs::remove(folder);
}

void FormatFiles::write(const FoundCandidate& found) {
  for (const auto& [format, writer] : writers_) {
    if (found.event.injection.is_injection && !kind_of(format).tells_injections) continue;
    writer->write(found);
  }
}

}  // namespace draftstream
