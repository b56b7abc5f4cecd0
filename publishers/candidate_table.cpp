#include "publishers/candidate_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "publishers/csv_field.hpp"

namespace draftstream {
namespace {

template <class Value>
std::string or_empty(const std::optional<Value>& value) {
  return value ? fmt::format("{}", *value) : std::string{};
}

}  // namespace

CandidateRow make_row(const Event& event, std::string file, std::optional<std::uint64_t> chunk) {
  CandidateRow row;
  row.event_id = event.event_id;
  row.snr = event.signal.snr;
  row.dm_pc_cm3 = event.dm.value_pc_cm3;
  row.toa_s = event.time.toa_s;
  row.toa = event.time.toa;
  row.width_ms = event.signal.width_ms;
  row.toa_inf = event.time.toa_inf;
  row.sample_index = event.time.sample_index;
  row.boxcar_samples = event.signal.width_samples;
  row.members = event.signal.members;
  row.detector_score = event.classifier.detector_score;
  row.classifier_score = event.classifier.classifier_score;
  row.label = event.classifier.label;
  row.frac_missing = event.quality.frac_missing;
  row.beam = event.beam.index;
  row.file = std::move(file);
  row.chunk = chunk;
  return row;
}

std::string format_row(const CandidateRow& row) {
  // "{}" prints the fewest digits that bring back the same double.
  const std::array<std::string, candidate_columns.size()> fields{
      csv_field(row.event_id),
      fmt::format("{}", row.snr),
      fmt::format("{}", row.dm_pc_cm3),
      fmt::format("{}", row.toa_s),
      format_mjd(row.toa),
      fmt::format("{}", row.width_ms),
      format_mjd(row.toa_inf),
      fmt::format("{}", row.sample_index),
      fmt::format("{}", row.boxcar_samples),
      fmt::format("{}", row.members),
      or_empty(row.detector_score),
      or_empty(row.classifier_score),
      csv_field(row.label),
      fmt::format("{}", row.frac_missing),
      or_empty(row.beam),
      csv_field(row.file),
      or_empty(row.chunk)};
  return fmt::format("{}\n", fmt::join(fields, ","));
}

CandidateTable::CandidateTable(const std::filesystem::path& path, Existing existing)
    : file_{path, existing} {
  if (file_.size() == 0) file_.append(fmt::format("{}\n", fmt::join(candidate_columns, ",")));
}

void CandidateTable::append(const CandidateRow& row) {
  file_.append(format_row(row));
}

}  // namespace draftstream
