// What a writer of another program's format is given, and what it must do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/trial_spacing.hpp"
#include "ingest/observation.hpp"
#include "publishers/cutouts/cutout.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// A beam that is searched.
struct FormatBeam {
  Observation observation;
  std::string obs_id;              ///< As in its events.
  std::vector<std::string> files;  ///< Recordings, in order; empty for a stream.
  DmRange trials;                  ///< That is searched.
};

/// A candidate, and where in its recordings it lies.
struct FoundCandidate {
  const Event& event;
  std::size_t beam = 0;            ///< Index of its beam among those of the writer.
  std::string_view file = {};      ///< Recording that holds its sample; "" where none does.
  std::uint64_t file_first = 0;    ///< Sample of the observation that this recording begins with.
  std::uint64_t chunk = 0;         ///< Index of the chunk that brought it out.
  std::uint64_t chunk_first = 0;   ///< Sample of the observation that this chunk begins with.
  const Cutout* cutout = nullptr;  ///< In default_cutout_format(); null where none is kept.
};

/// Writes candidates in one format, as they come: whenever the process ends, the files hold all
/// that it was given.
///
/// Threads: one at a time per object.
class FormatWriter {
 public:
  FormatWriter() = default;
  FormatWriter(const FormatWriter&) = delete;
  FormatWriter& operator=(const FormatWriter&) = delete;
  virtual ~FormatWriter() = default;

  /// @throws std::runtime_error naming the file, if it cannot be written.
  virtual void write(const FoundCandidate& found) = 0;
};

/// Name of the files of a beam, without ending: the first recording's stem, or the name of the
/// observation.
std::string base_name(const FormatBeam& beam);

/// Where files go that do not tell the beam: `folder`, or one in it for each of several beams, as
/// "b0003". It is made.
std::filesystem::path folder_of_beam(const std::filesystem::path& folder,
                                     const std::vector<FormatBeam>& beams, std::size_t beam);

/// The row of cutouts.h5 that holds what was seen around it: "cutouts.h5#7"; "" where there is
/// none.
std::string cutout_uri(const Event& event);

/// One a format. They make their files, as far as these do not depend on what is found.
/// @param folder  That the files go to; it is there.
/// @param beams   At least one.
/// @throws std::runtime_error naming the file, if one cannot be made.
std::unique_ptr<FormatWriter> make_heimdall_writer(const std::filesystem::path& folder,
                                                   const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_presto_writer(const std::filesystem::path& folder,
                                                 const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_fetch_writer(const std::filesystem::path& folder,
                                                const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_drafts_writer(const std::filesystem::path& folder,
                                                 const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_drafts_2025_07_writer(const std::filesystem::path& folder,
                                                         const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_transientx_writer(const std::filesystem::path& folder,
                                                     const std::vector<FormatBeam>& beams);
std::unique_ptr<FormatWriter> make_votable_writer(const std::filesystem::path& folder,
                                                  const std::vector<FormatBeam>& beams);

}  // namespace draftstream
