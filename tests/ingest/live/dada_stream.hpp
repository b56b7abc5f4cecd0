// Observations for a DADA ring, and what of them came out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ingest/live/dada_source.hpp"
#include "ingest/spectrum_ring.hpp"
#include "tests/ingest/live/system_v_ring.hpp"

namespace draftstream::test {

/// A header as back ends write it: 64 us samples from 2023-02-25 on.
inline std::string dada_header(std::size_t channels, int bits, const std::string& more = "") {
  return "HDR_VERSION  1.0\nHDR_SIZE     4096   # bytes\nNCHAN        " + std::to_string(channels) +
         "\nNBIT         " + std::to_string(bits) +
         "\nNPOL 1\nNDIM 1\nTSAMP        64.0\nFREQ         1400.0\nBW           -256.0\n"
         "UTC_START    2023-02-25-00:00:00\n" +
         more;
}

/// What a source put into a ring.
struct Fed {
  std::vector<std::byte> bytes;
  std::vector<std::string> warnings;
};

/// Feeds one observation through a ring of `samples` spectra, and reads all of it.
inline Fed feed_through(DadaSource& source, const Observation& observation, std::uint64_t samples) {
  SpectrumRing ring{{.channels = observation.frequency.channels(),
                     .format = observation.format,
                     .samples = samples,
                     .huge_pages = false,
                     .lock = false}};
  Fed fed;
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::thread reading{[&] {
    for (;;) {
      const auto view = reader->read(1);
      if (view.samples == 0) break;
      fed.bytes.insert(fed.bytes.end(), view.bytes.begin(), view.bytes.end());
      reader->release(view.first + view.samples);
    }
  }};
  try {
    source.feed(ring);
  } catch (...) {
    ring.stop();
    reading.join();
    throw;
  }
  reading.join();
  fed.warnings = source.warnings();
  return fed;
}

inline std::vector<std::byte> copy_of(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace draftstream::test
