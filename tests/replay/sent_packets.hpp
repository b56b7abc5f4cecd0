// What send_packets() sends, without a network and without a clock.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ingest/live/packet_url.hpp"
#include "replay/packet_sender.hpp"
#include "tests/replay/band_recording.hpp"

namespace draftstream::test {

/// A clock that never waits, and notes for which moments it was asked to.
struct NotingClock {
  std::vector<double> moments_s;
  double now_s = 0.0;

  SendClock clock() {
    return {[this] { return Seconds{now_s}; },
            [this](Seconds moment) {
              moments_s.push_back(moment.value());
              now_s = std::max(now_s, moment.value());
              return true;
            }};
  }
};

struct Sent {
  std::vector<std::vector<std::byte>> datagrams;
  PacketsSent result;
  PacketStream stream;
};

/// @param url  With address and options, as "udp+chime://127.0.0.1:1?version=1".
inline Sent send_all(const std::string& url, const std::vector<Band>& bands,
                     const std::vector<std::string>& faults = {}, std::uint64_t seed = 1) {
  BeamBlocks beams = blocks_of(bands);
  Sent sent;
  sent.stream = make_packet_stream(parse_packet_url(url), beams.observation(), beams.beams());
  NotingClock noting;
  PacketSendOptions options;
  options.faults = parse_faults(faults, seed);
  SendSchedule schedule{beams.observation().time.sample_time, 0.0, options.faults.stalls,
                        noting.clock()};
  sent.result = send_packets(
      beams, sent.stream, schedule,
      [&sent](std::span<const std::byte> datagram) {
        sent.datagrams.emplace_back(datagram.begin(), datagram.end());
        return true;
      },
      options);
  return sent;
}

}  // namespace draftstream::test
