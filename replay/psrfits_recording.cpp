#include "replay/psrfits_recording.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "replay/mapped_file.hpp"
#include "replay/psrfits_frequency.hpp"
#include "replay/psrfits_header.hpp"
#include "replay/psrfits_intensity.hpp"
#include "replay/psrfits_rows.hpp"
#include "replay/psrfits_samples.hpp"
#include "replay/psrfits_timeline.hpp"

namespace draftstream {
namespace {

// Rows of which every byte is in the file.
std::uint64_t whole_rows(const FitsTable& table, std::uint64_t file_bytes,
                         std::vector<std::string>& warnings) {
  const std::uint64_t bytes = file_bytes > table.data_begin ? file_bytes - table.data_begin : 0;
  const std::uint64_t rows = std::min(table.rows, bytes / table.row_bytes);
  if (rows == 0) {
    throw InputError{fmt::format("HDU SUBINT, byte {}", table.data_begin),
                     fmt::format("{} bytes of data", bytes),
                     fmt::format("at least one row of {} bytes", table.row_bytes)};
  }
  if (rows < table.rows) {
    warnings.push_back(
        fmt::format("HDU SUBINT: found {} whole rows, expected NAXIS2 = {}; the file is truncated, "
                    "what is whole is read",
                    rows, table.rows));
  }
  return rows;
}

// Both lists are in order and share no spectrum; gaps that touch and have one fate become one.
std::vector<Gap> merge_gaps(const std::vector<Gap>& missing, const std::vector<Gap>& invalid) {
  std::vector<Gap> sorted(missing.size() + invalid.size());
  std::merge(missing.begin(), missing.end(), invalid.begin(), invalid.end(), sorted.begin(),
             [](const Gap& a, const Gap& b) { return a.first < b.first; });
  std::vector<Gap> merged;
  for (const Gap& gap : sorted) {
    if (!merged.empty() && merged.back().end() == gap.first && merged.back().fate == gap.fate) {
      merged.back().samples += gap.samples;
    } else {
      merged.push_back(gap);
    }
  }
  return merged;
}

class PsrfitsRecording : public Recording {
 public:
  // Throws InputError without the file's name.
  PsrfitsRecording(std::unique_ptr<MappedFile> file, const OpenOptions& options)
      : file_{std::move(file)}, header_{read_psrfits_header(file_->bytes())} {
    std::vector<std::string> warnings = std::move(header_.warnings);
    const std::uint64_t count = whole_rows(header_.table, file_->bytes().size(), warnings);
    PsrfitsRows rows{header_.table, *file_};
    PsrfitsTimeline timeline = lay_out_rows(header_, rows, count);
    warnings.insert(warnings.end(), timeline.warnings.begin(), timeline.warnings.end());
    rows_ = std::move(timeline.rows);
    const PsrfitsScaling scaling = scan_scaling(header_, rows, rows_, warnings);
    gaps_ = merge_gaps(timeline.gaps, scaling.invalid_rows);
    std::vector<std::size_t> pols = intensity_pols(header_, options.pick_if, warnings);
    if (!scaling.as_stored) intensity_.emplace(header_, std::move(pols));

    observation_.frequency = read_frequency_axis(header_, row_at(rows_.front()), warnings);
    observation_.time = {timeline.start, Seconds{header_.sample_time_s}};
    observation_.format = scaling.as_stored ? stored_format(header_.samples) : float_samples;
    observation_.samples = timeline.samples;
    observation_.telescope = header_.telescope;
    observation_.backend = header_.backend;
    observation_.source_name = header_.source_name;
    observation_.ra_deg = header_.ra_deg;
    observation_.dec_deg = header_.dec_deg;
    observation_.beam = header_.beam;
    observation_.stored_bits = header_.samples.bits;
    observation_.stored_pols = static_cast<int>(header_.samples.pols);
    files_.push_back({file_->path(), 0, timeline.samples, "PSRFITS"});
    for (const std::string& warning : warnings) {
      warnings_.push_back(file_->path() + ": " + warning);
    }
    file_->forget(0, file_->bytes().size());
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return gaps_; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override {
    return warnings_;
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return files_; }

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::size_t stride = observation_.spectrum_bytes();
    const std::uint64_t count = out.size() / stride;
    if (out.size() % stride != 0) {
      throw std::invalid_argument(fmt::format(
          "PsrfitsRecording: {} bytes are no whole spectra of {} bytes", out.size(), stride));
    }
    if (first > *observation_.samples || count > *observation_.samples - first) {
      throw std::out_of_range(fmt::format("PsrfitsRecording: spectra [{}, {} + {}) of {}", first,
                                          first, count, *observation_.samples));
    }
    std::fill(out.begin(), out.end(), std::byte{0});
    const std::uint64_t end = first + count;
    for (auto row = row_of(first); row != rows_.end() && row->first < end; ++row) {
      if (is_invalid(*row)) continue;
      const std::uint64_t from = std::max(first, row->first);
      const std::uint64_t to = std::min(end, row->end());
      if (from < to)
        read_row(*row, from, out.subspan((from - first) * stride, (to - from) * stride));
    }
  }

  void forget_before(std::uint64_t sample) override {
    const auto row = row_of(sample);
    if (row == rows_.begin()) return;
    const std::uint64_t offset =
        row == rows_.end() ? file_->bytes().size()
                           : header_.table.data_begin + row->row * header_.table.row_bytes;
    // Only whole pages can go: the one that the last call had to keep is offered again.
    constexpr std::uint64_t widest_page = 65536;
    if (offset <= forgotten_) return;
    const std::uint64_t from = forgotten_ - std::min(forgotten_, widest_page);
    file_->forget(from, offset - from);
    forgotten_ = offset;
  }

 private:
  [[nodiscard]] const std::byte* row_at(const PsrfitsRow& row) const {
    return file_->bytes().data() + header_.table.data_begin + row.row * header_.table.row_bytes;
  }

  // The first row that ends after `sample`.
  [[nodiscard]] std::vector<PsrfitsRow>::const_iterator row_of(std::uint64_t sample) const {
    return std::partition_point(rows_.begin(), rows_.end(),
                                [sample](const PsrfitsRow& row) { return row.end() <= sample; });
  }

  [[nodiscard]] bool is_invalid(const PsrfitsRow& row) const {
    const auto gap = std::partition_point(gaps_.begin(), gaps_.end(), [&row](const Gap& before) {
      return before.end() <= row.first;
    });
    return gap != gaps_.end() && gap->first <= row.first;
  }

  // Spectra from sample `from` on, all of one row.
  void read_row(const PsrfitsRow& row, std::uint64_t from, std::span<std::byte> out) {
    const std::size_t stride = observation_.spectrum_bytes();
    const std::size_t count = out.size() / stride;
    const auto time = static_cast<std::size_t>(from - row.first);
    const std::byte* bytes = row_at(row);
    file_->check_readable(static_cast<std::uint64_t>(bytes - file_->bytes().data()),
                          header_.table.row_bytes);
    if (!intensity_) {
      const std::span data{bytes + header_.data.offset,
                           static_cast<std::size_t>(header_.data.bytes)};
      for (std::size_t t = 0; t < count; ++t) {
        copy_spectrum(data, header_.samples, time + t, out.subspan(t * stride, stride));
      }
      return;
    }
    if (loaded_row_ != row.row) {
      intensity_->load(bytes);
      loaded_row_ = row.row;
    }
    std::vector<float>& values = values_;
    values.resize(observation_.frequency.channels());
    for (std::size_t t = 0; t < count; ++t) {
      intensity_->spectrum(time + t, values);
      std::memcpy(out.data() + t * stride, values.data(), stride);
    }
  }

  std::unique_ptr<MappedFile> file_;
  PsrfitsHeader header_;
  std::vector<PsrfitsRow> rows_;
  std::vector<Gap> gaps_;
  std::vector<std::string> warnings_;
  std::vector<RecordedFile> files_;
  Observation observation_;
  std::optional<PsrfitsIntensity> intensity_;  // empty where stored numbers are the data
  std::uint64_t loaded_row_ = std::numeric_limits<std::uint64_t>::max();
  std::vector<float> values_;    // one spectrum
  std::uint64_t forgotten_ = 0;  // bytes before this one were forgotten
};

}  // namespace

bool looks_like_fits(std::span<const std::byte> start) {
  constexpr std::string_view magic = "SIMPLE  =";
  return start.size() >= magic.size() && std::memcmp(start.data(), magic.data(), magic.size()) == 0;
}

std::unique_ptr<Recording> open_psrfits(const std::string& path, const OpenOptions& options) {
  auto file = std::make_unique<MappedFile>(path);
  if (!looks_like_fits(file->bytes())) {
    throw InputError{path + ": byte 0", "something else", "a FITS file, which begins with SIMPLE"};
  }
  try {
    return std::make_unique<PsrfitsRecording>(std::move(file), options);
  } catch (const InputError& error) {
    throw error.in_file(path);
  } catch (const ConfigError& error) {
    throw ConfigError{path + ": " + error.what()};
  }
}

}  // namespace draftstream
