// A live source beside its peer: what came of it, and what it said.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ingest/live/live_options.hpp"
#include "ingest/live_source.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream::test {

using Bytes = std::vector<std::byte>;

// What a source says, to be waited for.
class Notes {
 public:
  LiveOptions options() {
    LiveOptions options;
    options.told = [this](const std::string& text) { keep(told_, text); };
    options.warned = [this](const std::string& text) { keep(warned_, text); };
    return options;
  }
  // What was told as the first, second ... one; blocks until it is.
  std::string told(std::size_t index = 0) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return told_.size() > index; });
    return told_[index];
  }
  std::vector<std::string> warned() {
    const std::lock_guard lock{mutex_};
    return warned_;
  }

 private:
  void keep(std::vector<std::string>& where, const std::string& text) {
    const std::lock_guard lock{mutex_};
    where.push_back(text);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;  // signalled by: keep()
  std::vector<std::string> told_;
  std::vector<std::string> warned_;
};

struct Taken {
  std::optional<Observation> observation;
  std::uint64_t samples = 0;
  Bytes bytes;
};

inline void feed_one(LiveSource& source, SpectrumRing& ring) {
  SpectrumRing* const rings[] = {&ring};
  source.feed(rings);
}

// The next observation, through a ring of few spectra.
inline Taken take(LiveSource& source, std::uint64_t ring_samples = 64) {
  Taken taken;
  const auto beams = source.next_beams();
  if (beams.empty()) return taken;
  taken.observation = beams.front();
  SpectrumRing ring{{taken.observation->frequency.channels(), taken.observation->format,
                     ring_samples, false, false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::thread feed{[&] { feed_one(source, ring); }};
  for (;;) {
    const auto view = reader->read(std::min<std::uint64_t>(ring.capacity() / 4 + 1, 7));
    if (view.samples == 0) break;
    taken.samples += view.samples;
    taken.bytes.insert(taken.bytes.end(), view.bytes.begin(), view.bytes.end());
    reader->release(view.first + view.samples);
  }
  feed.join();
  return taken;
}

inline std::string make_fifo(const TemporaryFolder& folder) {
  const std::string path = folder.file("sky.fifo");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  return path;
}

// Written in pieces of 1 to `most` bytes, drawn from a seed.
inline void write_in_pieces(const StreamPeer& peer, std::span<const std::byte> bytes,
                            std::size_t most, unsigned seed) {
  std::mt19937 random{seed};
  std::uniform_int_distribution<std::size_t> length{1, most};
  while (!bytes.empty()) {
    const std::size_t piece = std::min(length(random), bytes.size());
    if (!peer.write(bytes.first(piece))) return;
    bytes = bytes.subspan(piece);
  }
}

inline Bytes samples_after(const Bytes& stream, const Bytes& header) {
  return {stream.begin() + static_cast<std::ptrdiff_t>(header.size()), stream.end()};
}

}  // namespace draftstream::test
