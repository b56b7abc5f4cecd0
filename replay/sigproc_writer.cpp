#include "replay/sigproc_writer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "replay/sigproc_header_bytes.hpp"
#include "replay/spectrum_packer.hpp"

namespace draftstream {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
class SigprocWriter final : public RecordingWriter {
 public:
  SigprocWriter(const std::string& path, const Observation& observation)
      : path_{path},
        format_{observation.format},
        channels_{observation.frequency.channels()},
        packed_(observation.spectrum_bytes()),
        packer_{channels_ * static_cast<std::size_t>(format_.bits)} {
    const SigprocHeaderBytes header = make_sigproc_header(observation, std::nullopt);
    samples_at_ = static_cast<long>(header.samples_at);

    file_.reset(std::fopen(path.c_str(), "wbe"));
    if (file_ == nullptr) fail(path + ": cannot be created");
    std::setvbuf(file_.get(), nullptr, _IOFBF, buffer_bytes);
    put(header.bytes);
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
      bytes_.clear();
      packer_.append(packed_, bytes_);
      put(bytes_);
      ++samples_;
    }
  }

  void finish() override {
    if (file_ == nullptr) return;
    bytes_.clear();
    packer_.finish(bytes_);
    put(bytes_);
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

  std::string path_;
  SampleFormat format_;
  std::size_t channels_;
  std::vector<std::byte> packed_;  // one spectrum
  SpectrumPacker packer_;
  std::vector<std::byte> bytes_;  // that it made of it
  long samples_at_ = 0;           // where the value of nsamples stands
  std::uint64_t samples_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace

std::unique_ptr<RecordingWriter> make_sigproc_writer(const std::string& path,
                                                     const Observation& observation) {
  return std::make_unique<SigprocWriter>(path, observation);
}

}  // namespace draftstream
