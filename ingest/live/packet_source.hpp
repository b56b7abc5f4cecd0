// Packets from a socket as a live stream of one beam or several.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/live/live_options.hpp"
#include "ingest/live/packet_url.hpp"
#include "ingest/live/slot_writer.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/live/udp_socket.hpp"
#include "ingest/live_source.hpp"
#include "ingest/packets/packet_assembler.hpp"

namespace draftstream {

/// @throws ConfigError if the URL's options make no source.
void check_packet_source(const PacketUrl& url);

/// Receives packets and puts them together, all beams on the thread that is in feed(). The sender
/// does not wait: what nobody takes in time is lost, in the kernel's buffer or in the ring, and is
/// counted.
///
/// An observation ends by the stream's own end, by a silence of `timeout_s` (no packet of it), or
/// when the sender's clock or the packets' shape change; see PacketAssembler. What comes before
/// feed() waits in the kernel's buffer.
///
/// Threads: as LiveSource.
class PacketSource final : public LiveSource {
 public:
  /// @throws ConfigError if the URL's options make no stream, or its address cannot be listened at.
  PacketSource(const PacketUrl& url, LiveOptions options);

  /// What feed() has left of the last observation is passed over first.
  /// @throws std::system_error if the socket fails; so does feed().
  std::vector<Observation> next_beams() override;
  /// A stop passes on what came before it.
  void feed(std::span<SpectrumRing* const> rings) override;
  void stop() noexcept override { stop_.stop(); }
  [[nodiscard]] bool waits() const noexcept override { return stop_.is_waited_on(); }
  [[nodiscard]] ReaderKind readers() const noexcept override { return ReaderKind::opportunistic; }
  [[nodiscard]] std::optional<PacketReport> packets() const override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Heard { began, ended, stopped, unwanted };

  Heard listen();
  std::optional<Heard> take_batch();
  std::optional<Heard> heard(Assembly assembly);
  void take_slot(const FinishedSlot& slot);
  void note_batch();
  void note_queue();
  [[nodiscard]] PacketReport count() const;
  void tell_of_loss(Clock::time_point now);
  void pin_thread() const;

  const PacketUrl url_;
  const LiveOptions options_;
  const Clock::duration timeout_;
  UdpSocket socket_;
  std::string name_;  // "udp+chime://127.0.0.1:5000"
  StopEvent stop_;
  PacketAssembler assembler_;

  std::span<const UdpDatagram> batch_;  // came, and was not taken yet
  bool running_ = false;                // an observation was announced and has not ended
  SlotWriter* writer_ = nullptr;        // null: nobody feeds
  bool keep_slots_ = false;             // for whoever will
  KeptSlots kept_;
  std::uint64_t accepted_ = 0;                              // when silent_at_ was last set
  Clock::time_point silent_at_ = Clock::time_point::max();  // unless a packet comes before
  Clock::time_point next_line_;                             // of losses, at the earliest
  PacketReport told_;                                       // when the last one was written
  double longest_in_queue_s_ = 0.0;

  mutable std::mutex mutex_;
  PacketReport report_;  // guarded by mutex_; of all observations
  PacketReport before_;  // guarded by mutex_; of those before this one
};

}  // namespace draftstream
