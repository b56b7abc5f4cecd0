// What your and FETCH read: cand.csv for your_candmaker.py, an .h5 of each candidate that has
// a cutout, and results_draftstream.csv, which says what our networks made of these.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "publishers/append_file.hpp"
#include "publishers/csv_field.hpp"
#include "publishers/cutouts/fetch_file.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

constexpr const char* table_header = "file,snr,stime,width,dm,label,chan_mask_path,num_files\n";
constexpr const char* results_header = ",candidate,probability,label\n";

/// @source your/bin/your_candmaker.py, fetch/bin/predict.py
class FetchFiles : public FormatWriter {
 public:
  FetchFiles(const std::filesystem::path& folder, const std::vector<FormatBeam>& beams) {
    for (std::size_t i = 0; i < beams.size(); ++i) {
      beams_.emplace_back(folder_of_beam(folder, beams, i), beams[i].observation.time.sample_time);
    }
  }

  void write(const FoundCandidate& found) override {
    Beam& beam = beams_[found.beam];
    const Event& event = found.event;
    const EventSignal& signal = event.signal;
    const auto before_file = static_cast<double>(found.file_first);
    const double file_s = event.time.toa_s - (before_file * beam.sample_time).value();
    const auto width = std::lround(std::log2(signal.width_samples));
    if (found.cutout != nullptr) keep_images(beam, found);
    beam.table.append(fmt::format("{},{},{},{},{},{},,1\n", csv_field(found.file), signal.snr,
                                  file_s, width, event.dm.value_pc_cm3,
                                  event.classifier.label == "burst" ? 1 : 0));
  }

 private:
  struct Beam {
    Beam(std::filesystem::path own, Seconds sample)
        : folder{std::move(own)},
          sample_time{sample},
          table{folder / "cand.csv", Existing::replace},
          results{folder / "results_draftstream.csv", Existing::replace} {
      table.append(table_header);
      results.append(results_header);
    }

    std::filesystem::path folder;
    Seconds sample_time;
    AppendFile table;
    AppendFile results;
    std::size_t images = 0;
    std::size_t judged = 0;
  };

  // The file is whole when it gets its name.
  static void keep_images(Beam& beam, const FoundCandidate& found) {
    const std::string name = fetch_name(found.cutout->info);
    const auto part = beam.folder / (name + ".part");
    write_fetch_file(part, *found.cutout, *default_cutout_format().patch, beam.images);
    std::filesystem::rename(part, beam.folder / name);
    ++beam.images;
    const std::optional<double> probability = found.event.classifier.probability;
    if (!probability) return;
    beam.results.append(fmt::format("{},{},{},{}\n", beam.judged, csv_field(name), *probability,
                                    *probability >= 0.5 ? 1 : 0));
    ++beam.judged;
  }

  std::deque<Beam> beams_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_fetch_writer(const std::filesystem::path& folder,
                                                const std::vector<FormatBeam>& beams) {
  return std::make_unique<FetchFiles>(folder, beams);
}

}  // namespace draftstream
