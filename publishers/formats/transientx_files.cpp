// TransientX's candidates: <base>_<MJD of the start>_<beam>.cands, one file a beam.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "publishers/append_file.hpp"
#include "publishers/formats/format_writer.hpp"

namespace draftstream {
namespace {

// Columns are between tabs: a text must not be empty, nor hold one.
std::string column(std::string_view text) {
  if (text.empty()) return "-";
  std::string out{text};
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

/// @source src/module/candplot.cpp of TransientX
class TransientxFiles : public FormatWriter {
 public:
  TransientxFiles(const std::filesystem::path& folder, const std::vector<FormatBeam>& beams) {
    for (const FormatBeam& beam : beams) {
      const std::optional<int> number = beam.observation.beam;
      std::string text = number ? fmt::format("{}", *number) : "unknown";
      const std::string name = fmt::format("{}_{:.10f}_{}.cands", base_name(beam),
                                           to_mjd(beam.observation.time.start), text);
      beams_.emplace_back(folder / name, std::move(text));
    }
  }

  void write(const FoundCandidate& found) override {
    Beam& beam = beams_[found.beam];
    const Event& event = found.event;
    beam.file.append(fmt::format(
        "{}\t{}\t{}\t{:.2f}\t{:.2f}\t{:.1f}\t{:.0f}\t{:.0f}\t{}\t01\t{}\n", beam.number,
        ++beam.candidates, format_mjd(event.time.toa), event.dm.value_pc_cm3, event.signal.width_ms,
        event.signal.snr, event.signal.freq_lo_mhz.value_or(0.0),
        event.signal.freq_hi_mhz.value_or(0.0), column(cutout_uri(event)), column(found.file)));
  }

 private:
  struct Beam {
    Beam(const std::filesystem::path& path, std::string text)
        : file{path, Existing::replace}, number{std::move(text)} {}

    AppendFile file;
    std::string number;
    std::uint64_t candidates = 0;
  };

  std::deque<Beam> beams_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_transientx_writer(const std::filesystem::path& folder,
                                                     const std::vector<FormatBeam>& beams) {
  return std::make_unique<TransientxFiles>(folder, beams);
}

}  // namespace draftstream
