#include "replay/recording_writer.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "replay/psrfits_writer.hpp"
#include "replay/sigproc_writer.hpp"

namespace draftstream {

std::unique_ptr<RecordingWriter> make_recording_writer(const std::string& path,
                                                       const Observation& observation) {
  std::string ending = std::filesystem::path{path}.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".fil") return make_sigproc_writer(path, observation);
  if (ending == ".fits" || ending == ".sf" || ending == ".psrfits") {
    return make_psrfits_writer(path, observation);
  }
  throw std::invalid_argument(fmt::format(
      "{}: found the ending '{}', expected .fil, .fits, .sf or .psrfits", path, ending));
}

}  // namespace draftstream
