// The bytes of a SIGPROC header, taken apart into keys and values. Nothing is interpreted here.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace draftstream {

/// More than any filterbank has; what claims more is not believed.
inline constexpr std::size_t most_channels = std::size_t{1} << 20;

/// One value as it stood there.
struct SigprocField {
  double number = 0.0;   ///< Of a numeric key.
  std::string text;      ///< Of a text key; printable ASCII, whatever stood there.
  std::size_t byte = 0;  ///< Where the value begins.
};

/// All keys between HEADER_START and HEADER_END.
struct SigprocFields {
  std::map<std::string_view, SigprocField> values;
  std::vector<double> channel_centres;  ///< The fchannel values [MHz], in order.
  std::size_t table_byte = 0;           ///< Where the first of them stands.
  std::size_t end_byte = 0;             ///< Where HEADER_END stands.
  std::size_t data_byte = 0;            ///< Where the samples begin.
  std::vector<std::string> warnings;    ///< One sentence each.

  [[nodiscard]] const SigprocField* find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
  }
};

/// True if `start`, the first bytes of a file, begin a SIGPROC header.
bool looks_like_sigproc(std::span<const std::byte> start);

/// Takes apart a header that comes in pieces, each key once.
///
/// Threads: one at a time per object.
class SigprocFieldsReader {
 public:
  /// Goes on as far as the bytes go.
  /// @param start  All of the header that has come so far: what the last call was given, and more.
  /// @return Whether that is all of it; then fields() are whole, and what follows is not looked at.
  /// @throws InputError  as read_sigproc_fields(), but for a header that ends early.
  bool read(std::span<const std::byte> start);

  [[nodiscard]] SigprocFields& fields() noexcept { return fields_; }
  /// Bytes that are missing, at least, after a read() that returned false.
  [[nodiscard]] std::size_t missing() const noexcept { return missing_; }

 private:
  SigprocFields fields_;
  std::size_t at_ = 0;  // where the next key begins; 0: not even HEADER_START has come
  std::size_t missing_ = 0;
};

/// Takes a header apart; looks at nothing after its end.
/// @param file  At least the whole header.
/// @throws InputError  on anything but known keys between HEADER_START and HEADER_END, and on a key
///         that is repeated with another value.
/// @source SIGPROC v4.3 manual (D. R. Lorimer), "Header information and data format", and the keys
///         that heimdall, peasoup and sigpyproc add to it.
SigprocFields read_sigproc_fields(std::span<const std::byte> file);

/// The bytes as text for a message: printable ASCII between quotes, the rest as \xNN.
std::string quoted(std::span<const std::byte> bytes);

}  // namespace draftstream
