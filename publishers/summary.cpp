#include "publishers/summary.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "publishers/append_file.hpp"
#include "publishers/gateways/gateway_json.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

// Not finite would be null.
OrderedJson ratio(double part, double whole) {
  return whole > 0.0 ? or_null(std::optional{part / whole}) : OrderedJson(nullptr);
}

OrderedJson observation_json(const std::optional<Observation>& observation) {
  if (!observation) return nullptr;
  const FrequencyAxis& band = observation->frequency;
  return {{"telescope", text_or_null(observation->telescope)},
          {"backend", text_or_null(observation->backend)},
          {"source_name", text_or_null(observation->source_name)},
          {"ra_deg", or_null(observation->ra_deg)},
          {"dec_deg", or_null(observation->dec_deg)},
          {"beam", or_null(observation->beam)},
          {"start_utc", format_iso8601(observation->time.start)},
          {"start_mjd_utc", format_mjd(observation->time.start)},
          {"tsamp_s", observation->time.sample_time.value()},
          {"samples", or_null(observation->samples)},
          {"nchan", band.channels()},
          {"nbit", observation->stored_bits},
          {"npol", observation->stored_pols},
          {"top_mhz", band.highest().value()},
          {"bottom_mhz", band.lowest().value()}};
}

OrderedJson topic_json(const std::optional<TopicCounts>& topic) {
  if (!topic) return nullptr;
  return {{"published", topic->published},
          {"stalls", topic->stalls},
          {"dropped_queue", topic->dropped_queue},
          {"heartbeats", topic->heartbeats},
          {"replay_requests", topic->replay_requests},
          {"replayed", topic->replayed},
          {"refused_requests", topic->refused_requests},
          {"refused_keys", topic->refused_keys}};
}

OrderedJson packets_json(const std::optional<PacketReport>& packets) {
  if (!packets) return nullptr;
  const PacketCounts& counts = packets->counts;
  const AssemblyCounts& assembled = counts.assembled;
  OrderedJson refused = OrderedJson::object();
  for (std::size_t fault = 0; fault < packet_faults; ++fault) {
    if (counts.refused[fault] > 0) {
      refused[std::string{name(static_cast<PacketFault>(fault))}] = counts.refused[fault];
    }
  }
  return {{"kernel_drops", packets->kernel_drops},
          {"truncated", packets->truncated},
          {"datagrams", counts.datagrams},
          {"units", counts.units},
          {"pieces", counts.pieces},
          {"duplicate_pieces", counts.duplicate_pieces},
          {"control", counts.control},
          {"refused", refused},
          {"last_refused", text_or_null(packets->last_refused)},
          {"incomplete_units", packets->incomplete_units},
          {"accepted", counts.accepted},
          {"late", counts.late},
          {"far_future", counts.far_future},
          {"stray", counts.stray},
          {"wrong_stream", counts.wrong_stream},
          {"cells",
           {{"expected", assembled.cells_expected},
            {"placed", assembled.cells_placed},
            {"missing", assembled.cells_missing},
            {"duplicate", assembled.cells_duplicate},
            {"elsewhere", counts.cells_elsewhere}}},
          {"spectra",
           {{"all", assembled.spectra},
            {"whole", assembled.spectra_whole},
            {"partial", assembled.spectra_partial},
            {"lost", assembled.spectra_lost}}},
          {"buffer_asked_bytes", packets->buffer_asked},
          {"buffer_granted_bytes", packets->buffer_granted},
          {"longest_in_queue_s", packets->longest_in_queue_s}};
}

OrderedJson stages_json(const RunSummary& summary) {
  const StageSeconds& seconds = summary.counts.seconds;
  OrderedJson json{{"condition", seconds.condition},
                   {"dedisperse", seconds.dedisperse},
                   {"cluster", seconds.cluster},
                   {"look", seconds.look},
                   {"wait_for_networks", seconds.wait_for_networks},
                   {"infer", seconds.infer}};
  for (const auto& [stage, stage_seconds] : summary.stage_s) json[stage] = stage_seconds;
  return json;
}

OrderedJson shed_json(const ShedCounts& shed) {
  return {{"blocks_unjudged", shed.blocks_unjudged},
          {"blocks_of_fewer_octaves", shed.blocks_of_fewer_octaves},
          {"octaves_left_out", shed.octaves_left_out},
          {"blocks_skipped", shed.blocks_skipped},
          {"samples_skipped", shed.samples_skipped}};
}

OrderedJson beam_counts_json(const BeamSummary& beam) {
  const SearchCounts& counts = beam.counts;
  return {{"events", beam.events},
          {"bursts", beam.bursts},
          {"highest_probability", or_null(beam.highest_probability)},
          {"interference", beam.interference},
          {"told_with_another", beam.told_with_another},
          {"chunks", beam.chunks},
          {"candidates", counts.candidates},
          {"candidates_dropped", counts.candidates_dropped},
          {"boxes", counts.boxes},
          {"boxes_above_threshold", counts.boxes_above},
          {"detections_dropped", counts.detections_dropped},
          {"judged", counts.judged},
          {"left_unjudged", counts.left_unjudged},
          {"finds", counts.finds},
          {"finds_dropped", counts.finds_dropped},
          {"shed", shed_json(counts.shed)},
          {"frac_channels_flagged", or_null(std::optional{counts.frac_channels_flagged})}};
}

// Of all beams together.
OrderedJson counts_json(const RunSummary& summary) {
  BeamSummary all;
  all.counts = summary.counts;
  for (const BeamSummary& beam : summary.beams) {
    all.bursts += beam.bursts;
    all.interference += beam.interference;
    all.told_with_another += beam.told_with_another;
    all.chunks += beam.chunks;
    all.highest_probability = std::max(all.highest_probability, beam.highest_probability);
  }
  all.events = summary.events;
  return beam_counts_json(all);
}

OrderedJson beams_json(const std::vector<BeamSummary>& beams) {
  OrderedJson json = OrderedJson::array();
  for (const BeamSummary& beam : beams) {
    json.push_back({{"beam", beam.observation ? or_null(beam.observation->beam) : nullptr},
                    {"status", beam.status},
                    {"reason", text_or_null(beam.reason)},
                    {"obs_id", text_or_null(beam.obs_id)},
                    {"observation", observation_json(beam.observation)},
                    {"counts", beam_counts_json(beam)},
                    {"ledger", ledger_json(beam.counts.ledger)},
                    {"data_s", beam.data_s}});
  }
  return json;
}

OrderedJson networks_json(const std::vector<NetworkSummary>& networks) {
  OrderedJson json = OrderedJson::array();
  for (const auto& network : networks) {
    json.push_back({{"kind", network.kind},
                    {"file", network.file},
                    {"name", network.name},
                    {"version", network.version},
                    {"sha256", network.sha256}});
  }
  return json;
}

OrderedJson files_json(const std::vector<FileSummary>& files) {
  OrderedJson json = OrderedJson::array();
  for (const auto& file : files) {
    json.push_back({{"path", file.path},
                    {"format", text_or_null(file.format)},
                    {"status", file.status},
                    {"first_sample", file.first},
                    {"samples", file.samples},
                    {"reason", text_or_null(file.reason)},
                    {"beam", or_null(file.beam)}});
  }
  return json;
}

}  // namespace

std::string summary_json(const RunSummary& summary) {
  const OrderedJson json{
      {"schema", "draftstream-summary/1.0.0"},
      {"status", summary.status},
      {"reason", text_or_null(summary.reason)},
      {"command", summary.command},
      {"source", text_or_null(summary.source)},
      {"session", text_or_null(summary.session)},
      {"obs_id", text_or_null(summary.obs_id)},
      {"started_utc", format_iso8601(summary.started)},
      {"ended_utc",
       summary.ended ? OrderedJson(format_iso8601(*summary.ended)) : OrderedJson(nullptr)},
      {"software",
       {{"name", summary.software.name},
        {"version", summary.software.version},
        {"commit", or_null(summary.software.commit)},
        {"config_sha256", or_null(summary.software.config_sha256)}}},
      {"versions", summary.versions},
      {"observation", observation_json(summary.observation)},
      {"counts", counts_json(summary)},
      {"ledger", ledger_json(summary.counts.ledger)},
      {"beams", beams_json(summary.beams)},
      {"cutouts", or_null(summary.cutouts)},
      {"topic", topic_json(summary.topic)},
      {"gateways", gateways_json(summary.gateways)},
      {"dumps", tally_json(summary.dumps)},
      {"plots", tally_json(summary.plots)},
      {"injections", tally_json(summary.injections)},
      {"prompt_alerts", tally_json(summary.alerts)},
      {"packets", packets_json(summary.packets)},
      {"rates",
       {{"wall_s", summary.wall_s},
        {"data_s", summary.data_s},
        {"x_real_time", ratio(summary.data_s, summary.wall_s)}}},
      {"stage_s", stages_json(summary)},
      {"peak_memory_bytes", summary.peak_memory_bytes > 0 ? OrderedJson(summary.peak_memory_bytes)
                                                          : OrderedJson(nullptr)},
      {"own_memory_bytes",
       summary.own_memory_bytes > 0 ? OrderedJson(summary.own_memory_bytes) : OrderedJson(nullptr)},
      {"threads", summary.threads},
      {"backend", text_or_null(summary.backend)},
      {"backend_reason", text_or_null(summary.backend_reason)},
      {"networks", networks_json(summary.networks)},
      {"networks_reason", text_or_null(summary.networks_reason)},
      {"files", files_json(summary.files)},
      {"warnings", summary.warnings}};
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

void write_summary(const std::filesystem::path& path, const RunSummary& summary) {
  write_atomically(path, summary_json(summary));
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss <= 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts kilobytes
}

std::uint64_t own_memory_bytes() {
  std::ifstream rollup{"/proc/self/smaps_rollup"};
  std::uint64_t kilobytes = 0;
  for (std::string name; rollup >> name;) {
    std::uint64_t value = 0;
    if ((name == "Pss_Anon:" || name == "Pss_Shmem:") && rollup >> value) kilobytes += value;
  }
  return kilobytes * 1024;
}

}  // namespace draftstream
