// What the journal is told of a run: that it began, how far it is, how it ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>

#include "app/run_summary.hpp"
#include "publishers/journal/journal.hpp"

namespace draftstream {

/// One observation in the journal. Its ledger there is a second old at most while it is searched,
/// so that it is known how far a run was whose process is killed.
///
/// Threads: note() is for any; the others are for before and after.
class RunRecord {
 public:
  /// @param journal, beams  Must outlive this.
  /// @param folder  Of the results, as seen from the journal's.
  /// @throws std::runtime_error if the journal cannot be written; so does end().
  RunRecord(Journal& journal, BeamSearches beams, const RunSummary& summary,
            const std::filesystem::path& folder);

  /// If end() was not called, it failed.
  ~RunRecord();
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;

  /// A beam has been searched farther: notes the ledgers, unless it is too soon, or another thread
  /// is about to. That it cannot is logged, once.
  void note() noexcept;
  void end(const RunSummary& summary);

 private:
  Journal& journal_;
  BeamSearches beams_;
  std::int64_t number_;
  bool ended_ = false;
  std::mutex mutex_;  // guards what follows
  std::chrono::steady_clock::time_point noted_;
  bool has_failed_ = false;
};

}  // namespace draftstream
