// Keys of ZeroMQ's CURVE, and the files that hold them.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace draftstream {

/// Both as Z85: 40 printable characters for 32 bytes.
struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

/// As Z85.
using PublicKeys = std::set<std::string>;

/// A new one.
/// @throws ConfigError if this libzmq has no CURVE.
[[nodiscard]] KeyPair make_key_pair();

struct KeyFiles {
  std::filesystem::path public_file;  ///< NAME.pub: to be handed on. Anyone may read it.
  std::filesystem::path secret_file;  ///< NAME.key: both keys. Only its owner may read it.
};

/// Writes both files of a pair; certificates of czmq and pyzmq have the same form.
/// @throws ConfigError       if one of them is there: keys are not replaced.
/// @throws std::system_error naming the file that cannot be written; then none is left.
KeyFiles write_key_files(const KeyPair& pair, const std::string& name,
                         const std::filesystem::path& folder);

/// The public key of a file of either kind.
/// @throws MissingInput if it cannot be read.
/// @throws InputError   naming file and line of what is no key.
[[nodiscard]] std::string read_public_key(const std::filesystem::path& file);

/// @throws as read_public_key(); ConfigError if others than its owner may read the file, or if this
///         libzmq has no CURVE.
[[nodiscard]] KeyPair read_key_pair(const std::filesystem::path& file);

/// @param path  A folder: the files in it that end in .pub or .key, of whom the public keys are
///              taken. A file: all public keys in it, such as several files one after the other.
/// @throws as read_public_key(). An empty folder is none of these: then nobody is allowed.
[[nodiscard]] PublicKeys read_allowed_keys(const std::filesystem::path& path);

}  // namespace draftstream
