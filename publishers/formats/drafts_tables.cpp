// DRAFTS++'s candidates: Summary/<stem>/<stem>.candidates.csv, a table for each recording.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>

#include "publishers/append_file.hpp"
#include "publishers/csv_field.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

namespace fs = std::filesystem;
using Fields = std::vector<std::string>;

constexpr const char* header =
    "file,chunk_id,slice_id,band_id,detection_prob,dm_pc_cm-3,t_sec_dm_time,t_sec_waterfall,"
    "t_sample,mjd_utc,mjd_bary_utc,mjd_bary_tdb,mjd_bary_utc_inf,mjd_bary_tdb_inf,x1,y1,x2,y2,"
    "snr_waterfall,snr_patch_dedispersed,snr_waterfall_linear,snr_patch_dedispersed_linear,"
    "width_ms,class_prob_intensity,is_burst_intensity,class_prob_linear,is_burst_linear,is_burst,"
    "patch_file\n";
constexpr const char* header_2025_07 =
    "file,chunk_id,slice_id,band_id,detection_prob,dm_pc_cm-3,t_sec,t_sample,x1,y1,x2,y2,snr,"
    "class_prob,is_burst,patch_file\n";

// What is not known is an empty field there, too.
const std::string unknown;

std::string probability(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : unknown;
}

std::string verdict(const Event& event) {
  if (event.classifier.label == "unjudged") return unknown;
  return event.classifier.label == "burst" ? "burst" : "no_burst";
}

// A long double has digits for twelve decimals of a day.
std::string mjd(const UtcInstant& instant) {
  const long double days = static_cast<long double>(instant.second_of_day) / 86400.0L;
  return fmt::format("{:.12f}", static_cast<long double>(instant.mjd_day) + days);
}

/// What both tables say, as texts.
struct Columns {
  Fields place;        ///< file, chunk_id, slice_id, band_id
  std::string file_s;  ///< Since the beginning of the recording.
  std::string sample;  ///< In the chunk, which is its only slice.
  std::string snr;
};

Columns columns_of(const FoundCandidate& found, Seconds sample_time) {
  const Event& event = found.event;
  const auto before_file = static_cast<double>(found.file_first);
  const double file_s = event.time.toa_s - (before_file * sample_time).value();
  const std::string file = fs::path{found.file}.filename().string();
  return {{csv_field(file), fmt::format("{}", found.chunk), "0", "0"},
          fmt::format("{:.6f}", file_s),
          fmt::format("{}", event.time.sample_index - found.chunk_first),
          fmt::format("{:.2f}", event.signal.snr)};
}

// Boxes are pixels of pictures, which we do not make; the linear columns are of polarised data. In
// the place of a picture of the patch stands its row in cutouts.h5.
Fields fields(const FoundCandidate& found, Seconds sample_time) {
  const Event& event = found.event;
  Columns all = columns_of(found, sample_time);
  Fields row = std::move(all.place);
  const Fields rest{probability(event.classifier.detector_score),
                    fmt::format("{:.2f}", event.dm.value_pc_cm3),
                    all.file_s,
                    all.file_s,
                    all.sample,
                    mjd(event.time.toa),
                    unknown,
                    unknown,
                    unknown,
                    unknown,  // barycentric times
                    unknown,
                    unknown,
                    unknown,
                    unknown,  // box
                    unknown,  // S/N before dedispersion
                    all.snr,
                    unknown,
                    unknown,
                    fmt::format("{:.3f}", event.signal.width_ms),
                    probability(event.classifier.classifier_score),
                    verdict(event),
                    unknown,
                    unknown,
                    verdict(event),
                    cutout_uri(event)};
  row.insert(row.end(), rest.begin(), rest.end());
  return row;
}

Fields fields_2025_07(const FoundCandidate& found, Seconds sample_time) {
  const Event& event = found.event;
  Columns all = columns_of(found, sample_time);
  Fields row = std::move(all.place);
  const Fields rest{probability(event.classifier.detector_score),
                    fmt::format("{:.2f}", event.dm.value_pc_cm3),
                    all.file_s,
                    all.sample,
                    unknown,
                    unknown,
                    unknown,
                    unknown,  // box
                    all.snr,
                    probability(event.classifier.classifier_score),
                    verdict(event),
                    cutout_uri(event)};
  row.insert(row.end(), rest.begin(), rest.end());
  return row;
}

/// @source src/output/candidate_manager.py of DRAFTS++
class DraftsTables : public FormatWriter {
 public:
  using MakeFields = Fields (*)(const FoundCandidate&, Seconds);

  DraftsTables(const fs::path& folder, const std::vector<FormatBeam>& beams, std::string_view names,
               MakeFields make)
      : make_{make} {
    for (std::size_t i = 0; i < beams.size(); ++i) {
      const FormatBeam& beam = beams[i];
      beams_.push_back(
          {folder_of_beam(folder, beams, i), base_name(beam), beam.observation.time.sample_time});
      if (beam.files.empty()) make_table(beams_.back(), beams_.back().base, names);
      for (const std::string& file : beam.files) {
        make_table(beams_.back(), fs::path{file}.stem().string(), names);
      }
    }
  }

  // Recordings may be very many: none is kept open.
  void write(const FoundCandidate& found) override {
    const Beam& beam = beams_[found.beam];
    const std::string stem = found.file.empty() ? beam.base : fs::path{found.file}.stem().string();
    AppendFile{table(beam, stem), Existing::append}.append(
        fmt::format("{}\n", fmt::join(make_(found, beam.sample_time), ",")));
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

  static void make_table(const Beam& beam, const std::string& stem, std::string_view names) {
    const fs::path path = table(beam, stem);
    fs::create_directories(path.parent_path());
    AppendFile{path, Existing::replace}.append(names);
  }

  std::vector<Beam> beams_;
  MakeFields make_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_drafts_writer(const fs::path& folder,
                                                 const std::vector<FormatBeam>& beams) {
  return std::make_unique<DraftsTables>(folder, beams, header, fields);
}

std::unique_ptr<FormatWriter> make_drafts_2025_07_writer(const fs::path& folder,
                                                         const std::vector<FormatBeam>& beams) {
  return std::make_unique<DraftsTables>(folder, beams, header_2025_07, fields_2025_07);
}

}  // namespace draftstream
