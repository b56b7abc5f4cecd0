#include "publishers/cutouts/npy_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "ingest/errors.hpp"
#include "publishers/append_file.hpp"

namespace draftstream {
namespace {

constexpr std::string_view magic{"\x93NUMPY", 6};

struct NpyType {
  ElementType type;
  const char* descr;
};
constexpr NpyType npy_types[] = {
    {ElementType::uint8, "|u1"}, {ElementType::int8, "|i1"}, {ElementType::float32, "<f4"}};

// The text after 'key': in the header's dictionary, without blanks in front.
std::string_view value_of(std::string_view header, const std::string& key) {
  const auto found = header.find("'" + key + "'");
  if (found == std::string_view::npos) throw InputError{"header", "no key " + key, "one"};
  std::string_view rest = header.substr(found + key.size() + 2);
  rest.remove_prefix(std::min(rest.find_first_not_of(" :"), rest.size()));
  return rest;
}

ElementType type_of(std::string_view value) {
  for (const NpyType& known : npy_types) {
    for (const char quote : {'\'', '"'}) {
      if (value.rfind(quote + std::string{known.descr} + quote, 0) == 0) return known.type;
    }
  }
  throw InputError{"key descr", std::string{value.substr(0, 8)}, "'|u1', '|i1' or '<f4'"};
}

std::vector<std::size_t> shape_of(std::string_view value) {
  const auto refuse = [&]() -> InputError {
    return {"key shape", std::string{value.substr(0, 40)}, "a tuple of whole numbers"};
  };
  const auto end = value.find(')');
  if (value.empty() || value.front() != '(' || end == std::string_view::npos) throw refuse();
  std::vector<std::size_t> shape;
  std::size_t elements = 1;
  for (const char *at = value.data() + 1, *last = value.data() + end; at < last;) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::size_t extent = 0;
    const auto [next, error] = std::from_chars(at, last, extent);
    if (error != std::errc{} || shape.size() == 32) throw refuse();
    if (__builtin_mul_overflow(elements, extent, &elements) || elements > SIZE_MAX / 8) {
      throw refuse();
    }
    shape.push_back(extent);
    at = next;
  }
  return shape;
}

// Whole, or std::nullopt with errno.
std::optional<std::string> file_bytes(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct stat state {};
  std::string bytes;
  bool good = ::fstat(descriptor, &state) == 0;
  if (good && !S_ISREG(state.st_mode)) {
    errno = S_ISDIR(state.st_mode) ? EISDIR : EINVAL;
    good = false;
  }
  if (good) bytes.resize(static_cast<std::size_t>(state.st_size));
  for (std::size_t have = 0; good && have < bytes.size();) {
    const auto got = ::read(descriptor, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) good = false;
    if (got == 0) bytes.resize(have);
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return good ? std::optional{std::move(bytes)} : std::nullopt;
}

NpyArray parse_npy(const std::string& bytes) {
  NpyArray array;
  array.header = parse_npy_header(bytes);
  std::size_t expected = bytes_of(array.header.type);
  for (const std::size_t extent : array.header.shape) expected *= extent;
  const std::size_t found = bytes.size() - array.header.bytes;
  if (found != expected) {
    throw InputError{
        fmt::format("byte {}", array.header.bytes), fmt::format("{} bytes", found),
        fmt::format("{} for the shape ({})", expected, fmt::join(array.header.shape, ", "))};
  }
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data()) + array.header.bytes;
  array.elements.assign(begin, begin + found);
  return array;
}

}  // namespace

std::string npy_header(ElementType type, std::span<const std::size_t> shape) {
  const char* descr = npy_types[static_cast<std::size_t>(type)].descr;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 descr, fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const std::size_t before = magic.size() + 4;
  text.append(63 - (before + text.size()) % 64, ' ');
  text += '\n';
  std::string header{magic};
  header +=
      {'\x01', '\x00', static_cast<char>(text.size() % 256), static_cast<char>(text.size() / 256)};
  return header + text;
}

NpyHeader parse_npy_header(std::string_view text) {
  if (text.size() < 12 || text.substr(0, magic.size()) != magic) {
    throw InputError{"byte 0", "no NumPy array", "\\x93NUMPY"};
  }
  const auto byte = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(text[at])};
  };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) {
    throw InputError{"byte 6", fmt::format("version {}", version), "1 to 3"};
  }
  // The length has two bytes in version 1, four later.
  const std::size_t begin = version == 1 ? 10 : 12;
  std::size_t length = byte(8) + 256 * byte(9);
  if (version > 1) length += 65536 * (byte(10) + 256 * byte(11));
  if (length > text.size() - begin) {
    throw InputError{"byte 8", fmt::format("a header of {} bytes", length),
                     fmt::format("{} at most", text.size() - begin)};
  }
  const std::string_view dictionary = text.substr(begin, length);
  NpyHeader header;
  header.bytes = begin + length;
  header.type = type_of(value_of(dictionary, "descr"));
  if (value_of(dictionary, "fortran_order").substr(0, 5) != "False") {
    throw InputError{"key fortran_order", "True", "False: last dimension fastest"};
  }
  header.shape = shape_of(value_of(dictionary, "shape"));
  return header;
}

void write_npy(const std::filesystem::path& path, ElementType type,
               std::span<const std::size_t> shape, std::span<const std::byte> elements) {
  AppendFile file{path, Existing::replace};
  std::string text = npy_header(type, shape);
  text.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  file.append(text);
}

NpyArray read_npy(const std::filesystem::path& path) {
  const auto bytes = file_bytes(path);
  if (!bytes) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", path.string(),
                                   std::generic_category().message(errno)));
  }
  try {
    return parse_npy(*bytes);
  } catch (const InputError& error) {
    throw error.in_file(path.string());
  }
}

}  // namespace draftstream
