// A part of a recording, in a file of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "replay/recording_writer.hpp"

namespace draftstream::test {

/// Copies samples [first, end) of a recording into a file of its own.
inline void copy_samples(Recording& from, std::uint64_t first, std::uint64_t end,
                         const std::string& to) {
  Observation part = from.observation();
  part.time.start = part.time.instant(static_cast<double>(first));
  part.samples = end - first;
  const auto writer = make_recording_writer(to, part);
  const std::size_t channels = part.frequency.channels();
  std::vector<std::byte> stored(part.spectrum_bytes());
  std::vector<float> samples(channels);
  for (std::uint64_t sample = first; sample < end; ++sample) {
    from.read(sample, stored);
    unpack_spectrum(stored, part.format, samples);
    writer->write(samples);
  }
  writer->finish();
}

}  // namespace draftstream::test
