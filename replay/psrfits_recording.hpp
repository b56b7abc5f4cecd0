// PSRFITS search-mode recordings.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "replay/recording.hpp"

namespace draftstream {

/// True if a file that begins with these bytes is meant to be FITS.
bool looks_like_fits(std::span<const std::byte> start);

/// Opens a search-mode PSRFITS file. Headers go through cfitsio; samples are read from the mapped
/// file. What is read and how: docs/interfaces/psrfits.md.
/// @throws MissingInput if it is not there or cannot be read.
/// @throws InputError   naming file, place, found and expected, if it cannot be trusted.
/// @throws ConfigError  if it has no polarisation options.pick_if (counted from 0).
std::unique_ptr<Recording> open_psrfits(const std::string& path, const OpenOptions& options = {});

}  // namespace draftstream
