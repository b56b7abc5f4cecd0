#include "ingest/live/packet_source.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/packet_options.hpp"

namespace draftstream {
namespace {

constexpr auto line_interval = std::chrono::seconds{10};
constexpr std::size_t jumbo = 9216;      // bytes of a datagram that Ethernet carries in one piece
constexpr std::size_t longest = 65'536;  // that there can be

UdpAddress address_of(const PacketUrl& url) {
  return {url.interface, url.host, url.port, url.text("source")};
}

UdpOptions socket_options(const PacketUrl& url) {
  UdpOptions options;
  options.buffer_bytes = url.count("rcvbuf_bytes", 4096, 1ULL << 30U, options.buffer_bytes);
  std::size_t packet =
      url.kind == PacketKind::spead ? url.count("packet_bytes", 73, longest, 0) : 0;
  if (url.kind != PacketKind::chime && url.kind != PacketKind::spead) {
    packet = read_counter_options(url).profile.packet_bytes();
  }
  options.longest_datagram = std::clamp(packet, jumbo, longest);
  return options;
}

PacketAssembler::Options assembly_options(const PacketUrl& url) {
  PacketAssembler::Options options;
  options.slot = Seconds{url.number("slot_s", 1e-6, 60.0, options.slot.value())};
  options.longest_gap = Seconds{url.number("longest_gap_s", 0.0, 1e6, options.longest_gap.value())};
  options.agreeing_strays =
      static_cast<unsigned>(url.count("agreeing_strays", 1, 1000, options.agreeing_strays));
  options.most_bytes = url.count("most_bytes", 1, 1ULL << 40U, options.most_bytes);
  return options;
}

std::chrono::steady_clock::duration timeout_of(const PacketUrl& url) {
  const std::chrono::duration<double> seconds{url.number("timeout_s", 1e-3, 1e6, 10.0)};
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(seconds);
}

std::optional<std::size_t> cpu_of(const PacketUrl& url) {
  if (!url.has("cpu")) return std::nullopt;
  return static_cast<std::size_t>(url.count("cpu", 0, CPU_SETSIZE - 1, 0));
}

UdpSocket open_socket(const PacketUrl& url, const LiveOptions& options) {
  if (options.socket) {
    return UdpSocket{FileDescriptor{*options.socket}, socket_options(url)};
  }
  return UdpSocket{address_of(url), socket_options(url)};
}

}  // namespace

void check_packet_source(const PacketUrl& url) {
  (void)make_packet_format(url);
  (void)socket_options(url);
  (void)assembly_options(url);
  (void)timeout_of(url);
  (void)cpu_of(url);
}

PacketSource::PacketSource(const PacketUrl& url, LiveOptions options)
    : url_{url},
      options_{std::move(options)},
      timeout_{timeout_of(url)},
      socket_{open_socket(url_, options_)},
      name_{fmt::format("udp+{}://{}", name_of(url.kind), socket_.address())},
      assembler_{make_packet_format(url), assembly_options(url),
                 [this](const FinishedSlot& slot) { take_slot(slot); }},
      next_line_{Clock::now() + line_interval} {
  if (options_.told) options_.told(fmt::format("listening on {}", name_));
  if (socket_.buffer_granted() < socket_.buffer_asked() && options_.warned) {
    options_.warned(fmt::format(
        "{}: found a receive buffer of {} bytes, expected {}: raise net.core.rmem_max, or give the "
        "program CAP_NET_ADMIN, or ask for less by rcvbuf_bytes",
        name_, socket_.buffer_granted(), socket_.buffer_asked()));
  }
}

std::vector<Observation> PacketSource::next_beams() {
  while (running_) {
    if (listen() == Heard::stopped) return {};
  }
  {
    const std::lock_guard lock{mutex_};
    report_ = count();
    before_ = report_;
    longest_in_queue_s_ = 0.0;
  }
  kept_.clear();
  keep_slots_ = true;
  // What has made the last observation end may be the beginning of this one.
  const bool began = heard(assembler_.resume()) == Heard::began;
  if (!began && listen() != Heard::began) return {};
  return assembler_.start().beams;
}

void PacketSource::feed(std::span<SpectrumRing* const> rings) {
  pin_thread();
  SlotWriter writer{rings, assembler_.start().grid};
  const auto leave = [&] {
    writer_ = nullptr;
    keep_slots_ = false;
    for (SpectrumRing* ring : rings) ring->finish();
  };
  try {
    kept_.write_to(writer);
    keep_slots_ = false;
    writer_ = &writer;
    if (running_) (void)listen();
  } catch (...) {
    leave();
    throw;
  }
  leave();
  const PacketReport report = *packets();
  if (report.lost_something() && options_.warned) {
    options_.warned(fmt::format("{}: {}.", name_, report.describe_loss()));
  }
}

// Until an observation begins or ends, or nothing more is to be heard.
PacketSource::Heard PacketSource::listen() {
  for (;;) {
    if (const auto what = take_batch()) return *what;
    const Waited waited = socket_.receive(stop_, silent_at_);
    batch_ = socket_.datagrams();
    if (waited == Waited::ready) {
      note_queue();
      if (!running_ || Clock::now() < silent_at_) continue;
      // Packets come, but none of this observation.
      if (const auto what = take_batch()) return *what;
      if (Clock::now() < silent_at_) continue;
    }
    if (waited != Waited::stopped && options_.warned) {
      options_.warned(fmt::format("{}: no packet of the observation in {} s; it has ended", name_,
                                  std::chrono::duration<double>{timeout_}.count()));
    }
    const auto ended = heard(assembler_.finish());
    note_batch();
    if (waited == Waited::stopped) return Heard::stopped;
    if (ended) return *ended;
  }
}

// What is left of a batch.
std::optional<PacketSource::Heard> PacketSource::take_batch() {
  while (!batch_.empty()) {
    const UdpDatagram datagram = batch_.front();
    batch_ = batch_.subspan(1);
    if (const auto what = heard(assembler_.take(datagram.bytes))) {
      note_batch();
      return what;
    }
  }
  note_batch();
  if (writer_ != nullptr && !writer_->wanted()) return Heard::unwanted;
  return std::nullopt;
}

std::optional<PacketSource::Heard> PacketSource::heard(Assembly assembly) {
  switch (assembly) {
    case Assembly::began:
      running_ = true;
      silent_at_ = Clock::now() + timeout_;
      return Heard::began;
    case Assembly::ended:
      running_ = false;
      silent_at_ = Clock::time_point::max();
      return Heard::ended;
    case Assembly::more:
      break;
  }
  return std::nullopt;
}

void PacketSource::take_slot(const FinishedSlot& slot) {
  if (writer_ != nullptr) {
    writer_->write(slot);
  } else if (keep_slots_) {
    kept_.add(slot);
  }
}

void PacketSource::note_batch() {
  const Clock::time_point now = Clock::now();
  if (running_ && assembler_.counts().accepted != accepted_) {
    accepted_ = assembler_.counts().accepted;
    silent_at_ = now + timeout_;
  }
  if (!running_ || now >= next_line_) (void)socket_.ask_kernel_drops();
  {
    const std::lock_guard lock{mutex_};
    report_ = count();
  }
  tell_of_loss(now);
}

// How long the oldest of a batch has waited, by the clock that the kernel stamps with.
void PacketSource::note_queue() {
  if (batch_.empty() || batch_.front().arrived_ns == 0) return;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t waited_ns =
      std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec - batch_.front().arrived_ns;
  longest_in_queue_s_ = std::max(longest_in_queue_s_, 1e-9 * static_cast<double>(waited_ns));
}

// Of all observations. Units that wait for their fate are counted with the next one.
PacketReport PacketSource::count() const {
  PacketReport report;
  report.counts = assembler_.counts();
  if (running_) report.counts.assembled += assembler_.assembled();
  report.counts.datagrams -= assembler_.kept_units();
  report.counts.units -= assembler_.kept_units();
  report.incomplete_units = assembler_.incomplete_units();
  report.kernel_drops = socket_.kernel_drops();
  report.truncated = socket_.truncated();
  report.buffer_asked = socket_.buffer_asked();
  report.buffer_granted = socket_.buffer_granted();
  report.longest_in_queue_s = longest_in_queue_s_;
  if (report.counts.refused_in_all() == report_.counts.refused_in_all()) {
    report.last_refused = report_.last_refused;
  } else {
    report.last_refused = sentence(*assembler_.last_refused());
  }
  return report;
}

void PacketSource::tell_of_loss(Clock::time_point now) {
  if (now < next_line_) return;
  next_line_ = now + line_interval;
  const PacketReport lost = report_.since(told_);
  told_ = report_;
  if (lost.lost_something() && options_.passing) {
    options_.passing(fmt::format("{}: in the last seconds, {}", name_, lost.describe_loss()));
  }
}

std::optional<PacketReport> PacketSource::packets() const {
  const std::lock_guard lock{mutex_};
  return report_.since(before_);
}

void PacketSource::pin_thread() const {
  const auto cpu = cpu_of(url_);
  if (!cpu) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(*cpu, &set);
  const int failed = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  if (failed != 0 && options_.warned) {
    options_.warned(
        fmt::format("{}: found no way to stay on processor {} ({}), expected one of "
                    "this machine's",
                    name_, *cpu, std::generic_category().message(failed)));
  }
}

}  // namespace draftstream
