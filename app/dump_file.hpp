// A dump on the disk, and what became of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "app/dump_stretch.hpp"
#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"
#include "replay/ring_dump.hpp"

namespace draftstream {

enum class DumpOutcome {
  complete,
  truncated,  ///< A part of what was to be kept was overwritten, or never came.
  missed,     ///< Nothing was left, or it was not allowed.
  failed,     ///< The disk refused it.
};

std::string_view name(DumpOutcome outcome);  ///< "complete", ...: as published.

struct DumpResult {
  DumpOutcome outcome = DumpOutcome::failed;
  std::optional<std::uint64_t> bytes;  ///< Of the recording; empty: there is none.
  std::optional<std::string> reason;   ///< One sentence where it is not complete.
};

/// Where a beam's samples are, while they are there.
struct DumpedBeam {
  SpectrumRing* ring = nullptr;
  const Observation* observation = nullptr;
  std::uint64_t block_samples = 1;
  std::uint64_t history = 0;  ///< dump_history(), which the ring has room for.
  /// Guaranteed: what may be asked for is kept, and the stream waits. Else it may be gone.
  ReaderKind kind = ReaderKind::guaranteed;
  std::string obs_id;
};

/// What is to be written where.
struct DumpFile {
  std::filesystem::path path;           ///< NAME.fil; beside it comes NAME.gaps.json.
  DumpStretch stretch;                  ///< Complete is what holds the whole sweep.
  std::optional<std::string> event_id;  ///< That it is of; empty: somebody asked for it.
};

/// Writes the stretch and the map of its gaps, as dump_ring(): waits for samples that are still to
/// come. What the disk refuses is a result, too.
[[nodiscard]] DumpResult write_dump(const DumpedBeam& beam, const DumpFile& file);

}  // namespace draftstream
