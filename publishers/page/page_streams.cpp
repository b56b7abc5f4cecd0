#include "publishers/page/page_streams.hpp"

#include <fmt/format.h>

#include <exception>

#include "publishers/page/event_rows.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto between_looks = 50ms;
constexpr std::size_t most_rows = 200;  // at a time

}  // namespace

bool PageStreams::enter() {
  if (++streams_ <= options_.most_streams) return true;
  --streams_;
  ++refused_;
  return false;
}

void PageStreams::leave() {
  --streams_;
}

void PageStreams::stop() {
  {
    const std::lock_guard lock{wait_mutex_};
    stopped_ = true;
  }
  stopping_.notify_all();
}

PageCounts PageStreams::counts() const {
  return {streams_, dropped_, refused_};
}

std::string PageStreams::state() {
  const std::lock_guard lock{state_mutex_};
  const auto now = Clock::now();
  if (!state_made_ || now - *state_made_ >= options_.between_states / 2) {
    state_ = sources_.state(counts());
    state_made_ = now;
  }
  return state_;
}

void PageStreams::wait(std::chrono::milliseconds time) {
  std::unique_lock lock{wait_mutex_};
  stopping_.wait_for(lock, time, [this] { return stopped_.load(); });
}

// A journal that is moved aside and begun anew in between is read at the next look.
std::string PageStream::news() {
  std::string text;
  if (!greeted_) text += "retry: 1000\n\n";
  greeted_ = true;
  const std::uint64_t last = sources_.last_seq();
  if (last > sent_) {
    const auto rows = read_event_rows(sources_.journal, sent_, most_rows);
    for (const EventRow& row : rows) {
      text += fmt::format("id: {}\nevent: event\ndata: {}\n\n", row.seq, row.json);
      sent_ = row.seq;
    }
    if (rows.empty()) sent_ = last;  // they are kept no more
  }
  const auto now = Clock::now();
  if (now - state_told_ >= options_.between_states) {
    state_told_ = now;
    text += fmt::format("event: state\ndata: {}\n\n", streams_.state());
  }
  return text;
}

bool PageStream::go_on(const Write& write) {
  if (streams_.stopped()) return false;
  std::string text;
  try {
    text = news();
  } catch (const std::exception& error) {
    text = fmt::format("event: failure\ndata: \"{}\"\n\n", "the journal cannot be read");
    streams_.wait(options_.between_states);
  }
  if (text.empty()) {
    streams_.wait(between_looks);
    return !streams_.stopped();
  }
  const auto began = Clock::now();
  if (write(text)) return true;
  if (Clock::now() - began >= options_.patience) streams_.count_dropped();
  return false;
}

}  // namespace draftstream
