// PRESTO's candidates: for each DM <base>_DM<DM>.singlepulse, and <base>_DM<DM>.inf, which tells
// of the time series that its samples count in.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "publishers/append_file.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

constexpr const char* header = "# DM      Sigma      Time (s)     Sample    Downfact\n";

// Its reader in C takes lines of 199 bytes, and texts of 99.
constexpr std::size_t longest_base = 120;
constexpr std::size_t longest_telescope = 39;
constexpr std::size_t longest_text = 99;

// One line of at most `longest` bytes.
std::string in_a_line(const std::string& text, std::size_t longest) {
  std::string line = text.substr(0, longest);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line.find_first_not_of(' ') == std::string::npos ? "Unknown" : line;
}

// "-01:02:03.4567" of hours or degrees; what is rounded is rounded before it is split.
std::string sexagesimal(double value) {
  const auto all = std::llround(std::abs(value) * 3600.0 * 1e4);  // 1e-4 s
  return fmt::format("{}{:02d}:{:02d}:{:02d}.{:04d}", value < 0.0 ? "-" : "", all / 36'000'000,
                     all / 600'000 % 60, all / 10'000 % 60, all % 10'000);
}

// What readers must find a number in, though there is none.
std::string notes_of(const Observation& observation) {
  std::string notes = "    Candidates of draftstream; the beam's diameter is not known.\n";
  if (!observation.ra_deg || !observation.dec_deg) notes += "    The position is not known.\n";
  if (!observation.samples) notes += "    Bins of a stream: up to the last candidate of this DM.\n";
  return notes;
}

/// Of a file's rows.
struct Series {
  std::string name;  ///< Of the file, without folder and ending.
  std::string dm;    ///< As in the name [pc cm^-3].
};

// Every line has its '=' at column 40.
/// @source src/ioinf.c of PRESTO (readinf)
std::string inf_text(const Series& series, const FormatBeam& beam, std::uint64_t bins) {
  const Observation& seen = beam.observation;
  const FrequencyAxis& band = seen.frequency;
  const double width = band.channel_width().value();
  const double highest = band.highest().value();
  const double lowest = band.lowest().value();
  const std::pair<const char*, std::string> lines[] = {
      {"Data file name without suffix", series.name},
      {"Telescope used", in_a_line(seen.telescope, longest_telescope)},
      {"Instrument used", in_a_line(seen.backend, longest_text)},
      {"Object being observed", in_a_line(seen.source_name, longest_text)},
      {"J2000 Right Ascension (hh:mm:ss.ssss)", sexagesimal(seen.ra_deg.value_or(0.0) / 15.0)},
      {"J2000 Declination     (dd:mm:ss.ssss)", sexagesimal(seen.dec_deg.value_or(0.0))},
      {"Data observed by", "Unknown"},
      {"Epoch of observation (MJD)", format_mjd(seen.time.start)},
      {"Barycentered?           (1 yes, 0 no)", "0"},
      {"Number of bins in the time series", fmt::format("{}", bins)},
      {"Width of each time series bin (sec)", fmt::format("{}", seen.time.sample_time.value())},
      {"Any breaks in the data? (1 yes, 0 no)", "0"},
      {"Type of observation (EM band)", "Radio"},
      {"Beam diameter (arcsec)", "0"},
      {"Dispersion measure (cm-3 pc)", series.dm},
      {"Central freq of low channel (MHz)", fmt::format("{}", lowest)},
      {"Total bandwidth (MHz)", fmt::format("{}", highest - lowest + width)},
      {"Number of channels", fmt::format("{}", band.channels())},
      {"Channel bandwidth (MHz)", fmt::format("{}", width)},
      {"Data analyzed by", "Unknown"}};
  std::string text;
  for (const auto& [what, value] : lines) text += fmt::format(" {:<39}=  {}\n", what, value);
  return text + " Any additional notes:\n" + notes_of(seen);
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Whoever opens it finds the old text or the new; unlike write_atomically(), without a wait for the
// disk, which the search would share.
void replace_file(const std::filesystem::path& path, const std::string& text) {
  auto temporary = path;
  temporary += ".tmp";
  AppendFile{temporary, Existing::replace}.append(text);
  std::filesystem::rename(temporary, path);
}

// Fourth column of a row: `DM Sigma Time Sample Downfact`.
std::uint64_t sample_of(const std::string& row) {
  const char* place = row.c_str();
  char* end = nullptr;
  for (int column = 0; column < 3; ++column, place = end) (void)std::strtod(place, &end);
  return std::strtoull(place, nullptr, 10);
}

// With its line feed. @param text  Whole lines, at least one.
std::string last_line(const std::string& text) {
  const std::size_t feed = text.rfind('\n', text.size() - 2);
  return feed == std::string::npos ? text : text.substr(feed + 1);
}

// Puts a row where its sample belongs: behind all that are not later. Most come last.
// @param text  The line of names, and rows.
std::string with_row(const std::string& text, const std::string& row) {
  const std::uint64_t sample = sample_of(row);
  std::string before = text;
  while (true) {
    const std::string line = last_line(before);
    if (line.front() == '#' || sample_of(line) <= sample) break;
    before.resize(before.size() - line.size());
  }
  return before + row + text.substr(before.size());
}

/// @source bin/single_pulse_search.py of PRESTO
class PrestoFiles : public FormatWriter {
 public:
  PrestoFiles(const std::filesystem::path& folder, const std::vector<FormatBeam>& beams)
      : beams_{beams} {
    for (std::size_t i = 0; i < beams.size(); ++i) {
      folders_.push_back(folder_of_beam(folder, beams, i));
    }
  }

  void write(const FoundCandidate& found) override {
    const FormatBeam& beam = beams_[found.beam];
    const Event& event = found.event;
    const std::uint64_t sample = event.time.sample_index;
    const double time_s = (static_cast<double>(sample) * beam.observation.time.sample_time).value();
    Series series;
    series.dm = fmt::format("{:.2f}", event.dm.value_pc_cm3);
    series.name = fmt::format("{}_DM{}", base_name(beam).substr(0, longest_base), series.dm);
    const std::string row =
        fmt::format("{:7.2f} {:7.2f} {:13.6f} {:10d}     {:3d}\n", event.dm.value_pc_cm3,
                    event.signal.snr, time_s, sample, event.signal.width_samples);
    const auto path = folders_[found.beam] / (series.name + ".singlepulse");
    const auto inf = folders_[found.beam] / (series.name + ".inf");
    const std::string before = content(path);
    const std::string after = with_row(before.empty() ? header : before, row);
    const std::uint64_t last = sample_of(last_line(after));
    // Rows without their time series would be of no use: it goes first.
    const std::uint64_t bins = beam.observation.samples.value_or(last + 1);
    const std::string told = inf_text(series, beam, bins);
    if (content(inf) != told) replace_file(inf, told);
    if (!before.empty() && after.ends_with(row)) {
      AppendFile{path, Existing::append}.append(row);
    } else {
      replace_file(path, after);
    }
  }

 private:
  std::vector<FormatBeam> beams_;
  std::vector<std::filesystem::path> folders_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_presto_writer(const std::filesystem::path& folder,
                                                 const std::vector<FormatBeam>& beams) {
  return std::make_unique<PrestoFiles>(folder, beams);
}

}  // namespace draftstream
