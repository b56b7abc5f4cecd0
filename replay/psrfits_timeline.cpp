#include "replay/psrfits_timeline.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr double half_a_sample = 0.5;
constexpr double jitter_of_row = 0.1;
constexpr double longest_gap_s = 86400.0;  // more is no pause but a wrong number
constexpr std::uint64_t most_samples = std::uint64_t{1} << 53;  // up to here doubles are exact

// OFFS_SUB of all rows [s], or nothing and a warning where it cannot be the time of a row.
std::vector<double> read_centres(const PsrfitsHeader& header, PsrfitsRows& rows,
                                 std::uint64_t count, std::vector<std::string>& warnings) {
  constexpr const char* instead = "rows are taken to follow each other";
  if (!header.row_centres) {
    warnings.push_back(fmt::format("HDU SUBINT: found no column OFFS_SUB; {}", instead));
    return {};
  }
  std::vector<double> centres;
  centres.reserve(count);
  for (std::uint64_t row = 0; row < count; ++row) {
    centres.push_back(float_at(*header.row_centres, rows.at(row), 0));
    if (!std::isfinite(centres.back())) {
      warnings.push_back(fmt::format("row {}: found OFFS_SUB = {}, expected seconds; {}", row + 1,
                                     centres.back(), instead));
      return {};
    }
  }
  const auto [low, high] = std::minmax_element(centres.begin(), centres.end());
  // Two rows of the same time may be a repeated row; more are a field nobody filled in.
  if (*high == *low && (*high == 0.0 || count > 2)) {
    warnings.push_back(
        fmt::format("HDU SUBINT: OFFS_SUB is {} s in every row; {}", *high, instead));
    return {};
  }
  return centres;
}

bool same_samples(const PsrfitsHeader& header, PsrfitsRows& rows, std::uint64_t a,
                  std::uint64_t b) {
  return std::memcmp(rows.at(a) + header.data.offset, rows.at(b) + header.data.offset,
                     header.data.bytes) == 0;
}

// Rows that were set aside and never written: zeros, and so a time and weights of 0. The first row
// is always taken.
std::vector<std::uint64_t> written_rows(const PsrfitsHeader& header, PsrfitsRows& rows,
                                        const std::vector<double>& centres,
                                        std::vector<std::string>& warnings) {
  std::vector<std::uint64_t> written;
  written.reserve(centres.size());
  for (std::uint64_t row = 0; row < centres.size(); ++row) {
    bool zeros = row > 0 && centres[row] == 0.0 && header.weights.has_value();
    for (std::size_t c = 0; zeros && c < header.samples.channels; ++c) {
      zeros = float_at(*header.weights, rows.at(row), c) == 0.0;
    }
    if (!zeros) written.push_back(row);
  }
  if (const std::uint64_t left_out = centres.size() - written.size(); left_out > 0) {
    warnings.push_back(
        fmt::format("HDU SUBINT: found {} rows whose OFFS_SUB and weights are 0; left out as never "
                    "written",
                    left_out));
  }
  return written;
}

// Where each row begins, in samples since STT_*. The last row may be shorter, and its centre early.
std::vector<double> begins(const PsrfitsHeader& header, PsrfitsRows& rows,
                           const std::vector<double>& centres,
                           const std::vector<std::uint64_t>& order) {
  const auto row_spectra = static_cast<double>(header.samples.row_spectra);
  std::vector<double> result;
  result.reserve(order.size());
  for (const std::uint64_t row : order) {
    double length = row_spectra;
    if (row == order.back() && header.row_lengths) {
      const double told = float_at(*header.row_lengths, rows.at(row), 0) / header.sample_time_s;
      if (told > 0.0 && told < row_spectra) length = told;
    }
    result.push_back(centres[row] / header.sample_time_s - 0.5 * length);
  }
  return result;
}

// The spectra of the last row that are data: NSTOT counts those of all rows.
// @param whole_file  The header's number of rows is there.
std::uint64_t last_row_spectra(const PsrfitsHeader& header, std::uint64_t rows, bool whole_file,
                               std::vector<std::string>& warnings) {
  const std::uint64_t row_spectra = header.samples.row_spectra;
  if (!header.spectra) return row_spectra;
  const std::uint64_t whole = (rows - 1) * row_spectra;
  if (*header.spectra > whole && *header.spectra <= whole + row_spectra) {
    return *header.spectra - whole;
  }
  // In one file of several NSTOT may count all of them; a truncated file has its own warning.
  if (header.rows_before == 0 && whole_file) {
    warnings.push_back(
        fmt::format("HDU SUBINT, keyword NSTOT: found {}, expected {} to {} with {} rows of NSBLK "
                    "= {}; every row is taken whole",
                    *header.spectra, whole + 1, whole + row_spectra, rows, row_spectra));
  }
  return row_spectra;
}

// Turns begins into sample indices, one row after the other.
class Layout {
 public:
  Layout(const PsrfitsHeader& header, PsrfitsRows& rows, PsrfitsTimeline& timeline)
      : header_{header}, rows_{rows}, timeline_{timeline} {}

  void add(std::uint64_t row, double begin, double centre_s, std::uint64_t samples) {
    const auto row_spectra = static_cast<double>(header_.samples.row_spectra);
    if (timeline_.rows.empty()) clock_offset_ = -begin;
    const auto end = static_cast<double>(timeline_.samples);
    const double late = timeline_.rows.empty() ? 0.0 : begin + clock_offset_ - end;

    if (late <= -std::max(jitter_of_row * row_spectra, half_a_sample)) {
      overlap(row, centre_s, late);
      return;
    }
    if (late <= -half_a_sample) {
      ++early_rows_;
    } else {
      if (late >= half_a_sample) insert_gap(row, late, centre_s);
      clock_offset_ = static_cast<double>(timeline_.samples) - begin;  // rounding does not add up
    }
    timeline_.rows.push_back({timeline_.samples, samples, row});
    timeline_.samples += samples;
    centre_s_ = centre_s;
  }

  void report() {
    if (early_rows_ > 0) {
      timeline_.warnings.push_back(
          fmt::format("HDU SUBINT: OFFS_SUB puts {} rows less than a tenth of a row before the end "
                      "of the one before; taken as jitter",
                      early_rows_));
    }
    if (repeated_rows_ > 0) {
      timeline_.warnings.push_back(fmt::format(
          "HDU SUBINT: found {} rows that repeat another exactly; left out", repeated_rows_));
    }
  }

 private:
  void overlap(std::uint64_t row, double centre_s, double late) {
    const std::uint64_t before = timeline_.rows.back().row;
    if (centre_s == centre_s_ && same_samples(header_, rows_, row, before)) {
      ++repeated_rows_;
      return;
    }
    throw InputError{fmt::format("row {}", row + 1),
                     fmt::format("OFFS_SUB = {:.12g} s, {:.1f} samples before the end of row {} "
                                 "(OFFS_SUB = {:.12g} s)",
                                 centre_s, -late, before + 1, centre_s_),
                     "rows that do not overlap"};
  }

  void insert_gap(std::uint64_t row, double late, double centre_s) {
    if (late * header_.sample_time_s > longest_gap_s) {
      throw InputError{fmt::format("row {}", row + 1),
                       fmt::format("OFFS_SUB = {:.12g} s after {:.12g} s of row {}", centre_s,
                                   centre_s_, timeline_.rows.back().row + 1),
                       "rows at most a day apart"};
    }
    const auto samples = static_cast<std::uint64_t>(std::llround(late));
    if (timeline_.samples + samples > most_samples) {
      throw InputError{"HDU SUBINT",
                       fmt::format("{} samples, gaps included", timeline_.samples + samples),
                       "at most 2^53"};
    }
    timeline_.gaps.push_back({timeline_.samples, samples, Fate::missing});
    timeline_.samples += samples;
  }

  const PsrfitsHeader& header_;
  PsrfitsRows& rows_;
  PsrfitsTimeline& timeline_;
  double clock_offset_ = 0.0;  // sample index less `begin`, as of the last row on time
  double centre_s_ = 0.0;      // OFFS_SUB of the last row
  std::uint64_t early_rows_ = 0;
  std::uint64_t repeated_rows_ = 0;
};

// The start of sample 0. OFFS_SUB wins over NSUBOFFS only by whole rows: these were cut away.
UtcInstant find_start(const PsrfitsHeader& header, double first_begin,
                      std::vector<std::string>& warnings) {
  const auto row_spectra = static_cast<double>(header.samples.row_spectra);
  const double told = static_cast<double>(header.rows_before) * row_spectra;
  double begin = told;
  if (first_begin - told >= row_spectra - half_a_sample) {
    begin = std::round(first_begin);
    warnings.push_back(
        fmt::format("HDU SUBINT: OFFS_SUB begins {:.2f} rows after what NSUBOFFS = {} says; the "
                    "start is taken from OFFS_SUB",
                    (first_begin - told) / row_spectra, header.rows_before));
  } else if (std::abs(first_begin - told) >= half_a_sample) {
    warnings.push_back(
        fmt::format("HDU SUBINT: OFFS_SUB puts the first row {:.2f} rows from where NSUBOFFS = {} "
                    "does; the start is taken from NSUBOFFS",
                    (first_begin - told) / row_spectra, header.rows_before));
  }
  if (begin == 0.0) return header.start;
  const double seconds = begin * header.sample_time_s;
  constexpr double ten_years_s = 10.0 * 366.0 * 86400.0;
  if (!(seconds <= ten_years_s)) {
    throw InputError{"HDU SUBINT", fmt::format("a first row {:.6g} s after STT_*", seconds),
                     "an observation of less than ten years"};
  }
  return header.start + Seconds{seconds};
}

}  // namespace

PsrfitsTimeline lay_out_rows(const PsrfitsHeader& header, PsrfitsRows& rows, std::uint64_t count) {
  PsrfitsTimeline timeline;
  std::vector<std::string>& warnings = timeline.warnings;
  timeline.rows.reserve(count);
  const bool whole_file = count == header.table.rows;
  const std::uint64_t row_spectra = header.samples.row_spectra;
  const auto centres = read_centres(header, rows, count, warnings);
  if (centres.empty()) {
    const std::uint64_t last_spectra = last_row_spectra(header, count, whole_file, warnings);
    for (std::uint64_t row = 0; row < count; ++row) {
      const std::uint64_t samples = row + 1 == count ? last_spectra : row_spectra;
      timeline.rows.push_back({timeline.samples, samples, row});
      timeline.samples += samples;
    }
    timeline.start =
        find_start(header, static_cast<double>(header.rows_before * row_spectra), warnings);
    return timeline;
  }

  std::vector<std::uint64_t> order = written_rows(header, rows, centres, warnings);
  const std::uint64_t last_row = order.back();
  const std::uint64_t last_spectra = last_row_spectra(header, order.size(), whole_file, warnings);
  const auto earlier = [&centres](std::uint64_t a, std::uint64_t b) {
    return centres[a] < centres[b];
  };
  if (!std::is_sorted(order.begin(), order.end(), earlier)) {
    std::stable_sort(order.begin(), order.end(), earlier);
    warnings.emplace_back(
        "HDU SUBINT: rows are not in the order of OFFS_SUB; read in the order of time");
  }
  const auto row_begins = begins(header, rows, centres, order);
  timeline.start = find_start(header, row_begins.front(), warnings);
  Layout layout{header, rows, timeline};
  for (std::size_t i = 0; i < order.size(); ++i) {
    layout.add(order[i], row_begins[i], centres[order[i]],
               order[i] == last_row ? last_spectra : row_spectra);
  }
  layout.report();
  return timeline;
}

}  // namespace draftstream
