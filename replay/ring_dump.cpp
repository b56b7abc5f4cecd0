#include "replay/ring_dump.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include "ingest/samples.hpp"
#include "replay/sigproc_writer.hpp"

namespace draftstream {
namespace {

using Path = std::filesystem::path;

constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;

/// The recording while it grows. It goes without a trace unless keep() was called.
class Part {
 public:
  Part(const Path& path, Observation observation, std::uint64_t first) : path_{path}, part_{path} {
    part_ += ".part";
    observation.time.start = observation.time.instant(static_cast<double>(first));
    observation.samples.reset();
    observation.stored_bits = observation.format.bits;
    observation.stored_pols = 1;
    writer_ = make_sigproc_writer(part_.string(), observation);
  }
  ~Part() {
    std::error_code ignored;  // there is nobody to tell, and it may be kept already
    std::filesystem::remove(part_, ignored);
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  void write(std::span<const float> values) { writer_->write(values); }

  /// @return Its size [bytes].
  std::uint64_t keep() {
    writer_->finish();
    sync();
    const std::uint64_t bytes = std::filesystem::file_size(part_);
    std::filesystem::rename(part_, path_);
    return bytes;
  }

 private:
  void sync() const {
    const int descriptor = ::open(part_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) throw std::system_error(error, std::generic_category(), part_.string());
  }

  Path path_;
  Path part_;
  std::unique_ptr<RecordingWriter> writer_;
};

// Unpacked, gaps and holes as NaN.
void unpack(const FilterbankChunk& chunk, std::vector<float>& values) {
  constexpr float nothing = std::numeric_limits<float>::quiet_NaN();
  const std::size_t channels = chunk.channels();
  values.resize(chunk.samples() * channels);
  for (std::size_t t = 0; t < chunk.samples(); ++t) {
    unpack_spectrum(chunk.spectrum(t), chunk.format(),
                    std::span{values}.subspan(t * channels, channels));
  }
  for (const Gap& gap : chunk.gaps()) {
    const auto from = static_cast<std::ptrdiff_t>((gap.first - chunk.first()) * channels);
    std::fill_n(values.begin() + from, gap.samples * channels, nothing);
  }
  for (const Hole& hole : chunk.holes()) {
    for (std::uint64_t n = hole.first; n < hole.end(); ++n) {
      const auto from =
          static_cast<std::ptrdiff_t>((n - chunk.first()) * channels + hole.first_channel);
      std::fill_n(values.begin() + from, hole.channels, nothing);
    }
  }
}

}  // namespace

RingDump dump_ring(SpectrumRing& ring, const Observation& observation, const RingStretch& wanted,
                   const std::filesystem::path& path) {
  const std::uint64_t row = std::max<std::uint64_t>(1, observation.spectrum_bytes());
  const std::uint64_t piece = std::clamp<std::uint64_t>(
      piece_bytes / row, 1, std::max<std::uint64_t>(1, ring.capacity() / 2));
  const std::size_t channels = observation.frequency.channels();
  const auto reader =
      ring.attach(ReaderKind::opportunistic, std::min(wanted.first, ring.published()));
  RingDump dump;
  std::optional<Part> part;
  SpectrumRing::Reader::View view;
  std::vector<float> values;
  while (reader->cursor() < wanted.end) {
    const std::uint64_t begin = reader->cursor();
    const std::uint64_t end =
        std::min(begin + piece, begin < wanted.first ? wanted.first : wanted.end);
    reader->read(end - begin, view);
    if (view.samples == 0) break;  // the stream has ended
    reader->release(view.first + view.samples);
    if (begin < wanted.first) continue;
    std::uint64_t skipped = 0;
    if (!part && !view.gaps.empty() && view.gaps.front().first == view.first &&
        view.gaps.front().fate == Fate::overrun) {
      skipped = view.gaps.front().samples;
      if (skipped == view.samples) continue;
      view.gaps.erase(view.gaps.begin());
    }
    unpack(view.chunk(), values);
    if (!part) {
      part.emplace(path, observation, view.first + skipped);
      dump.written = {view.first + skipped, view.first + skipped};
    }
    part->write(std::span{values}.subspan(skipped * channels));
    dump.gaps.insert(dump.gaps.end(), view.gaps.begin(), view.gaps.end());
    dump.holes.insert(dump.holes.end(), view.holes.begin(), view.holes.end());
    dump.written.end = view.first + view.samples;
  }
  if (part) dump.bytes = part->keep();
  return dump;
}

}  // namespace draftstream
