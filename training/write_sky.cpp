// A sky on its way to disk: blocks rendered side by side, written in order.
#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "training/sky.hpp"

namespace draftstream {
namespace {

// The future comes last: it goes first, and waits for the thread that fills `values`.
struct Piece {
  std::vector<float> values;
  std::future<void> rendered;
};

}  // namespace

void write_sky(const Sky& sky, RecordingWriter& writer, unsigned threads,
               const SkyProgress& progress) {
  const std::size_t channels = sky.observation().frequency.channels();
  const std::uint64_t samples = sky.truth().samples;
  const std::uint64_t length = sky.block_samples();
  const std::uint64_t blocks = (samples + length - 1) / length;
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());

  // One more than there are threads: one is written while the others are rendered.
  std::vector<Piece> pieces(std::min<std::uint64_t>(threads + 1U, blocks));
  const auto start = [&](std::uint64_t block) {
    Piece& piece = pieces[block % pieces.size()];
    const std::uint64_t first = block * length;
    piece.values.resize(std::min(length, samples - first) * channels);
    piece.rendered =
        std::async(std::launch::async,
                   [&sky, first, values = std::span{piece.values}] { sky.render(first, values); });
  };
  for (std::uint64_t block = 0; block < pieces.size(); ++block) start(block);
  for (std::uint64_t block = 0; block < blocks; ++block) {
    Piece& piece = pieces[block % pieces.size()];
    piece.rendered.get();
    writer.write(piece.values);
    if (block + pieces.size() < blocks) start(block + pieces.size());
    if (progress) progress(std::min((block + 1) * length, samples), samples);
  }
  writer.finish();
}

Truth simulate(const SkyOptions& options, const std::string& path, unsigned threads,
               const SkyProgress& progress) {
  const Sky sky{options};
  Truth truth = sky.truth();
  truth.recording = std::filesystem::path{path}.filename().string();
  const auto writer = make_recording_writer(path, sky.observation());
  write_sky(sky, *writer, threads, progress);
  write_truth(truth_path(path), truth);
  return truth;
}

}  // namespace draftstream
