#include "ingest/live/stream_source.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/byte_streams.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/sigproc/sigproc_fields.hpp"
#include "ingest/sigproc/sigproc_header.hpp"
#include "ingest/sigproc/sigproc_intensity.hpp"

namespace draftstream {
namespace {

constexpr std::size_t mark_bytes = 16;  // that tell what a stream holds
// A table of 65535 frequencies, the most channels that are searched, takes 1.3 MB.
constexpr std::size_t longest_header = std::size_t{2} << 20;
constexpr std::size_t header_piece = 4096;
constexpr std::size_t sample_piece = std::size_t{1} << 20;  // most that is read at once
constexpr std::uint64_t claims_in_ring = 4;                 // so that reader and writer take turns

bool looks_like_dada(std::span<const std::byte> start) {
  const std::string_view text{reinterpret_cast<const char*>(start.data()), start.size()};
  return text.starts_with("HDR_") || text.starts_with("HEADER");
}

class StreamSource final : public OneBeamSource {
 public:
  StreamSource(const StreamUrl& url, LiveOptions options)
      : options_{std::move(options)},
        streams_{open_byte_streams(
            url, [this](const std::string& text) { tell(text); }, options_.socket)} {}

  std::optional<Observation> next_observation() override {
    for (;;) {
      if (!leave_stream()) return std::nullopt;
      auto next = streams_->next(stop_);
      if (!next) return std::nullopt;
      stream_ = std::move(*next);
      try {
        if (!read_header() || !read_first_spectrum()) return std::nullopt;
        return intensity_->observation();
      } catch (const InputError& error) {
        if (!streams_->goes_on()) throw error.in_file(stream_.name);
        warn(error.in_file(stream_.name).what());
      } catch (const ConfigError& error) {
        throw ConfigError(fmt::format("{}: {}", stream_.name, error.what()));
      }
    }
  }

  void feed(SpectrumRing& ring) override {
    try {
      if (intensity_->as_stored()) {
        copy_spectra(ring);
      } else {
        convert_spectra(ring);
      }
    } catch (...) {
      ring.finish();
      throw;
    }
    ring.finish();
  }

  void stop() noexcept override { stop_.stop(); }
  [[nodiscard]] bool waits() const noexcept override { return stop_.is_waited_on(); }

 private:
  void tell(const std::string& text) const {
    if (options_.told) options_.told(text);
  }
  void warn(const std::string& text) const {
    if (options_.warned) options_.warned(text);
  }

  // Done with a stream, whatever is left of it. @return false once stopped.
  bool leave_stream() {
    if (stream_.descriptor.is_open() && !ended_ && streams_->keeps_rest()) {
      held_.resize(header_piece);
      for (;;) {
        const BytesRead got = read_some(stream_, held_, stop_);
        if (got.stopped) return false;
        if (got.ended) break;
      }
    }
    stream_ = {};
    held_.clear();
    ended_ = false;
    problem_.clear();
    return !stop_.stopped();
  }

  // Reads on behind what is held. @return false once stopped.
  bool hold_more(std::size_t most) {
    const std::size_t before = held_.size();
    held_.resize(before + most);
    const BytesRead got = read_some(stream_, std::span{held_}.subspan(before), stop_);
    held_.resize(before + got.bytes);
    note_end(got);
    return !got.stopped;
  }

  void note_end(const BytesRead& got) {
    if (!got.ended) return;
    ended_ = true;
    problem_ = got.problem;
  }

  [[nodiscard]] std::string end_found() const {
    return problem_.empty() ? "the end of the stream" : "a broken stream (" + problem_ + ")";
  }

  // @return false once stopped.
  // @throws InputError without a name.
  bool read_header() {
    while (held_.size() < mark_bytes && !ended_) {
      if (!hold_more(header_piece)) return false;
    }
    if (held_.empty()) throw InputError("byte 0", end_found(), "a header");
    if (looks_like_dada(held_)) {
      throw InputError("byte 0", "a DADA header",
                       "a SIGPROC header ('HEADER_START'); this version reads no other stream");
    }
    SigprocFieldsReader reader;
    while (!reader.read(held_)) {
      if (ended_) {
        throw InputError(fmt::format("byte {}", held_.size()), end_found(),
                         fmt::format("{} more bytes of the header", reader.missing()));
      }
      if (held_.size() > longest_header) {
        throw InputError(fmt::format("byte {}", held_.size()), "a header that goes on",
                         fmt::format("its end within {} bytes", longest_header));
      }
      if (!hold_more(header_piece)) return false;
    }
    SigprocHeader header = interpret_sigproc_fields(std::move(reader.fields()));
    intensity_.emplace(header, options_.pick_if);
    claimed_samples_ = header.claimed_samples.value_or(0);
    const auto data = held_.begin() + static_cast<std::ptrdiff_t>(header.data_byte);
    held_.erase(held_.begin(), data);
    data_byte_ = header.data_byte;
    for (const std::string& warning : header.warnings) {
      warn(fmt::format("{}: {}", stream_.name, warning));
    }
    return true;
  }

  // An observation of nothing is none, in a file or here. @return false once stopped.
  // @throws InputError without a name.
  bool read_first_spectrum() {
    const auto bytes = static_cast<std::size_t>((intensity_->stored_bits() + 7) / 8);
    while (held_.size() < bytes) {
      if (ended_) {
        throw InputError(fmt::format("byte {}", data_byte_ + held_.size()), end_found(),
                         fmt::format("at least one spectrum of {} bytes", bytes));
      }
      if (!hold_more(bytes - held_.size())) return false;
    }
    return true;
  }

  // Spectra at once: few enough to leave the reader room, and not many bytes.
  [[nodiscard]] std::uint64_t most_at_once(const SpectrumRing& ring, std::size_t bytes) const {
    const std::uint64_t fair = std::max<std::uint64_t>(ring.capacity() / claims_in_ring, 1);
    return std::clamp<std::uint64_t>(sample_piece / bytes, 1, fair);
  }

  // Spectra that lie in the stream as in the ring: read where they belong.
  void copy_spectra(SpectrumRing& ring) {
    const std::size_t spectrum = intensity_->observation().spectrum_bytes();
    const std::uint64_t most = most_at_once(ring, spectrum);
    std::uint64_t samples = 0;
    std::size_t begin = 0;  // of what is held
    for (;;) {
      const std::span<std::byte> memory = ring.claim(most);
      if (memory.empty()) return;
      std::size_t filled = std::min(held_.size() - begin, memory.size());
      std::memcpy(memory.data(), held_.data() + begin, filled);
      begin += filled;
      while (filled < spectrum && !ended_) {
        const BytesRead got = read_some(stream_, memory.subspan(filled), stop_);
        if (got.stopped) return;
        filled += got.bytes;
        note_end(got);
      }
      const std::uint64_t whole = filled / spectrum;
      ring.publish(whole);
      samples += whole;
      // The piece of a spectrum behind them goes to the front of the next claim.
      const auto rest =
          memory.subspan(static_cast<std::size_t>(whole) * spectrum, filled % spectrum);
      if (begin == held_.size()) {  // else there is none: held bytes have filled the claim
        held_.assign(rest.begin(), rest.end());
        begin = 0;
      }
      if (ended_ && held_.size() - begin < spectrum) {
        return note_samples(samples, 8 * (held_.size() - begin));
      }
    }
  }

  // Spectra of several IFs, or that end inside a byte.
  void convert_spectra(SpectrumRing& ring) {
    const std::size_t spectrum = intensity_->observation().spectrum_bytes();
    const std::uint64_t stored_bits = intensity_->stored_bits();
    const std::uint64_t most = most_at_once(ring, static_cast<std::size_t>(stored_bits / 8 + 1));
    std::uint64_t samples = 0;
    std::uint64_t bit = 0;  // of what is held, the first that was not taken
    for (;;) {
      const std::uint64_t whole = std::min((held_.size() * 8 - bit) / stored_bits, most);
      if (whole > 0) {
        const std::span<std::byte> memory = ring.claim(whole);
        if (memory.empty()) return;
        for (std::uint64_t t = 0; t < whole; ++t, bit += stored_bits) {
          intensity_->read(held_, bit,
                           memory.subspan(static_cast<std::size_t>(t) * spectrum, spectrum));
        }
        ring.publish(whole);
        samples += whole;
        continue;
      }
      if (ended_) return note_samples(samples, held_.size() * 8 - bit);
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(bit / 8));
      bit %= 8;
      if (!hold_more(sample_piece)) return;
    }
  }

  void note_samples(std::uint64_t samples, std::uint64_t rest_bits) const {
    if (!problem_.empty()) {
      warn(fmt::format("{}: the stream broke off after {} spectra: {}.", stream_.name, samples,
                       problem_));
    }
    if (rest_bits >= 8) {
      warn(fmt::format("{}: the stream ends inside a spectrum; its last {} bytes are left out.",
                       stream_.name, (rest_bits + 7) / 8));
    }
    if (claimed_samples_ > 0 && static_cast<std::uint64_t>(claimed_samples_) != samples) {
      warn(fmt::format("{}: nsamples = {}, but {} spectra came.", stream_.name, claimed_samples_,
                       samples));
    }
  }

  LiveOptions options_;
  StopEvent stop_;
  std::unique_ptr<ByteStreams> streams_;

  // Of the stream that is read.
  ByteStream stream_;
  std::optional<SigprocIntensity> intensity_;
  std::int64_t claimed_samples_ = 0;
  std::size_t data_byte_ = 0;
  std::vector<std::byte> held_;  // came, and was not taken yet
  bool ended_ = false;
  std::string problem_;  // that ended it; "" = none
};

}  // namespace

std::unique_ptr<OneBeamSource> make_stream_source(const StreamUrl& url, LiveOptions options) {
  return std::make_unique<StreamSource>(url, std::move(options));
}

}  // namespace draftstream
