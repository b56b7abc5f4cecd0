// candidates.csv: one row a candidate, written as it is found.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/time_axis.hpp"
#include "publishers/append_file.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// Columns of candidates.csv, in their order.
inline constexpr std::array<std::string_view, 17> candidate_columns{"event_id",
                                                                    "snr",
                                                                    "dm_pc_cm3",
                                                                    "toa_s",
                                                                    "toa_mjd_utc",
                                                                    "width_ms",
                                                                    "toa_inf_mjd_utc",
                                                                    "sample_index",
                                                                    "boxcar_samples",
                                                                    "members",
                                                                    "detector_score",
                                                                    "classifier_score",
                                                                    "label",
                                                                    "frac_missing",
                                                                    "beam",
                                                                    "file",
                                                                    "chunk"};

struct CandidateRow {
  std::string event_id;
  double snr = 0.0;
  double dm_pc_cm3 = 0.0;
  double toa_s = 0.0;  ///< Since the first sample of the observation, at the highest channel.
  UtcInstant toa;      ///< The same; 15 decimals of a day are written.
  double width_ms = 0.0;
  UtcInstant toa_inf;  ///< At infinite frequency.
  std::uint64_t sample_index = 0;
  std::uint32_t boxcar_samples = 1;
  std::uint32_t members = 1;
  std::optional<double> detector_score;
  std::optional<double> classifier_score;
  std::string label;
  double frac_missing = 0.0;
  std::optional<int> beam;
  std::string file;                    ///< That holds the sample `toa`; "" for a stream.
  std::optional<std::uint64_t> chunk;  ///< Index of the chunk that brought it out.
};

/// @param file   As CandidateRow::file.
/// @param chunk  As CandidateRow::chunk.
CandidateRow make_row(const Event& event, std::string file, std::optional<std::uint64_t> chunk);

/// One line of CSV with its line feed: RFC 4180, empty where unknown, numbers with as many digits
/// as bring back the same double.
std::string format_row(const CandidateRow& row);

/// The file, growing row by row.
///
/// Threads: one at a time per object.
class CandidateTable {
 public:
  /// Writes the line of names unless there is something to be continued.
  /// @throws std::system_error if the file cannot be opened.
  explicit CandidateTable(const std::filesystem::path& path, Existing existing = Existing::replace);

  /// @throws std::system_error if the row cannot be written; nothing was added then.
  void append(const CandidateRow& row);

  /// Waits until all rows are on the disk.
  void sync() { file_.sync(); }

 private:
  AppendFile file_;
};

}  // namespace draftstream
