#include "publishers/gateways/gateway_runner.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/gateways/gateway_history.hpp"
#include "publishers/no_signals.hpp"

namespace draftstream {
namespace {

constexpr std::size_t messages_a_look = 64;

void tell(const std::function<void(const std::string&)>& listener, const std::string& text) {
  if (listener) listener(text);
}

}  // namespace

GatewayRunner::GatewayRunner(std::unique_ptr<Gateway> gateway, GatewayPlan plan,
                             std::filesystem::path journal, GatewayRecord record, GatewayNews news)
    : gateway_{std::move(gateway)},
      plan_{std::move(plan)},
      journal_{std::move(journal)},
      news_{std::move(news)},
      record_{std::move(record)} {
  counts_.name = plan_.name;
  counts_.kind = plan_.kind;
  const NoSignals none;
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "gateway");
}

GatewayRunner::~GatewayRunner() {
  stop();
}

void GatewayRunner::wake() {
  const std::lock_guard lock{mutex_};
  ++wanted_;
  changed_.notify_all();
}

std::uint64_t GatewayRunner::hurry() {
  const std::lock_guard lock{mutex_};
  hurry_ = true;
  changed_.notify_all();
  return ++wanted_;
}

bool GatewayRunner::settled(std::uint64_t hurried, std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, deadline, [&] { return settled_ >= hurried || ended_ || stopping_; });
  return settled_ >= hurried;
}

void GatewayRunner::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    changed_.notify_all();
  }
  gateway_->stop();
  if (thread_.joinable()) thread_.join();
}

GatewayCounts GatewayRunner::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

bool GatewayRunner::is_stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

bool GatewayRunner::rest(std::chrono::milliseconds time, bool until_woken) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, time,
                    [&] { return stopping_ || hurry_ || (until_woken && wanted_ > wanted_now_); });
  hurry_ = false;
  return !stopping_;
}

void GatewayRunner::settle(std::uint64_t wanted) {
  const std::lock_guard lock{mutex_};
  settled_ = std::max(settled_, wanted);
  changed_.notify_all();
}

void GatewayRunner::set_fault(const std::string& fault) {
  {
    const std::lock_guard lock{mutex_};
    if (counts_.fault == fault) return;  // it was told
    counts_.fault = fault;
  }
  if (!fault.empty()) tell(news_.warn, fmt::format("gateway {}: {}", plan_.name, fault));
}

void GatewayRunner::run() {
  do {
    {
      const std::lock_guard lock{mutex_};
      wanted_now_ = wanted_;
    }
    try {
      while (look()) {
      }
    } catch (const std::exception& error) {  // the disk's, or a journal's that is being replaced
      set_fault(error.what());
    }
  } while (rest(plan_.patience.interval, true));
  try {
    pass();
  } catch (const std::exception& error) {
    set_fault(error.what());
  }
  count_waiting();
  const std::lock_guard lock{mutex_};
  ended_ = true;
  changed_.notify_all();
}

// @return Whether there may be more at once.
bool GatewayRunner::look() {
  if (is_stopping()) return false;
  const JournalPage page = read_journal_page(journal_, cursor_, messages_a_look);
  if (page.id != journal_id_) {
    adopt(page);
    return true;
  }
  note_losses(page);
  note_waiting(page.last_seq);
  for (const std::string& message : page.messages) {
    if (!handle(message)) return false;
    note_waiting(page.last_seq);
  }
  pass();
  if (!page.messages.empty()) return true;
  set_fault("");
  settle(wanted_now_);
  return false;
}

// Where it begins is noted at once: by the next process's time there may be more before that.
void GatewayRunner::adopt(const JournalPage& page) {
  const bool is_first = journal_id_.empty();  // else it took the place of the one that was there
  const std::uint64_t begin = page.first_seq - 1;
  noted_ = record_.cursor(page.id);
  cursor_ = noted_.value_or(is_first ? plan_.begin_after.value_or(begin) : begin);
  journal_id_ = page.id;
  pass();
  note_waiting(page.last_seq);
}

// Messages that are no longer there, or numbers that will be used again.
void GatewayRunner::note_losses(const JournalPage& page) {
  if (page.last_seq < cursor_) {
    tell(news_.warn, fmt::format("gateway {}: found event {} as the last of the journal, expected "
                                 "{} or more: it was set back, and its next event goes out",
                                 plan_.name, page.last_seq, cursor_));
    cursor_ = page.last_seq;
  }
  if (page.first_seq <= cursor_ + 1) return;
  const std::uint64_t lost = page.first_seq - 1 - cursor_;
  cursor_ = page.first_seq - 1;
  tell(news_.warn, fmt::format("gateway {}: {} messages were removed from the journal before they "
                               "could go out",
                               plan_.name, lost));
  const std::lock_guard lock{mutex_};
  counts_.lost += lost;
}

// @return False if it is to end, and the message stays.
bool GatewayRunner::handle(const std::string& message) {
  Event event;
  try {
    event = parse_event(message);
  } catch (const InputError& error) {
    tell(news_.warn,
         fmt::format("gateway {}: {}: {}", plan_.name, journal_.string(), error.what()));
    ++cursor_;
    keep_back("damaged");
    return true;
  }
  if (!send(event, message)) return false;
  cursor_ = event.seq;
  return true;
}

// @return False if it is to end, and the message stays.
bool GatewayRunner::send(const Event& event, const std::string& json) {
  bool is_first_try = !record_.was_begun(event);
  for (unsigned tries = 0;;) {
    const UtcInstant now = plan_.now();
    const Verdict verdict =
        judge(event, plan_.rules, history_of(event, plan_.rules, record_, now), now);
    if (verdict.ruling == Ruling::keep) {
      keep_back(verdict.rule);
      return true;
    }
    if (verdict.ruling == Ruling::wait) {
      if (!wait_for_quiet_hours()) return false;
      continue;
    }
    is_quiet_ = false;
    const OutgoingEvent outgoing = outgoing_of(event, json, plan_.rules, record_);
    if (is_first_try && !note([&] { record_.begin(journal_id_, event); })) return false;
    noted_ = cursor_;
    const Delivery delivery = try_to_deliver(outgoing);
    ++tries;
    if (delivery.outcome != Delivery::Outcome::later) {
      if (tries > 1 && delivery.outcome == Delivery::Outcome::delivered) {
        tell(news_.info, fmt::format("gateway {}: goes on; {} went out after {} tries", plan_.name,
                                     event.event_id, tries));
      }
      return conclude(event, delivery, is_first_try);
    }
    is_first_try = false;
    if (is_stopping()) return false;
    count_waiting();
    set_fault(delivery.reason);
    if (!rest(wait_after(tries, plan_.patience, delivery.wait, random_), false)) return false;
    const std::lock_guard lock{mutex_};
    ++counts_.retries;
  }
}

// @return False if it is to end.
bool GatewayRunner::wait_for_quiet_hours() {
  if (!is_quiet_) {
    tell(news_.info,
         fmt::format("gateway {}: quiet hours; messages wait until they end", plan_.name));
  }
  is_quiet_ = true;
  pass();
  count_waiting();
  settle(wanted_now_);
  if (!rest(plan_.patience.interval, false)) return false;
  const std::lock_guard lock{mutex_};
  wanted_now_ = wanted_;
  return true;
}

// Of what was delivered or refused. @return False if it is to end, and that was not noted.
bool GatewayRunner::conclude(const Event& event, const Delivery& delivery, bool is_first_try) {
  const bool is_delivered = delivery.outcome == Delivery::Outcome::delivered;
  if (!is_delivered) {
    tell(news_.warn,
         fmt::format("gateway {}: {} was refused: {}{}", plan_.name, event.event_id,
                     delivery.reason, is_first_try ? "" : "; it may have been taken before"));
  }
  {
    const std::lock_guard lock{mutex_};
    ++(is_delivered ? counts_.sent : counts_.refused);
  }
  const bool may_have_gone = is_delivered || !is_first_try;
  const bool is_noted = note([&] {
    if (may_have_gone) record_.pass_sent(journal_id_, event, plan_.now());
    if (!may_have_gone) record_.pass(journal_id_, event.seq);
  });
  if (!is_noted) return false;
  noted_ = event.seq;
  return true;
}

Delivery GatewayRunner::try_to_deliver(const OutgoingEvent& outgoing) {
  try {
    return gateway_->deliver(outgoing);
  } catch (const std::exception& error) {
    return Delivery::later(error.what());
  }
}

void GatewayRunner::keep_back(const std::string& rule) {
  const std::lock_guard lock{mutex_};
  ++counts_.held_back[rule];
}

void GatewayRunner::note_waiting(std::uint64_t last_seq) {
  const std::lock_guard lock{mutex_};
  counts_.waiting = last_seq - std::min(last_seq, cursor_);
}

// Others may have come behind the one that waits.
void GatewayRunner::count_waiting() {
  try {
    note_waiting(read_journal_page(journal_, cursor_, 0).last_seq);
  } catch (const std::runtime_error& error) {
    set_fault(error.what());
  }
}

void GatewayRunner::pass() {
  if (noted_ == cursor_ || journal_id_.empty()) return;
  record_.pass(journal_id_, cursor_);
  noted_ = cursor_;
}

bool GatewayRunner::note(const std::function<void()>& write) {
  for (;;) {
    try {
      write();
      set_fault("");
      return true;
    } catch (const std::runtime_error& error) {
      set_fault(error.what());
    }
    if (!rest(plan_.patience.interval, false)) return false;
  }
}

}  // namespace draftstream
