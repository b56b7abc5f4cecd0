// SIGPROC files written key by key, so that a test can spoil exactly one thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <vector>

namespace draftstream::test {

class SigprocBytes {
 public:
  SigprocBytes& text(std::string_view text) {
    raw(static_cast<std::int32_t>(text.size()));
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  template <class Value>
  SigprocBytes& raw(Value value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
    return *this;
  }
  /// `value` is std::int32_t, double or std::int8_t, as the key's format wants it.
  template <class Value>
  SigprocBytes& key(std::string_view name, Value value) {
    return text(name).raw(value);
  }
  SigprocBytes& string(std::string_view name, std::string_view value) {
    return text(name).text(value);
  }
  SigprocBytes& end() { return text("HEADER_END"); }
  SigprocBytes& samples(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes_.push_back(static_cast<std::byte>(i * 37 % 251));
    return *this;
  }

  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

inline SigprocBytes sigproc_start() {
  SigprocBytes bytes;
  bytes.text("HEADER_START");
  return bytes;
}

/// What a test may change of the header that sigproc_header() writes.
struct SigprocSetup {
  std::int32_t channels = 64;
  std::int32_t bits = 8;
  std::int32_t ifs = 1;
  double first_mhz = 1500.0;
  double step_mhz = -1.0;
  double sample_time_s = 0.001;
  double start_mjd = 59000.5;
};

/// A header without oddities, open for more keys.
inline SigprocBytes sigproc_header(const SigprocSetup& setup = {}) {
  return sigproc_start()
      .string("source_name", "B0531+21")
      .key("data_type", std::int32_t{1})
      .key("telescope_id", std::int32_t{4})
      .key("fch1", setup.first_mhz)
      .key("foff", setup.step_mhz)
      .key("nchans", setup.channels)
      .key("nbits", setup.bits)
      .key("nifs", setup.ifs)
      .key("tsamp", setup.sample_time_s)
      .key("tstart", setup.start_mjd);
}

inline void write_file(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream out{path, std::ios::binary};
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

}  // namespace draftstream::test
