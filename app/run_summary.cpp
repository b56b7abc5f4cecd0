#include "app/run_summary.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <spdlog/version.h>

#include <algorithm>
#include <thread>

#include "app/back_end.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/version.hpp"
#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

std::string ledger_line(const Ledger& ledger) {
  std::string line = fmt::format("{} samples =", ledger.expected());
  for (std::size_t index = 0; index < fates; ++index) {
    const auto fate = static_cast<Fate>(index);
    line += fmt::format("{} {} {}", index == 0 ? "" : " +", ledger[fate], name(fate));
  }
  return ledger.balanced() ? line : line + " (they do NOT add up)";
}

}  // namespace

EventSoftware this_software() {
  EventSoftware software;
  software.version = version;
  if (!commit.empty()) software.commit = commit;
  return software;
}

RunSummary begin_summary(const Recording& recording, const Settings& settings,
                         const EventContext& context, const std::string& obs_id) {
  RunSummary summary;
  summary.command = "replay";
  summary.session = context.session;
  summary.obs_id = obs_id;
  summary.started = utc_now();
  summary.software = context.software;
  summary.versions = {
      {"compiler", __VERSION__},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)}};
  summary.observation = recording.observation();
  summary.threads = settings.search.threads != 0
                        ? settings.search.threads
                        : std::max(1U, std::thread::hardware_concurrency());
  const ChosenBackEnd chosen = choose_back_end(settings);
  summary.backend = name(chosen.back_end);
  summary.backend_reason = chosen.reason;
  for (const RecordedFile& file : recording.files()) {
    summary.files.push_back({file.path, file.format, "pending", file.first, file.samples, ""});
  }
  summary.warnings.assign(recording.warnings().begin(), recording.warnings().end());
  return summary;
}

void finish_summary(RunSummary& summary, const Search& search, const std::exception_ptr& error,
                    int signal) {
  summary.counts = search.counts();
  const std::uint64_t taken = search.samples_taken();
  summary.data_s = summary.observation->time.since_start(static_cast<double>(taken)).value();
  if (error != nullptr) {
    summary.status = "failed";
    summary.reason = sentence_of(error);
  } else if (signal != 0) {
    summary.status = "interrupted";
    summary.reason = fmt::format("{} arrived after {} samples", signal_name(signal), taken);
  } else {
    summary.status = "complete";
  }
  for (FileSummary& file : summary.files) {
    if (file.first + file.samples <= taken) {
      file.status = "complete";
    } else if (file.first < taken) {
      file.status = "partial";
      file.reason = summary.reason;
    }
  }
}

StatusReport status_report(const RunSummary& summary) {
  StatusReport report;
  report.state = "ended";
  report.result = summary.status;
  report.reason = summary.reason;
  report.obs_id = summary.obs_id;
  report.candidates = summary.counts.candidates;
  report.candidates_dropped = summary.counts.candidates_dropped;
  report.ledger = summary.counts.ledger;
  return report;
}

void log_summary(const RunSummary& summary, const std::optional<Strongest>& strongest,
                 const std::filesystem::path& folder) {
  const double rate = summary.wall_s > 0.0 ? summary.data_s / summary.wall_s : 0.0;
  std::string line = fmt::format(
      "{}: {:.1f} s of data in {:.1f} s ({:.3g} x real time), {} "
      "candidate{}",
      summary.status, summary.data_s, summary.wall_s, rate, summary.events,
      summary.events == 1 ? "" : "s");
  if (strongest) {
    line += fmt::format(", highest S/N {:.1f} at {:.3f} s, DM {:.1f}", strongest->snr,
                        strongest->toa_s, strongest->dm_pc_cm3);
  }
  spdlog::info("{}", line);
  spdlog::info("{}", ledger_line(summary.counts.ledger));
  if (summary.counts.candidates_dropped > 0) {
    spdlog::warn("{} weaker candidates were dropped in a storm; see max_candidates_per_s",
                 summary.counts.candidates_dropped);
  }
  spdlog::info("results are in {}", folder.string());
}

}  // namespace draftstream
