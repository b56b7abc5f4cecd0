#include "app/send_plan.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

Json packets_json(const LineAccount& line) {
  Json packets{{"made", line.made}};
  for (std::size_t fate = 0; fate < packet_fates; ++fate) {
    packets[std::string{name_of(static_cast<PacketFate>(fate))}] = line.fates[fate];
  }
  packets["strangers"] = line.stranger_packets;
  packets["end"] = line.end_packets;
  packets["sent"] = line.sent;
  return packets;
}

Json beam_json(const BeamAccount& beam) {
  return {{"beam", beam.beam},
          {"cells",
           {{"expected", beam.cells_expected},
            {"placed", beam.cells_placed},
            {"missing", beam.cells_missing},
            {"in_doubt", beam.cells_in_doubt},
            {"duplicate", beam.cells_duplicate}}},
          {"spectra",
           {{"expected", beam.spectra},
            {"whole", beam.spectra_whole},
            {"partial", beam.spectra_partial},
            {"lost", beam.spectra_lost}}}};
}

Json observations_json(const LineAccount& line) {
  Json all = Json::array();
  for (const ObservationAccount& observation : line.observations) {
    Json beams = Json::array();
    for (const BeamAccount& beam : observation.beams) beams.push_back(beam_json(beam));
    all.push_back({{"first_sample", observation.first_sample}, {"beams", std::move(beams)}});
  }
  return all;
}

Json events_json(const LineAccount& line) {
  Json all = Json::array();
  for (const PacketEvent& event : line.events) {
    all.push_back({{"packet", event.packet},
                   {"sample", event.sample},
                   {"fate", std::string{name_of(event.fate)}}});
  }
  return all;
}

}  // namespace

void write_send_plan(const std::string& path, const std::string& url,
                     std::span<const std::string> faults, std::uint64_t seed,
                     const PacketsSent& sent) {
  const Json plan{{"url", url},
                  {"faults", std::vector<std::string>{faults.begin(), faults.end()}},
                  {"seed", seed},
                  {"complete", !sent.stopped},
                  {"samples", sent.samples},
                  {"left_out", sent.left_out},
                  {"packets", packets_json(sent.line)},
                  {"observations", observations_json(sent.line)},
                  {"events", events_json(sent.line)}};
  std::ofstream file{path};
  file << plan.dump(1) << '\n';
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be written", path));
}

}  // namespace draftstream
