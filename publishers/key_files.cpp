#include "publishers/key_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "publishers/owner_only.hpp"

namespace draftstream {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t z85_length = 40;
constexpr std::uintmax_t largest_file = 1 << 20;  // [bytes]: some 15,000 keys
constexpr mode_t of_anyone = 0644;
constexpr mode_t of_owner = 0600;

using Z85 = std::array<char, z85_length + 1>;  // and the end that libzmq adds

void require_curve() {
  if (zmq_has("curve") == 0) {
    throw ConfigError(
        "found a libzmq without CURVE, expected one that was built with libsodium: "
        "keys cannot be used");
  }
}

bool is_key(const std::string& text) {
  std::array<std::uint8_t, 32> bytes{};
  return text.size() == z85_length && zmq_z85_decode(bytes.data(), text.c_str()) != nullptr;
}

std::string_view trimmed(std::string_view text, std::string_view of) {
  const auto first = text.find_first_not_of(of);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(of) - first + 1);
}

// All keys of a file, in its order.
struct FoundKeys {
  std::vector<std::string> public_keys;
  std::vector<std::string> secret_keys;
};

// The value of a line `NAME = "KEY"`; empty if it has another name.
std::optional<std::string> value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line = trimmed(line.substr(name.size()), " \t");
  if (!line.starts_with('=')) return std::nullopt;
  return std::string{trimmed(line.substr(1), " \t\"'")};
}

// @throws InputError naming the line.
FoundKeys parse_keys(const std::string& text) {
  FoundKeys found;
  std::istringstream lines{text};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string_view content = trimmed(line, " \t\r");
    for (auto [name, list] : {std::pair{"public-key", &found.public_keys},
                              std::pair{"secret-key", &found.secret_keys}}) {
      auto key = value_of(content, name);
      if (!key) continue;
      if (!is_key(*key)) {  // which is not repeated: it may be most of a secret one
        throw InputError(fmt::format("line {}", number),
                         fmt::format("a {} of {} characters", name, key->size()),
                         fmt::format("{} characters of Z85", z85_length));
      }
      list->push_back(*std::move(key));
    }
  }
  return found;
}

FoundKeys read_keys(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  const bool is_there = fs::exists(status);
  if (is_there && !fs::is_regular_file(status)) {
    throw InputError(file.string(), "no regular file", "a file of keys");
  }
  const auto size = is_there ? fs::file_size(file, error) : 0;
  if (size > largest_file) {
    throw InputError(file.string(), fmt::format("{} bytes", size),
                     fmt::format("a file of keys, at most {} bytes", largest_file));
  }
  std::ifstream stream{file};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream.is_open() || stream.bad()) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", file.string(),
                                   std::generic_category().message(errno)));
  }
  try {
    FoundKeys found = parse_keys(text);
    if (found.public_keys.empty()) {
      throw InputError("", "no public-key", "a line public-key = \"...\"");
    }
    return found;
  } catch (const InputError& fault) {
    throw fault.in_file(file.string());
  }
}

// @throws std::system_error; nothing is left of the file then.
void write_new_file(const fs::path& file, const std::string& text, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, of_owner);
  if (descriptor < 0) {
    if (errno == EEXIST) {
      throw ConfigError(fmt::format(
          "{}: found a file, expected none: keys are not replaced; remove it, or take another name",
          file.string()));
    }
    throw std::system_error(errno, std::generic_category(),
                            file.string() + ": cannot be opened for writing");
  }
  errno = ENOSPC;  // which is what a write that ends early means
  const auto written = ::write(descriptor, text.data(), text.size());
  const bool good = written == static_cast<ssize_t>(text.size()) &&
                    ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
  const int fault = errno;
  ::close(descriptor);
  if (good) return;
  ::unlink(file.c_str());
  throw std::system_error(fault, std::generic_category(), file.string() + ": cannot be written");
}

}  // namespace

KeyPair make_key_pair() {
  require_curve();
  Z85 public_key{};
  Z85 secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "a key pair cannot be made");
  }
  return {public_key.data(), secret_key.data()};
}

KeyFiles write_key_files(const KeyPair& pair, const std::string& name, const fs::path& folder) {
  KeyFiles files{folder / (name + ".pub"), folder / (name + ".key")};
  const std::string public_line = fmt::format("    public-key = \"{}\"\n", pair.public_key);
  write_new_file(files.secret_file,
                 fmt::format("# CURVE keys of {}. The secret one is for nobody else.\n"
                             "metadata\ncurve\n{}    secret-key = \"{}\"\n",
                             name, public_line, pair.secret_key),
                 of_owner);
  try {
    write_new_file(files.public_file,
                   fmt::format("# Public CURVE key of {}.\nmetadata\ncurve\n{}", name, public_line),
                   of_anyone);
  } catch (...) {
    ::unlink(files.secret_file.c_str());
    throw;
  }
  return files;
}

std::string read_public_key(const fs::path& file) {
  const FoundKeys found = read_keys(file);
  if (found.public_keys.size() > 1) {
    throw InputError(file.string(), fmt::format("{} public keys", found.public_keys.size()), "one");
  }
  return found.public_keys.front();
}

KeyPair read_key_pair(const fs::path& file) {
  require_curve();
  check_only_owner_reads(file, "secret key");
  const FoundKeys found = read_keys(file);
  if (found.public_keys.size() != 1 || found.secret_keys.size() != 1) {
    throw InputError(file.string(),
                     fmt::format("public keys: {}, secret keys: {}", found.public_keys.size(),
                                 found.secret_keys.size()),
                     "one of each (the file NAME.key of draftstream keys)");
  }
  Z85 public_key{};
  if (zmq_curve_public(public_key.data(), found.secret_keys.front().c_str()) != 0 ||
      found.public_keys.front() != public_key.data()) {
    throw InputError(file.string(), "a public key that is not the secret one's", "a pair");
  }
  return {found.public_keys.front(), found.secret_keys.front()};
}

PublicKeys read_allowed_keys(const fs::path& path) {
  require_curve();
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const FoundKeys found = read_keys(path);
    return {found.public_keys.begin(), found.public_keys.end()};
  }
  PublicKeys allowed;
  fs::directory_iterator entries{path, error};
  if (error) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
  }
  for (const auto& entry : entries) {
    const auto extension = entry.path().extension();
    if (extension != ".pub" && extension != ".key") continue;
    allowed.merge(PublicKeys{read_public_key(entry.path())});
  }
  return allowed;
}

}  // namespace draftstream
