#include "replay/sigproc_writer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "replay/sigproc_codes.hpp"

namespace draftstream {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr std::size_t longest_text = 80;  // what SIGPROC's own readers take

class HeaderBytes {
 public:
  void text(std::string_view text) {
    number(static_cast<std::int32_t>(text.size()));
    const auto bytes = std::as_bytes(std::span{text});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  template <class Value>
  void number(Value value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
  }
  void integer(std::string_view key, std::int32_t value) {
    text(key);
    number(value);
  }
  void real(std::string_view key, double value) {
    text(key);
    number(value);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

void add_band(HeaderBytes& header, const FrequencyAxis& frequency) {
  header.integer("nchans", static_cast<std::int32_t>(frequency.channels()));
  if (frequency.regular()) {
    header.real("fch1", frequency.first().value());
    header.real("foff", frequency.step().value());
    return;
  }
  header.text("FREQUENCY_START");
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    header.real("fchannel", frequency.centre(c).value());
  }
  header.text("FREQUENCY_END");
}

// What is not known is left out: readers have no number for "unknown".
void add_labels(HeaderBytes& header, const Observation& observation) {
  if (!observation.source_name.empty()) {
    header.text("source_name");
    header.text(std::string_view{observation.source_name}.substr(0, longest_text));
  }
  if (const auto id = telescope_number(observation.telescope)) header.integer("telescope_id", *id);
  if (const auto id = backend_number(observation.backend)) header.integer("machine_id", *id);
  if (observation.ra_deg && observation.dec_deg) {
    header.real("src_raj", pack_sexagesimal(*observation.ra_deg / 15.0));
    header.real("src_dej", pack_sexagesimal(*observation.dec_deg));
  }
  if (observation.beam) header.integer("ibeam", *observation.beam);
}

class SigprocWriter final : public RecordingWriter {
 public:
  SigprocWriter(const std::string& path, const Observation& observation)
      : path_{path},
        format_{observation.format},
        channels_{observation.frequency.channels()},
        packed_(observation.spectrum_bytes()) {
    check(format_);
    if (channels_ == 0) throw std::invalid_argument("make_sigproc_writer: no channels");

    HeaderBytes header;
    header.text("HEADER_START");
    add_labels(header, observation);
    header.integer("data_type", 1);
    add_band(header, observation.frequency);
    header.integer("nbits", format_.bits);
    if (format_.is_signed) {
      header.text("signed");
      header.number(std::int8_t{1});
    }
    header.integer("nifs", 1);
    header.real("tstart", to_mjd(observation.time.start));
    header.real("tsamp", observation.time.sample_time.value());
    header.text("nsamples");
    samples_at_ = static_cast<long>(header.bytes().size());
    header.number(std::int32_t{0});
    header.text("HEADER_END");

    file_.reset(std::fopen(path.c_str(), "wbe"));
    if (file_ == nullptr) fail(path + ": cannot be created");
    std::setvbuf(file_.get(), nullptr, _IOFBF, buffer_bytes);
    put(header.bytes());
  }

  void write(std::span<const float> samples) override {
    if (file_ == nullptr) throw std::logic_error("RecordingWriter: write after finish");
    if (samples.size() % channels_ != 0) {
      throw std::invalid_argument(
          fmt::format("RecordingWriter::write: {} samples are no whole spectra of {}",
                      samples.size(), channels_));
    }
    for (std::size_t at = 0; at < samples.size(); at += channels_) {
      pack_spectrum(samples.subspan(at, channels_), format_, packed_);
      append_packed();
      ++samples_;
    }
  }

  void finish() override {
    if (file_ == nullptr) return;
    if (held_bits_ > 0) put({&held_, 1});
    if (samples_ <= std::numeric_limits<std::int32_t>::max()) {
      const auto samples = static_cast<std::int32_t>(samples_);
      if (std::fseek(file_.get(), samples_at_, SEEK_SET) != 0) fail(path_);
      put(std::as_bytes(std::span{&samples, 1}));
    }
    if (std::fclose(file_.release()) != 0) fail(path_);  // the last buffer is written here
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] static void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  void put(std::span<const std::byte> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(path_);
  }

  // SIGPROC has no padding between spectra: one that ends inside a byte shares it with the next.
  void append_packed() {
    const std::size_t bits = channels_ * static_cast<std::size_t>(format_.bits);
    if (held_bits_ == 0 && bits % 8 == 0) return put(packed_);
    for (std::size_t bit = 0; bit < bits; bit += 8) {
      const std::byte next = packed_[bit / 8];
      const auto count = static_cast<unsigned>(std::min<std::size_t>(8, bits - bit));
      held_ |= next << held_bits_;
      if (held_bits_ + count < 8) {
        held_bits_ += count;
        continue;
      }
      put({&held_, 1});
      held_ = held_bits_ == 0 ? std::byte{0} : next >> (8U - held_bits_);
      held_bits_ = held_bits_ + count - 8;
    }
  }

  std::string path_;
  SampleFormat format_;
  std::size_t channels_;
  std::vector<std::byte> packed_;  // one spectrum
  long samples_at_ = 0;            // where the value of nsamples stands
  std::uint64_t samples_ = 0;
  std::byte held_{0};       // bits that do not fill a byte yet
  unsigned held_bits_ = 0;  // how many
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace

std::unique_ptr<RecordingWriter> make_sigproc_writer(const std::string& path,
                                                     const Observation& observation) {
  return std::make_unique<SigprocWriter>(path, observation);
}

}  // namespace draftstream
