#include "replay/stream_sender.hpp"

#include <algorithm>
#include <vector>

#include "replay/send_schedule.hpp"
#include "replay/sigproc_header_bytes.hpp"
#include "replay/spectrum_packer.hpp"

namespace draftstream {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 18;
constexpr double piece_s = 0.02;  // of the recipient's time

}  // namespace

std::uint64_t send_recording(Recording& recording, const StreamSink& sink, const StopEvent& stop,
                             const SendOptions& options) {
  const Observation& seen = recording.observation();
  const std::uint64_t samples = seen.samples.value_or(0);
  const std::size_t spectrum = seen.spectrum_bytes();
  const bool paced = options.speed > 0.0;
  const Seconds sent_in = (1.0 / (paced ? options.speed : 1.0)) * seen.time.sample_time;
  const double in_time = paced ? Seconds{piece_s} / sent_in : 1e9;
  const std::uint64_t in_piece = std::max<std::uint64_t>(1, piece_bytes / spectrum);
  const auto most =
      static_cast<std::uint64_t>(std::clamp(in_time, 1.0, static_cast<double>(in_piece)));

  SpectrumPacker packer{seen.frequency.channels() * static_cast<std::size_t>(seen.format.bits)};
  std::vector<std::byte> spectra(static_cast<std::size_t>(most) * spectrum);
  std::vector<std::byte> packed;
  if (!write_all(sink, make_sigproc_header(seen, samples).bytes, stop)) return 0;

  SendSchedule schedule{seen.time.sample_time, options.speed, options.stalls,
                        make_send_clock(stop)};
  for (std::uint64_t sent = 0; sent < samples;) {
    const std::uint64_t count = std::min(most, samples - sent);
    std::span<std::byte> out{spectra.data(), static_cast<std::size_t>(count) * spectrum};
    recording.read(sent, out);
    if (!packer.plain()) {
      packed.clear();
      for (std::uint64_t t = 0; t < count; ++t) {
        packer.append(out.subspan(static_cast<std::size_t>(t) * spectrum, spectrum), packed);
      }
      if (sent + count == samples) packer.finish(packed);
      out = packed;
    }
    if (!schedule.wait(sent, count)) return sent;
    if (!write_all(sink, out, stop)) return sent;
    sent += count;
    recording.forget_before(sent);
    if (options.sent) options.sent(sent);
  }
  return samples;
}

}  // namespace draftstream
