// summary.json: what a run did, for people and programs that were not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/search.hpp"
#include "ingest/observation.hpp"
#include "ingest/packets/packet_report.hpp"
#include "publishers/event.hpp"
#include "publishers/gateways/gateway_counts.hpp"
#include "publishers/run_tallies.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

/// What became of one input file.
struct FileSummary {
  std::string path;
  std::string format;              ///< "SIGPROC", "PSRFITS"; "" where unknown.
  std::string status = "pending";  ///< "pending", "complete", "partial", "refused".
  std::uint64_t first = 0;         ///< Sample index of its first spectrum in the observation.
  std::uint64_t samples = 0;       ///< Spectra it spans.
  std::string reason;              ///< One sentence where it is partial or refused; else "".
  std::optional<int> beam;         ///< That it is of; empty where unknown.
};

/// One of the beams that were searched side by side.
struct BeamSummary {
  std::string status = "running";  ///< As RunSummary's.
  std::string reason;              ///< As RunSummary's.
  std::string obs_id;
  std::optional<Observation> observation;
  SearchCounts counts;
  std::uint64_t events = 0;             ///< Numbered and stored.
  std::uint64_t interference = 0;       ///< Of these, in too many beams.
  std::uint64_t told_with_another = 0;  ///< Candidates told with another beam's event.
  std::uint64_t bursts = 0;             ///< Of the events, those called bursts; none injected.
  std::optional<double> highest_probability;  ///< Of these events; empty: none was judged.
  std::uint64_t chunks = 0;                   ///< That were searched, the last in part.
  double data_s = 0.0;                        ///< Observing time that was read.
};

/// A network that judged candidates.
struct NetworkSummary {
  std::string kind;  ///< "detector", "classifier".
  std::string file;
  std::string name;
  std::string version;
  std::string sha256;  ///< Of the file.
};

struct RunSummary {
  std::string status = "running";  ///< "running", "complete", "interrupted", "failed".
  std::string reason;              ///< One sentence where it is not complete; else "".
  std::string command;             ///< "replay", "live".
  std::string source;              ///< URL of a live source; "" for recordings.
  std::string session;
  std::string obs_id;  ///< Of the first beam, as is `observation`.
  UtcInstant started;
  std::optional<UtcInstant> ended;
  EventSoftware software;
  std::map<std::string, std::string> versions;  ///< Of libraries, by name.
  std::optional<Observation> observation;
  SearchCounts counts;       ///< Of all beams; with the ledger and the seconds of each stage.
  std::uint64_t events = 0;  ///< Numbered and stored, of all beams.
  std::vector<BeamSummary> beams;
  std::optional<std::uint64_t> cutouts;        ///< Kept in cutouts.h5; empty: none were to be.
  std::optional<TopicCounts> topic;            ///< Empty: nothing was published.
  std::vector<GatewayCounts> gateways;         ///< Who outside was told of what.
  std::optional<PacketReport> packets;         ///< Empty: there were none.
  std::optional<DumpSummary> dumps;            ///< Empty: none were to be.
  std::optional<PlotSummary> plots;            ///< Empty: none were to be.
  std::optional<InjectionSummary> injections;  ///< Empty: none were to be.
  std::optional<PromptAlertSummary> alerts;    ///< Empty: none were to be.
  double wall_s = 0.0;                         ///< Since `started`.
  double data_s = 0.0;                    ///< Observing time that was read, of the longest beam.
  std::map<std::string, double> stage_s;  ///< Further stages, by name: "read", "publish".
  std::uint64_t peak_memory_bytes = 0;    ///< peak_memory_bytes(); 0 = unknown.
  std::uint64_t own_memory_bytes = 0;     ///< own_memory_bytes() while searching; 0 = unknown.
  unsigned threads = 0;
  std::string backend;                   ///< What summed the trials: "cpu", "cuda".
  std::string backend_reason;            ///< Why that, or the device's name.
  std::vector<NetworkSummary> networks;  ///< Empty: nothing was judged.
  std::string networks_reason;           ///< Why none did; else "".
  std::vector<FileSummary> files;
  std::vector<std::string> warnings;
};

/// Pretty-printed JSON; docs/interfaces/files.md describes its fields.
std::string summary_json(const RunSummary& summary);

/// Replaces the file by the present state, atomically.
/// @throws std::system_error naming the file.
void write_summary(const std::filesystem::path& path, const RunSummary& summary);

/// Most memory this process ever held resident [bytes]; 0 where the system does not tell.
std::uint64_t peak_memory_bytes();

/// Memory of its own that this process holds resident now: not files that it has mapped, and
/// what it mapped twice only once [bytes]; 0 where the system does not tell.
std::uint64_t own_memory_bytes();

}  // namespace draftstream
