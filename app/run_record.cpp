#include "app/run_record.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <vector>

namespace draftstream {
namespace {

constexpr std::chrono::seconds between_notes{1};

std::vector<BeamLedger> ledgers_of(BeamSearches beams) {
  std::vector<BeamLedger> all;
  for (const auto& beam : beams) {
    const BeamReport report = beam->report();
    all.push_back(
        {report.beam, report.samples_received, report.samples_searched, report.counts.ledger});
  }
  return all;
}

void warn_of(const VanishedObservation& before) {
  if (before.missed_samples) {
    spdlog::warn(
        "the observation before, {}, ended without a word; the {} samples ({:.3f} s) between its "
        "sample {} and this one were not searched to the end",
        before.obs_id, *before.missed_samples, before.missed_s, before.samples_searched);
  } else {
    spdlog::warn(
        "the observation before, {}, ended without a word, searched to sample {}; the stream's "
        "clock does not tell what was missed since",
        before.obs_id, before.samples_searched);
  }
}

std::int64_t begin(Journal& journal, const RunSummary& summary,
                   const std::filesystem::path& folder) {
  ObservationStart start;
  start.command = summary.command;
  start.source = summary.source;
  start.folder = folder.string();
  start.obs_id = summary.obs_id;
  start.start = summary.observation->time.start;
  start.sample_time = summary.observation->time.sample_time;
  const BegunObservation begun = journal.begin_observation(start);
  if (begun.before) warn_of(*begun.before);
  return begun.number;
}

}  // namespace

RunRecord::RunRecord(Journal& journal, BeamSearches beams, const RunSummary& summary,
                     const std::filesystem::path& folder)
    : journal_{journal}, beams_{beams}, number_{begin(journal, summary, folder)} {
  journal_.note_progress(number_, ledgers_of(beams_));
}

RunRecord::~RunRecord() {
  if (ended_) return;
  try {
    journal_.end_observation(number_, {"failed", "the run broke off"}, ledgers_of(beams_));
  } catch (const std::exception& fault) {
    spdlog::error("{}", fault.what());
  }
}

void RunRecord::note() noexcept {
  const std::unique_lock lock{mutex_, std::try_to_lock};
  const auto now = std::chrono::steady_clock::now();
  if (!lock || now - noted_ < between_notes) return;
  noted_ = now;
  try {
    journal_.note_progress(number_, ledgers_of(beams_));
  } catch (const std::exception& fault) {
    if (!has_failed_) spdlog::error("{}", fault.what());
    has_failed_ = true;
  }
}

void RunRecord::end(const RunSummary& summary) {
  std::vector<BeamLedger> ledgers = ledgers_of(beams_);
  for (std::size_t i = 0; i < ledgers.size(); ++i) {
    ledgers[i].ledger = summary.beams[i].counts.ledger;
  }
  journal_.end_observation(number_, {summary.status, summary.reason}, ledgers);
  ended_ = true;
}

}  // namespace draftstream
