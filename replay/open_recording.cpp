#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/sigproc/sigproc_fields.hpp"
#include "replay/joined_recording.hpp"
#include "replay/mapped_file.hpp"
#include "replay/psrfits_recording.hpp"
#include "replay/recording.hpp"
#include "replay/sigproc_recording.hpp"

namespace draftstream {

std::unique_ptr<Recording> open_recording(const std::string& path, const OpenOptions& options) {
  const MappedFile file{path};
  const auto bytes = file.bytes();
  const auto start = bytes.first(std::min<std::size_t>(bytes.size(), 16));
  if (looks_like_sigproc(start)) return open_sigproc(path, options);
  if (looks_like_fits(start)) return open_psrfits(path, options);
  throw InputError(path + ": byte 0", start.empty() ? "an empty file" : quoted(start),
                   "a SIGPROC header ('HEADER_START') or a FITS header ('SIMPLE  =')");
}

std::unique_ptr<Recording> open_recordings(std::span<const std::string> paths,
                                           const OpenOptions& options) {
  if (paths.empty()) throw std::invalid_argument("open_recordings: no path");
  std::vector<std::unique_ptr<Recording>> parts;
  parts.reserve(paths.size());
  for (const std::string& path : paths) parts.push_back(open_recording(path, options));
  if (parts.size() == 1) return std::move(parts.front());
  return join_recordings(std::move(parts));
}

}  // namespace draftstream
