#include "app/run_summary.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <spdlog/version.h>

#include <algorithm>
#include <span>
#include <utility>

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

void log_beams(const RunSummary& summary) {
  std::uint64_t interference = 0;
  std::uint64_t told_with_another = 0;
  for (const BeamSummary& beam : summary.beams) {
    interference += beam.interference;
    told_with_another += beam.told_with_another;
    if (beam.status == "complete") continue;
    spdlog::warn("beam {}: {}: {}", beam.observation->beam.value_or(0), beam.status, beam.reason);
  }
  spdlog::info(
      "{} beams; {} of the candidates are interference, {} more were seen better by another beam",
      summary.beams.size(), interference, told_with_another);
}

void log_plots(const PlotSummary& plots) {
  spdlog::info(
      "{} plots of {} pictures, {:.1f} s after the search; {} skipped, {} failed, {} left out",
      plots.made, plots.pictures, plots.after_search_s, plots.skipped, plots.failed,
      plots.left_out);
}

std::vector<std::string> warnings_of(BeamSearches beams) {
  std::vector<std::string> all;
  for (const auto& beam : beams) {
    const std::vector<std::string> some = beam->source().warnings();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void finish_beam(BeamSummary& beam, const BeamSearch& search, const std::exception_ptr& error,
                 int signal) {
  beam.counts = search.search().counts();
  const std::uint64_t taken = search.samples_taken();
  beam.data_s = beam.observation->time.since_start(static_cast<double>(taken)).value();
  const std::uint64_t chunk_samples = search.buffers().chunk_samples;
  beam.chunks = (taken + chunk_samples - 1) / chunk_samples;
  if (error != nullptr) {
    beam.status = "failed";
    beam.reason = sentence_of(error);
  } else if (signal != 0 && !search.all_taken()) {
    beam.status = "interrupted";
    beam.reason = fmt::format("{} arrived after {} samples", signal_name(signal), taken);
  } else {
    beam.status = "complete";
    beam.reason = "";
  }
}

// What could not be read of a file; "" if all could.
std::string unread_of(const FileSummary& file, std::span<const UnreadStretch> stretches) {
  std::uint64_t samples = 0;
  std::string first_reason;
  for (const UnreadStretch& stretch : stretches) {
    const std::uint64_t from = std::max(stretch.first, file.first);
    const std::uint64_t to = std::min(stretch.first + stretch.samples, file.first + file.samples);
    if (from >= to) continue;
    samples += to - from;
    if (first_reason.empty()) first_reason = stretch.reason;
  }
  if (samples == 0) return "";
  return fmt::format("{} of {} samples could not be read: {}", samples, file.samples, first_reason);
}

void finish_file(FileSummary& file, const BeamSummary& beam, std::uint64_t taken,
                 std::span<const UnreadStretch> stretches) {
  if (file.first >= taken) return;
  file.reason = unread_of(file, stretches);
  if (file.first + file.samples > taken) {
    file.reason = beam.reason;
  }
  file.status = file.reason.empty() ? "complete" : "partial";
}

void refuse_file(RunSummary& summary, const RefusedFile& refused) {
  FileSummary file;
  file.path = refused.file.path;
  file.status = "refused";
  file.reason = sentence_of(refused.error);
  file.beam = refused.file.beam;
  summary.files.push_back(std::move(file));
}

// ", 2 bursts among them, highest probability 0.98"; "" where nothing was judged.
std::string bursts_of(const RunSummary& summary) {
  std::uint64_t bursts = 0;
  std::optional<double> highest;
  for (const BeamSummary& beam : summary.beams) {
    bursts += beam.bursts;
    highest = std::max(highest, beam.highest_probability);
  }
  if (!highest) return "";
  return fmt::format(", {} burst{} among them, highest probability {:.2f}", bursts,
                     bursts == 1 ? "" : "s", *highest);
}

// Reasons of refused ones begin with their names.
void log_files(const RunSummary& summary) {
  for (const FileSummary& file : summary.files) {
    if (file.status == "refused") spdlog::warn("refused: {}", file.reason);
    if (file.status == "partial") spdlog::warn("{}: partial: {}", file.path, file.reason);
  }
}

}  // namespace

EventSoftware this_software() {
  EventSoftware software;
  software.version = version;
  if (!commit.empty()) software.commit = commit;
  return software;
}

RunSummary begin_summary(BeamSearches beams, const Settings& settings, const Results& results,
                         const std::string& session, const RunKind& kind) {
  RunSummary summary;
  summary.command = kind.command;
  summary.source = kind.source;
  summary.session = session;
  summary.obs_id = results.obs_id(0);
  summary.started = utc_now();
  summary.software = this_software();
  summary.versions = {
      {"compiler", __VERSION__},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)}};
  summary.observation = beams.front()->observation();
  summary.cutouts = results.cutouts();
  summary.threads = threads_of(settings);
  const ChosenBackEnd chosen = choose_back_end(settings);
  summary.backend = name(chosen.back_end);
  summary.backend_reason = chosen.reason;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    const BeamFeed& source = beams[i]->source();
    const std::optional<int> number = source.observation().beam;
    for (const RecordedFile& file : source.files()) {
      summary.files.push_back(
          {file.path, file.format, "pending", file.first, file.samples, "", number});
    }
    BeamSummary beam;
    beam.obs_id = results.obs_id(i);
    beam.observation = source.observation();
    summary.beams.push_back(std::move(beam));
  }
  for (const RefusedFile& refused : kind.refused) refuse_file(summary, refused);
  summary.warnings = warnings_of(beams);
  return summary;
}

std::exception_ptr finish_summary(RunSummary& summary, BeamSearches beams, const Results& results,
                                  const RunKind& kind, const std::exception_ptr& error,
                                  int signal) {
  std::exception_ptr first_error = error;
  summary.counts = {};
  auto file = summary.files.begin();
  for (std::size_t i = 0; i < beams.size(); ++i) {
    const std::exception_ptr failed = error != nullptr ? error : beams[i]->error();
    if (first_error == nullptr) first_error = failed;
    BeamSummary& beam = summary.beams[i];
    finish_beam(beam, *beams[i], failed, signal);
    const BeamResultCounts& counts = results.counts(i);
    beam.events = counts.events;
    beam.interference = counts.interference;
    beam.told_with_another = counts.told_with_another;
    beam.bursts = counts.bursts;
    beam.highest_probability = counts.highest_probability;
    summary.counts += beam.counts;
    summary.data_s = std::max(summary.data_s, beam.data_s);
    const std::vector<UnreadStretch> unread = beams[i]->source().unread();
    for (std::size_t n = beams[i]->source().files().size(); n > 0; --n, ++file) {
      finish_file(*file, beam, beams[i]->samples_taken(), unread);
    }
  }
  summary.events = results.events();
  summary.cutouts = results.cutouts();
  summary.warnings = warnings_of(beams);  // a live source has some more at its end
  // What went worst, first.
  for (const char* status : {"failed", "interrupted", "complete"}) {
    const auto worst =
        std::find_if(summary.beams.begin(), summary.beams.end(),
                     [status](const BeamSummary& beam) { return beam.status == status; });
    if (worst == summary.beams.end()) continue;
    summary.status = worst->status;
    summary.reason = worst->reason;
    break;
  }
  if (!kind.refused.empty() && summary.status == "complete") {
    first_error = kind.refused.front().error;
    summary.status = "failed";
    summary.reason = fmt::format("{} of {} recordings could not be opened: {}", kind.refused.size(),
                                 summary.files.size(), sentence_of(first_error));
  }
  return first_error;
}

StatusReport status_report(const RunSummary& summary) {
  const bool runs = summary.status == "running";
  StatusReport report;
  report.state = runs ? "running" : "waiting";
  if (!runs) report.result = summary.status;
  report.reason = summary.reason;
  report.obs_id = summary.obs_id;
  report.candidates = summary.counts.candidates;
  report.candidates_dropped = summary.counts.candidates_dropped;
  report.ledger = summary.counts.ledger;
  return report;
}

StatusReport running_report(BeamSearches beams, const Results& results) {
  StatusReport report;
  report.obs_id = results.obs_id(0);
  for (const auto& beam : beams) {
    const SearchCounts counts = beam->report().counts;
    report.candidates += counts.candidates;
    report.candidates_dropped += counts.candidates_dropped;
    report.ledger += counts.ledger;
  }
  return report;
}

void log_summary(const RunSummary& summary, const Results& results,
                 const std::filesystem::path& folder) {
  const double rate = summary.wall_s > 0.0 ? summary.data_s / summary.wall_s : 0.0;
  std::string line =
      fmt::format("{}: {:.1f} s of data in {:.1f} s ({:.3g} x real time), {} candidate{}{}",
                  summary.status, summary.data_s, summary.wall_s, rate, summary.events,
                  summary.events == 1 ? "" : "s", bursts_of(summary));
  if (const auto& strongest = results.strongest()) {
    line += fmt::format(", highest S/N {:.1f} at {:.3f} s, DM {:.1f}", strongest->snr,
                        strongest->toa_s, strongest->dm_pc_cm3);
  }
  spdlog::info("{}", line);
  if (summary.beams.size() > 1) log_beams(summary);
  log_files(summary);
  spdlog::info("{}", ledger_line(summary.counts.ledger));
  if (summary.counts.candidates_dropped > 0) {
    spdlog::warn("{} weaker candidates were dropped in a storm; see max_candidates_per_s",
                 summary.counts.candidates_dropped);
  }
  if (summary.plots) log_plots(*summary.plots);
  spdlog::info("results are in {}", folder.string());
}

}  // namespace draftstream
