// A recording that stays in memory, for tests of what is written.
#pragma once

#include <span>
#include <vector>

#include "replay/recording_writer.hpp"

namespace draftstream::test {

struct MemoryWriter final : RecordingWriter {
  std::vector<float> values;  // shape [time, channel]
  std::size_t pieces = 0;
  bool finished = false;

  void write(std::span<const float> samples) override {
    values.insert(values.end(), samples.begin(), samples.end());
    ++pieces;
  }
  void finish() override { finished = true; }
};

}  // namespace draftstream::test
