// Names that nobody else has.
#pragma once

#include <string>

namespace draftstream {

/// A random UUID, "xxxxxxxx-xxxx-4xxx-Nxxx-xxxxxxxxxxxx" in lower case.
/// @source RFC 4122, section 4.4 (version 4).
std::string make_uuid();

/// Whether `text` is a UUID of any version, in either case.
bool is_uuid(const std::string& text);

}  // namespace draftstream
