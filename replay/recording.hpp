// A recording of an observation, in one file or several, whatever its format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/ledger.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// Which samples of an observation one file holds.
struct RecordedFile {
  std::string path;
  std::uint64_t first = 0;    ///< Sample index of its first spectrum in the observation.
  std::uint64_t samples = 0;  ///< Spectra it spans, its own gaps included.
  std::string format;         ///< "SIGPROC" or "PSRFITS".
};

/// An opened recording: a header, known gaps, and spectra to be read in any order.
///
/// Threads: one at a time per object.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  virtual ~Recording() = default;

  /// `samples` is always known here.
  [[nodiscard]] virtual const Observation& observation() const noexcept = 0;

  /// Spectra that are no data and were known as such from the headers: missing rows, time between
  /// files, rows of weight 0. In order, disjoint.
  [[nodiscard]] virtual std::span<const Gap> gaps() const noexcept = 0;

  /// What was odd and has been read all the same, one sentence each, beginning with the file's
  /// name.
  [[nodiscard]] virtual std::span<const std::string> warnings() const noexcept = 0;

  [[nodiscard]] virtual std::span<const RecordedFile> files() const noexcept = 0;

  /// Copies spectra [first, first + count) as observation().format; spectra in gaps become zeros.
  /// @param out  count * spectrum_bytes bytes, where count is out.size() / spectrum_bytes.
  /// @throws InputError     if a file has become shorter since it was opened, or the disk does not
  ///                        give what it holds; other spectra can still be read.
  /// @throws std::out_of_range past the end.
  virtual void read(std::uint64_t first, std::span<std::byte> out) = 0;

  /// Says that spectra before `sample` will not be read again soon: their pages may leave memory.
  virtual void forget_before(std::uint64_t sample) = 0;
};

/// How a recording with several IFs becomes one intensity.
struct OpenOptions {
  /// SIGPROC with nifs > 1: empty = the sum of the first two IFs; else this IF, counted from 0.
  std::optional<int> pick_if;
};

/// Opens one file; its format is found by its content, not by its name.
/// @throws MissingInput if it is not there or cannot be read.
/// @throws InputError   naming file, place, found and expected, if it cannot be trusted.
/// @throws ConfigError  if the options ask for what this file does not have.
std::unique_ptr<Recording> open_recording(const std::string& path, const OpenOptions& options = {});

/// Opens several files that continue each other as one observation, in the order of their start
/// times. Time between two files becomes a gap.
/// @throws InputError  also if two files overlap or differ in band, sampling time or format: both
///         values are named.
std::unique_ptr<Recording> open_recordings(std::span<const std::string> paths,
                                           const OpenOptions& options = {});

}  // namespace draftstream
