// DRAFTS++'s candidates: Summary/<stem>/<stem>.candidates.csv, a table for each recording.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publishers/append_file.hpp"
#include "publishers/csv_field.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

namespace fs = std::filesystem;

/// @param sample_time  Of the observation.
using Value = std::string (*)(const FoundCandidate& found, Seconds sample_time);

// What is not known is an empty field there, too.
std::string unknown(const FoundCandidate& /*found*/, Seconds /*sample_time*/) {
  return "";
}

// The search has no slices, and the whole band is searched. Slices of pictures have their numbers
// when a block is over; rows do not wait for that.
std::string zero(const FoundCandidate& /*found*/, Seconds /*sample_time*/) {
  return "0";
}

std::string file_s(const FoundCandidate& found, Seconds sample_time) {
  const auto before = static_cast<double>(found.file_first);
  return fmt::format("{:.6f}", found.event.time.toa_s - (before * sample_time).value());
}

// A long double has digits for twelve decimals of a day.
std::string mjd(const FoundCandidate& found, Seconds /*sample_time*/) {
  const UtcInstant& toa = found.event.time.toa;
  const long double days = static_cast<long double>(toa.second_of_day) / 86400.0L;
  return fmt::format("{:.12f}", static_cast<long double>(toa.mjd_day) + days);
}

std::string probability(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "";
}

std::string verdict(const FoundCandidate& found, Seconds /*sample_time*/) {
  const std::string& label = found.event.classifier.label;
  if (label == "unjudged") return "";
  return label == "burst" ? "burst" : "no_burst";
}

struct Column {
  const char* name;
  const char* name_2025_07;  ///< "" where there was none.
  Value value;
};

// Boxes are pixels of DRAFTS++'s own image; the linear columns are of polarised data. In the place
// of a picture of the patch, which is drawn only if asked for, stands its row in cutouts.h5.
constexpr Column columns[] = {
    {"file", "file",
     [](const FoundCandidate& found, Seconds) {
       return csv_field(fs::path{found.file}.filename().string());
     }},
    {"chunk_id", "chunk_id",
     [](const FoundCandidate& found, Seconds) { return fmt::format("{}", found.chunk); }},
    {"slice_id", "slice_id", zero},
    {"band_id", "band_id", zero},
    {"detection_prob", "detection_prob",
     [](const FoundCandidate& found, Seconds) {
       return probability(found.event.classifier.detector_score);
     }},
    {"dm_pc_cm-3", "dm_pc_cm-3",
     [](const FoundCandidate& found, Seconds) {
       return fmt::format("{:.2f}", found.event.dm.value_pc_cm3);
     }},
    {"t_sec_dm_time", "t_sec", file_s},
    {"t_sec_waterfall", "", file_s},
    {"t_sample", "t_sample",
     [](const FoundCandidate& found, Seconds) {
       return fmt::format("{}", found.event.time.sample_index - found.chunk_first);
     }},
    {"mjd_utc", "", mjd},
    {"mjd_bary_utc", "", unknown},
    {"mjd_bary_tdb", "", unknown},
    {"mjd_bary_utc_inf", "", unknown},
    {"mjd_bary_tdb_inf", "", unknown},
    {"x1", "x1", unknown},
    {"y1", "y1", unknown},
    {"x2", "x2", unknown},
    {"y2", "y2", unknown},
    {"snr_waterfall", "", unknown},
    {"snr_patch_dedispersed", "snr",
     [](const FoundCandidate& found, Seconds) {
       return fmt::format("{:.2f}", found.event.signal.snr);
     }},
    {"snr_waterfall_linear", "", unknown},
    {"snr_patch_dedispersed_linear", "", unknown},
    {"width_ms", "",
     [](const FoundCandidate& found, Seconds) {
       return fmt::format("{:.3f}", found.event.signal.width_ms);
     }},
    {"class_prob_intensity", "class_prob",
     [](const FoundCandidate& found, Seconds) {
       return probability(found.event.classifier.classifier_score);
     }},
    {"is_burst_intensity", "", verdict},
    {"class_prob_linear", "", unknown},
    {"is_burst_linear", "", unknown},
    {"is_burst", "is_burst", verdict},
    {"patch_file", "patch_file",
     [](const FoundCandidate& found, Seconds) { return cutout_uri(found.event); }}};

enum class Version { of_2025_07, of_2025_11 };

/// The columns of a version, and its line of names.
struct Layout {
  explicit Layout(Version version) {
    std::vector<std::string_view> all;
    for (const Column& column : columns) {
      const std::string_view name =
          version == Version::of_2025_07 ? column.name_2025_07 : column.name;
      if (name.empty()) continue;
      all.push_back(name);
      values.push_back(column.value);
    }
    names = fmt::format("{}\n", fmt::join(all, ","));
  }

  std::string names;
  std::vector<Value> values;
};

/// @source src/output/candidate_manager.py of DRAFTS++
class DraftsTables : public FormatWriter {
 public:
  DraftsTables(const fs::path& folder, const std::vector<FormatBeam>& beams, Version version)
      : layout_{version} {
    for (std::size_t i = 0; i < beams.size(); ++i) {
      const FormatBeam& beam = beams[i];
      beams_.push_back(
          {folder_of_beam(folder, beams, i), base_name(beam), beam.observation.time.sample_time});
      if (beam.files.empty()) make_table(beams_.back(), beams_.back().base);
      for (const std::string& file : beam.files) {
        make_table(beams_.back(), fs::path{file}.stem().string());
      }
    }
  }

  // Recordings may be very many: none is kept open.
  void write(const FoundCandidate& found) override {
    const Beam& beam = beams_[found.beam];
    const std::string stem = found.file.empty() ? beam.base : fs::path{found.file}.stem().string();
    std::vector<std::string> fields;
    for (const Value value : layout_.values) fields.push_back(value(found, beam.sample_time));
    AppendFile{table(beam, stem), Existing::append}.append(
        fmt::format("{}\n", fmt::join(fields, ",")));
  }

 private:
  struct Beam {
    fs::path folder;
    std::string base;
    Seconds sample_time;
  };

  static fs::path table(const Beam& beam, const std::string& stem) {
    return beam.folder / "Summary" / stem / (stem + ".candidates.csv");
  }

  void make_table(const Beam& beam, const std::string& stem) const {
    const fs::path path = table(beam, stem);
    fs::create_directories(path.parent_path());
    AppendFile{path, Existing::replace}.append(layout_.names);
  }

  Layout layout_;
  std::vector<Beam> beams_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_drafts_writer(const fs::path& folder,
                                                 const std::vector<FormatBeam>& beams) {
  return std::make_unique<DraftsTables>(folder, beams, Version::of_2025_11);
}

std::unique_ptr<FormatWriter> make_drafts_2025_07_writer(const fs::path& folder,
                                                         const std::vector<FormatBeam>& beams) {
  return std::make_unique<DraftsTables>(folder, beams, Version::of_2025_07);
}

}  // namespace draftstream
