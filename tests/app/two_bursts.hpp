// A recording that is long enough for blocks, short enough for a test.
#pragma once

#include <string>

#include "tests/app/simulated_sky.hpp"

namespace draftstream::test {

/// 24 s of 64 channels with two bursts; 1 ms samples. Made once.
inline const std::string& two_bursts() {
  static const SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "24", "--seed",
                                 "11", "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--burst",
                                 "dm=120,t=12.25,width_ms=2,snr=18"}};
  return sky.path();
}

}  // namespace draftstream::test
