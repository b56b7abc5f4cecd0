#include "replay/sigproc_recording.hpp"

#include <cstring>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "replay/bit_copy.hpp"
#include "replay/mapped_file.hpp"
#include "replay/sigproc_header.hpp"

namespace draftstream {
namespace {

// Sums of two must fit: 8 bits and less into 16 exactly, and so do two of 16 into a float.
SampleFormat format_of_sum(const SampleFormat& stored) {
  if (stored.bits > 8) return float_samples;
  return SampleFormat{16, stored.is_signed, false};
}

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
    choose_ifs(header, options);
    data_byte_ = header.data_byte;
    stored_format_ = header.format;
    row_bits_ = header.frequency.channels() * static_cast<std::size_t>(header.format.bits);
    stored_bits_ = row_bits_ * static_cast<std::size_t>(header.ifs);

    observation_.format = sum_ ? format_of_sum(header.format) : header.format;
    observation_.stored_bits = header.format.bits;
    observation_.stored_pols = header.ifs;
    observation_.samples = samples_;
    observation_.frequency = std::move(header.frequency);
    observation_.time = header.time;
    observation_.telescope = std::move(header.telescope);
    observation_.backend = std::move(header.backend);
    observation_.source_name = std::move(header.source_name);
    observation_.ra_deg = header.ra_deg;
    observation_.dec_deg = header.dec_deg;
    observation_.beam = header.beam;

    for (const std::string& warning : header.warnings) {
      warnings_.push_back(fmt::format("{}: {}", path, warning));
    }
    files_.push_back({path, 0, samples_, "SIGPROC"});
    if (sum_) {
      const std::size_t channels = observation_.frequency.channels();
      row_.resize((row_bits_ + 7) / 8);
      first_if_.resize(channels);
      second_if_.resize(channels);
    }
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
    file_.check_still_whole();
    if (const std::uint64_t start = byte_of(first); start < forgotten_) forgotten_ = start;

    if (!sum_ && stored_bits_ == spectrum * 8) {
      std::memcpy(out.data(), file_.bytes().data() + byte_of(first), out.size());
      return;
    }
    for (std::uint64_t t = 0; t < count; ++t) {
      const auto to = out.subspan(t * spectrum, spectrum);
      if (sum_) {
        sum_first_two(first + t, to);
      } else {
        copy_row(first + t, picked_, to);
      }
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
    return data_byte_ + sample * stored_bits_ / 8;
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

  void choose_ifs(SigprocHeader& header, const OpenOptions& options) {
    if (options.pick_if) {
      picked_ = *options.pick_if;
      if (picked_ < 0 || picked_ >= header.ifs) {
        throw ConfigError(fmt::format("{}: found pick_if = {}, expected 0 to {} (nifs = {})",
                                      file_.path(), picked_, header.ifs - 1, header.ifs));
      }
      return;
    }
    sum_ = header.ifs > 1;
    if (header.ifs > 2) {
      header.warnings.push_back(
          fmt::format("nifs = {}; IFs 0 and 1 are summed as two polarisations. If they are Stokes "
                      "parameters, choose intensity with pick_if = 0.",
                      header.ifs));
    }
  }

  void copy_row(std::uint64_t sample, int which, std::span<std::byte> to) const {
    const std::uint64_t bit = sample * stored_bits_ + static_cast<std::uint64_t>(which) * row_bits_;
    copy_bits(file_.bytes().subspan(data_byte_), bit, row_bits_, to);
  }

  void sum_first_two(std::uint64_t sample, std::span<std::byte> to) {
    copy_row(sample, 0, row_);
    unpack_spectrum(row_, stored_format_, first_if_);
    copy_row(sample, 1, row_);
    unpack_spectrum(row_, stored_format_, second_if_);
    for (std::size_t c = 0; c < first_if_.size(); ++c) first_if_[c] += second_if_[c];
    pack_spectrum(first_if_, observation_.format, to);
  }

  MappedFile file_;
  Observation observation_;
  std::vector<std::string> warnings_;
  std::vector<RecordedFile> files_;

  std::uint64_t samples_ = 0;
  std::uint64_t data_byte_ = 0;
  SampleFormat stored_format_;
  std::uint64_t row_bits_ = 0;     // of one IF of one spectrum
  std::uint64_t stored_bits_ = 0;  // of one spectrum, all IFs
  bool sum_ = false;
  int picked_ = 0;
  std::uint64_t forgotten_ = 0;  // bytes before this one were given back

  // For sums.
  std::vector<std::byte> row_;
  std::vector<float> first_if_;
  std::vector<float> second_if_;
};

}  // namespace

std::unique_ptr<Recording> open_sigproc(const std::string& path, const OpenOptions& options) {
  return std::make_unique<SigprocRecording>(path, options);
}

}  // namespace draftstream
