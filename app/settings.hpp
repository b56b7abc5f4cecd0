// Everything that can be chosen about a run, as values. config.hpp says how each is written.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/overload.hpp"
#include "app/plot_rule.hpp"
#include "engine/beam_coincidence.hpp"
#include "engine/infer/inference_model.hpp"
#include "engine/infer/judging_policy.hpp"
#include "engine/search_config.hpp"
#include "ingest/units.hpp"
#include "publishers/formats/candidate_format.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/topic_publisher.hpp"
#include "replay/beams.hpp"
#include "training/live_injector.hpp"

namespace draftstream {

/// Which events have the raw samples around them kept.
struct DumpRule {
  std::optional<double> above_snr;             ///< Lowest S/N; empty = none have.
  double above_probability = 0.0;              ///< Lowest probability of those that are judged.
  Seconds pad{1.0};                            ///< Around the sweep, at least.
  Seconds keep{0.0};                           ///< In the ring, for dumps that are asked for.
  std::size_t most_waiting = 16;               ///< Events; the faintest gives way.
  std::uint64_t most_bytes = 100'000'000'000;  ///< Of all dumps of an observation.
};

/// Defaults are what an operator who chose nothing should get.
struct Settings {
  SearchConfig search;    ///< Without masked_channels: those are read from `mask_file`, once the
                          ///< observation is known.
  std::string mask_file;  ///< "" = none.
  std::string backend = "auto";  ///< "auto", "cpu" or "cuda"; see back_end.hpp.
  bool networks = true;          ///< Judge candidates by networks, where there are any:
  std::string detector_file;     ///< "" = the one that is shipped.
  std::string classifier_file;   ///< "" = the one that is shipped.
  NetworkOptions network_options;
  JudgingPolicy judging;

  BeamRule beams;                    ///< Where several beams are searched.
  std::vector<BeamFile> beam_files;  ///< Recordings whose beam was told.

  std::optional<std::uint64_t> chunk_samples;  ///< Empty = about a second.
  std::optional<double> speed;                 ///< x real time; empty = as fast as it goes.

  TopicPublisherOptions topic;  ///< Publisher, session and beam are the run's own. No endpoint:
                                ///< nothing is published.
  std::string site = "local";   ///< Names this telescope in every topic.
  std::string instrument = "draftstream";  ///< Names the receiver among those of the site.
  std::string instance = "0";              ///< Names this process among those of the instrument.
  std::string curve_key_file;              ///< The publisher's pair; "" = no keys.
  std::string allow;                       ///< Folder or file of the keys it lets in; "" = none.
  unsigned wait_subscribers = 0;           ///< Begin once this many are there.
  std::string gateways_file;               ///< Who outside is told; "" = nobody.
  std::chrono::milliseconds gateways_linger{3'000};  ///< For them to take the rest, at the end.
  JournalRetention journal;                          ///< What is kept of what was told.

  std::string control;             ///< Endpoint that a live run answers at; "" = none.
  bool prompt_alerts = true;       ///< A live run tells of pulses before it has searched all.
  std::chrono::seconds drain{20};  ///< What a signal finds unsearched is searched so long, live.

  std::string http;             ///< Address that a page is served at; "" = none.
  std::string http_token_file;  ///< Holds what those show who may look; "" = this machine may.

  OverloadRule overload;  ///< Of streams that do not wait.

  std::string folder;  ///< "" = <stem of the first file>.draftstream in the current folder.
  DumpRule dumps;
  InjectionRule injection;  ///< DMs are those that are searched.
  PlotRule plots;
  bool cutouts = true;          ///< What is seen around each candidate, in the folder's cutouts.h5.
  bool attach_cutouts = false;  ///< The same, as binary frames of what is published.
  std::vector<CandidateFormat> formats;  ///< Of other programs, in the folder's formats/.
  bool log_chunks = false;               ///< A line for each chunk that was searched.
  bool quiet = false;                    ///< Warnings and errors only.
  bool json = false;                     ///< The summary on stdout.
};

/// Whether cutouts are kept: the engine direct has no samples that could be looked at again.
inline bool keeps_cutouts(const Settings& settings) {
  return settings.cutouts && settings.search.engine == EngineKind::tree;
}

/// Threads that search, in all.
inline unsigned threads_of(const Settings& settings) {
  return settings.search.threads != 0 ? settings.search.threads
                                      : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace draftstream
