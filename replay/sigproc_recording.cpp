#include "replay/sigproc_recording.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/sigproc/sigproc_header.hpp"
#include "ingest/sigproc/sigproc_intensity.hpp"
#include "replay/mapped_file.hpp"

namespace draftstream {
namespace {

class SigprocRecording final : public Recording {
 public:
  SigprocRecording(const std::string& path, const OpenOptions& options) : file_{path} {
    SigprocHeader header;
    try {
      header = parse_sigproc_header(file_.bytes());
      samples_ = count_samples(header);
    } catch (const InputError& error) {
      throw error.in_file(path);
    }
    try {
      intensity_.emplace(header, options.pick_if);
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("{}: {}", path, error.what()));
    }
    data_byte_ = header.data_byte;
    observation_ = intensity_->observation();
    observation_.samples = samples_;
    for (const std::string& warning : header.warnings) {
      warnings_.push_back(fmt::format("{}: {}", path, warning));
    }
    files_.push_back({path, 0, samples_, "SIGPROC"});
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return {}; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override {
    return warnings_;
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return files_; }

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::size_t spectrum = observation_.spectrum_bytes();
    const std::uint64_t count = out.size() / spectrum;
    if (count * spectrum != out.size()) {
      throw std::invalid_argument("Recording::read: the buffer does not hold whole spectra");
    }
    if (first > samples_ || count > samples_ - first) {
      throw std::out_of_range(
          fmt::format("Recording::read: spectra {} to {} of {}", first, first + count, samples_));
    }
    if (count == 0) return;
    const std::uint64_t start = byte_of(first);
    const std::uint64_t bits = (first + count) * intensity_->stored_bits();
    file_.check_readable(start, data_byte_ + (bits + 7) / 8 - start);
    forgotten_ = std::min(forgotten_, start);

    if (intensity_->as_stored()) {
      std::memcpy(out.data(), file_.bytes().data() + byte_of(first), out.size());
      return;
    }
    for (std::uint64_t t = 0; t < count; ++t) {
      intensity_->read(file_.bytes().subspan(data_byte_), (first + t) * intensity_->stored_bits(),
                       out.subspan(t * spectrum, spectrum));
    }
  }

  void forget_before(std::uint64_t sample) override {
    const std::uint64_t until = byte_of(sample);
    if (until <= forgotten_) return;
    file_.forget(forgotten_, until - forgotten_);
    forgotten_ = until;
  }

 private:
  // The byte that the first bit of a spectrum lies in.
  [[nodiscard]] std::uint64_t byte_of(std::uint64_t sample) const {
    return data_byte_ + sample * intensity_->stored_bits() / 8;
  }

  // The file's size decides how many spectra there are; odd sizes and claims are warned of.
  [[nodiscard]] std::uint64_t count_samples(SigprocHeader& header) const {
    const std::uint64_t bytes = file_.bytes().size() - header.data_byte;
    const std::uint64_t spectrum_bits = static_cast<std::uint64_t>(header.frequency.channels()) *
                                        static_cast<std::uint64_t>(header.format.bits) *
                                        static_cast<std::uint64_t>(header.ifs);
    std::uint64_t samples = bytes * 8 / spectrum_bits;
    std::uint64_t rest_bits = bytes * 8 % spectrum_bits;
    if (const auto claim = header.claimed_samples) {
      // Spectra of a few bits may fit into the bits that fill the last byte: there it is believed.
      const std::uint64_t claimed_bits =
          *claim > 0 ? static_cast<std::uint64_t>(*claim) * spectrum_bits : 0;
      if (claimed_bits > 0 && claimed_bits <= bytes * 8 && bytes * 8 - claimed_bits < 8) {
        samples = static_cast<std::uint64_t>(*claim);
        rest_bits = 0;
      }
      if (*claim < 0 || static_cast<std::uint64_t>(*claim) != samples) {
        header.warnings.push_back(fmt::format(
            "nsamples = {}, but the file holds {} spectra; its size decides.", *claim, samples));
      }
    }
    if (samples == 0) {
      throw InputError(fmt::format("byte {}", header.data_byte),
                       fmt::format("{} bytes of samples", bytes),
                       fmt::format("at least one spectrum of {} bytes", (spectrum_bits + 7) / 8));
    }
    if (rest_bits >= 8) {
      header.warnings.push_back(fmt::format(
          "the file ends inside a spectrum; its last {} bytes are left out.", (rest_bits + 7) / 8));
    }
    return samples;
  }

  MappedFile file_;
  std::optional<SigprocIntensity> intensity_;  // set by the constructor
  Observation observation_;
  std::vector<std::string> warnings_;
  std::vector<RecordedFile> files_;

  std::uint64_t samples_ = 0;
  std::uint64_t data_byte_ = 0;
  std::uint64_t forgotten_ = 0;  // bytes before this one were given back
};

}  // namespace

std::unique_ptr<Recording> open_sigproc(const std::string& path, const OpenOptions& options) {
  return std::make_unique<SigprocRecording>(path, options);
}

}  // namespace draftstream
