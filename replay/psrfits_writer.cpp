#include "replay/psrfits_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "ingest/samples.hpp"
#include "replay/psrfits_bytes.hpp"
#include "replay/psrfits_samples.hpp"
#include "replay/psrfits_writer_header.hpp"

namespace draftstream {
namespace {

constexpr std::size_t card_bytes = 80;
constexpr std::size_t block_bytes = 2880;

class PsrfitsWriter final : public RecordingWriter {
 public:
  PsrfitsWriter(const std::string& path, const Observation& observation)
      : path_{path},
        format_{observation.format},
        samples_{stored_samples(observation)},
        start_{make_psrfits_start(observation, samples_)},
        row_seconds_{static_cast<double>(samples_.row_spectra) *
                     observation.time.sample_time.value()},
        row_(start_.table.row_bytes),
        packed_(observation.spectrum_bytes()) {
    fill_constant_columns(observation.frequency);
    file_.reset(std::fopen(path.c_str(), "wbe"));
    if (file_ == nullptr) fail(path + ": cannot be created");
    put(start_.bytes);
    if (std::fflush(file_.get()) != 0) fail(path_);
  }

  ~PsrfitsWriter() override {
    try {
      PsrfitsWriter::finish();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // Nobody is left to be told; the rows up to the last whole one can be read.
    }
  }

  void write(std::span<const float> spectra) override {
    if (file_ == nullptr) throw std::logic_error("RecordingWriter: write after finish");
    const std::size_t channels = samples_.channels;
    if (spectra.size() % channels != 0) {
      throw std::invalid_argument(
          fmt::format("RecordingWriter::write: {} samples are no whole spectra of {}",
                      spectra.size(), channels));
    }
    for (std::size_t at = 0; at < spectra.size(); at += channels) {
      pack_spectrum(spectra.subspan(at, channels), format_, packed_);
      place_spectrum(packed_, samples_, row_spectra_, row_data());
      if (++row_spectra_ == samples_.row_spectra) write_row();
    }
  }

  void finish() override {
    if (file_ == nullptr) return;
    if (row_spectra_ > 0) {
      std::fill(packed_.begin(), packed_.end(), std::byte{0});
      for (std::size_t t = row_spectra_; t < samples_.row_spectra; ++t) {
        place_spectrum(packed_, samples_, t, row_data());
      }
      write_row();
    }
    const std::uint64_t rest = rows_ * row_.size() % block_bytes;
    if (rest > 0) put(std::vector<std::byte>(block_bytes - rest));
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

  std::span<std::byte> row_data() {
    const FitsColumn& column = *start_.table.find("DATA");
    return std::span{row_}.subspan(column.offset, column.bytes);
  }

  std::byte* field(const char* name) { return row_.data() + start_.table.find(name)->offset; }

  void fill_constant_columns(const FrequencyAxis& frequency) {
    store_big_endian(row_seconds_, field("TSUBINT"));
    for (std::size_t c = 0; c < samples_.channels; ++c) {
      store_big_endian(frequency.centre(c).value(), field("DAT_FREQ") + c * sizeof(double));
      store_big_endian(1.0F, field("DAT_WTS") + c * sizeof(float));
      store_big_endian(0.0F, field("DAT_OFFS") + c * sizeof(float));
      store_big_endian(1.0F, field("DAT_SCL") + c * sizeof(float));
    }
  }

  void write_row() {
    store_big_endian((static_cast<double>(rows_) + 0.5) * row_seconds_, field("OFFS_SUB"));
    put(row_);
    ++rows_;
    spectra_ += row_spectra_;
    row_spectra_ = 0;
    std::ranges::fill(row_data(), std::byte{0});
    set_count(start_.rows_card, rows_);
    set_count(start_.spectra_card, spectra_);
    if (std::fseek(file_.get(), 0, SEEK_END) != 0) fail(path_);
  }

  void set_count(std::size_t card, std::uint64_t value) {
    set_card_integer(start_.bytes.data() + card, value);
    if (std::fseek(file_.get(), static_cast<long>(card), SEEK_SET) != 0) fail(path_);
    put(std::span{start_.bytes}.subspan(card, card_bytes));
  }

  std::string path_;
  SampleFormat format_;
  PsrfitsSamples samples_;
  PsrfitsFileStart start_;
  double row_seconds_;
  std::vector<std::byte> row_;     // the row that grows
  std::vector<std::byte> packed_;  // one spectrum
  std::size_t row_spectra_ = 0;    // spectra in row_
  std::uint64_t rows_ = 0;         // written
  std::uint64_t spectra_ = 0;      // in them, without padding
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace

std::unique_ptr<RecordingWriter> make_psrfits_writer(const std::string& path,
                                                     const Observation& observation) {
  return std::make_unique<PsrfitsWriter>(path, observation);
}

}  // namespace draftstream
