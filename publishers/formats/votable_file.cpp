// A VOTable of the IVOA: candidates.vot, for TOPCAT, astropy and whoever else reads them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "publishers/formats/format_writer.hpp"
#include "publishers/formats/tailed_file.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::json;

/// A column, as the document describes it.
struct Field {
  const char* name;
  const char* type;       ///< Datatype of VOTable; "text" is a string of any length.
  const char* unit;       ///< By the IVOA's VOUnits.
  const char* ucd;        ///< By the IVOA's UCD1+.
  const char* reference;  ///< Of the time or coordinate system it counts in.
  const char* description;
};

constexpr Field columns[] = {
    {"event_id", "text", "", "meta.id;meta.main", "", "As in the events"},
    {"snr", "double", "", "stat.snr", "", "Of the best boxcar; white noise has unit variance"},
    {"dm_pc_cm3", "double", "pc.cm**-3", "phys.dispMeasure", "",
     "Dispersion measure, by k = 1/2.41e-4 MHz^2 pc^-1 cm^3 s"},
    {"dm_unc_pc_cm3", "double", "pc.cm**-3", "stat.error;phys.dispMeasure", "", "One sigma"},
    {"toa_utc", "text", "", "time.epoch", "utc",
     "Middle of the pulse at the centre of the highest channel"},
    {"toa_mjd_utc", "double", "d", "time.epoch", "utc_mjd",
     "The same; the digits are more than a double holds"},
    {"toa_s", "double", "s", "time.duration", "",
     "The same, since the first sample of the observation"},
    {"toa_unc_s", "double", "s", "stat.error;time.epoch", "", "One sigma"},
    {"toa_inf_mjd_utc", "double", "d", "time.epoch", "utc_mjd",
     "Arrival at infinite frequency; the digits are more than a double holds"},
    {"width_ms", "double", "ms", "time.duration", "", "Length of the best boxcar"},
    {"sample_index", "long", "", "", "", "Sample that holds the middle of the pulse, from 0"},
    {"boxcar_samples", "int", "", "", "", "Length of the best boxcar"},
    {"members", "int", "", "meta.number", "", "Detections in the cluster"},
    {"detector_score", "double", "", "stat.probability", "", "0 to 1; empty: not looked at"},
    {"classifier_score", "double", "", "stat.probability", "", "0 to 1; empty: not looked at"},
    {"probability", "double", "", "stat.probability", "",
     "That it is a burst, by both networks; empty: not looked at"},
    {"label", "text", "", "meta.code.class", "", "burst, interference or unjudged"},
    {"frac_missing", "double", "", "", "", "0 to 1: of the samples along the sweep, the gaps"},
    {"beam", "int", "", "meta.id;instr.beam", "", "Number; empty where unknown"},
    {"ra_deg", "double", "deg", "pos.eq.ra;meta.main", "icrs", "Where the beam points"},
    {"dec_deg", "double", "deg", "pos.eq.dec;meta.main", "icrs", "Where the beam points"},
    {"ref_freq_mhz", "double", "MHz", "em.freq", "", "Centre of the highest channel"},
    {"file", "text", "", "meta.id;meta.file", "", "Recording; empty for a stream"},
    {"injection_id", "text", "", "meta.id", "",
     "Of a simulated burst that was put in; empty: it is none"}};

constexpr const char* tail = "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";

// UTF-8 without what XML forbids: wrong bytes become U+FFFD, control characters '?'.
std::string xml_text(const std::string& text) {
  const Json checked = Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  std::string out;
  for (const char c : checked.get<std::string>()) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return out;
}

std::string attribute(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format(" {}=\"{}\"", name, value);
}

std::string head() {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
      "<COOSYS ID=\"icrs\" system=\"ICRS\"/>\n"
      "<TIMESYS ID=\"utc\" timescale=\"UTC\" refposition=\"TOPOCENTER\"/>\n"
      "<TIMESYS ID=\"utc_mjd\" timescale=\"UTC\" refposition=\"TOPOCENTER\" "
      "timeorigin=\"MJD-origin\"/>\n"
      "<RESOURCE type=\"results\">\n"
      "<TABLE name=\"candidates\">\n"
      "<DESCRIPTION>Candidates of draftstream, as they were found</DESCRIPTION>\n";
  for (const Field& field : columns) {
    const bool is_text = std::string_view{field.type} == "text";
    const bool is_instant = std::string_view{field.name} == "toa_utc";
    text +=
        fmt::format("<FIELD name=\"{0}\" ID=\"{0}\" datatype=\"{1}\"{2}{3}{4}{5}{6}>", field.name,
                    is_text ? "unicodeChar" : field.type, is_text ? " arraysize=\"*\"" : "",
                    is_instant ? " xtype=\"timestamp\"" : "", attribute("unit", field.unit),
                    attribute("ucd", field.ucd), attribute("ref", field.reference));
    text += fmt::format("<DESCRIPTION>{}</DESCRIPTION></FIELD>\n", xml_text(field.description));
  }
  return text + "<DATA><TABLEDATA>\n";
}

template <class Value>
std::string or_empty(const std::optional<Value>& value) {
  return value ? fmt::format("{}", *value) : std::string{};
}

// DALI's timestamp: without the Z, which some readers refuse.
std::string timestamp(const UtcInstant& instant) {
  std::string text = format_iso8601(instant);
  text.pop_back();
  return text;
}

/// @source IVOA VOTable 1.4, sections 3 to 5; DALI 1.1, section 3.3.3
class VotableFile : public FormatWriter {
 public:
  explicit VotableFile(const std::filesystem::path& path) : file_{path, head(), tail} {}

  void write(const FoundCandidate& found) override {
    const Event& event = found.event;
    // In the order of `columns`.
    const std::array<std::string, std::size(columns)> cells{
        xml_text(event.event_id),
        fmt::format("{}", event.signal.snr),
        fmt::format("{}", event.dm.value_pc_cm3),
        or_empty(event.dm.unc_pc_cm3),
        timestamp(event.time.toa),
        format_mjd(event.time.toa),
        fmt::format("{}", event.time.toa_s),
        or_empty(event.time.toa_unc_s),
        format_mjd(event.time.toa_inf),
        fmt::format("{}", event.signal.width_ms),
        fmt::format("{}", event.time.sample_index),
        fmt::format("{}", event.signal.width_samples),
        fmt::format("{}", event.signal.members),
        or_empty(event.classifier.detector_score),
        or_empty(event.classifier.classifier_score),
        or_empty(event.classifier.probability),
        xml_text(event.classifier.label),
        fmt::format("{}", event.quality.frac_missing),
        or_empty(event.beam.index),
        or_empty(event.position.ra_deg),
        or_empty(event.position.dec_deg),
        fmt::format("{}", event.time.toa_ref_freq_mhz),
        xml_text(std::string{found.file}),
        xml_text(event.injection.injection_id.value_or(""))};
    std::string row = "<TR>";
    for (const std::string& cell : cells) row += "<TD>" + cell + "</TD>";
    file_.append(row + "</TR>\n");
  }

 private:
  TailedFile file_;
};

}  // namespace

std::unique_ptr<FormatWriter> make_votable_writer(const std::filesystem::path& folder,
                                                  const std::vector<FormatBeam>& /*beams*/) {
  return std::make_unique<VotableFile>(folder / "candidates.vot");
}

}  // namespace draftstream
