// One gateway's way through the journal, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "publishers/gateways/event_rules.hpp"
#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/gateway_counts.hpp"
#include "publishers/gateways/gateway_patience.hpp"
#include "publishers/gateways/gateway_record.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/journal/journal_page.hpp"

namespace draftstream {

struct GatewayPlan {
  std::string name;
  std::string kind;
  EventRules rules;
  GatewayPatience patience;
  /// Where it begins in a journal that it has not seen: after this number; empty = with the oldest,
  /// as in one that takes the first one's place later.
  std::optional<std::uint64_t> begin_after;
  std::function<UtcInstant()> now = utc_now;
};

/// Hands messages to a gateway in order, each once, and notes on the disk which went out. A kill
/// between a delivery and its note has that one message go out again.
///
/// A receiver that is down holds up this gateway and nobody else. What it refuses is passed over;
/// what it refuses at a second try counts as gone out, since the first may have reached it.
/// A disk that refuses a note is waited for: nothing goes out meanwhile.
///
/// Threads: any.
class GatewayRunner {
 public:
  GatewayRunner(std::unique_ptr<Gateway> gateway, GatewayPlan plan, std::filesystem::path journal,
                GatewayRecord record, GatewayNews news);
  ~GatewayRunner();
  GatewayRunner(const GatewayRunner&) = delete;
  GatewayRunner& operator=(const GatewayRunner&) = delete;

  /// There is something new in the journal.
  void wake();

  /// Looks at the journal, and tries at once what waits for a second try.
  /// @return To be waited for.
  [[nodiscard]] std::uint64_t hurry();
  /// Waits until all that the journal held at that call is done with, or has to wait for quiet
  /// hours to end, or `deadline` is past.
  /// @return Whether nothing is left that could go out now.
  [[nodiscard]] bool settled(std::uint64_t hurried, std::chrono::steady_clock::time_point deadline);

  /// Ends the thread within a moment. What was not sent stays for the next time.
  void stop();

  [[nodiscard]] GatewayCounts counts() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool look();
  void adopt(const JournalPage& page);
  void note_losses(const JournalPage& page);
  bool handle(const std::string& message);
  bool send(const Event& event, const std::string& json);
  bool wait_for_quiet_hours();
  bool conclude(const Event& event, const Delivery& delivery, bool is_first_try);
  [[nodiscard]] Delivery try_to_deliver(const OutgoingEvent& outgoing);
  void keep_back(const std::string& rule);
  void pass();
  /// @return False if it is to end, and nothing was written.
  bool note(const std::function<void()>& write);
  void note_waiting(std::uint64_t last_seq);
  void count_waiting();
  void settle(std::uint64_t wanted);
  void set_fault(const std::string& fault);
  /// @return False if it is to end.
  bool rest(std::chrono::milliseconds time, bool until_woken);
  [[nodiscard]] bool is_stopping() const;

  const std::unique_ptr<Gateway> gateway_;
  const GatewayPlan plan_;
  const std::filesystem::path journal_;
  const GatewayNews news_;

  // Only on the thread.
  GatewayRecord record_;
  std::string journal_id_;
  std::uint64_t cursor_ = 0;            // done with
  std::optional<std::uint64_t> noted_;  // the same, on the disk; empty = nothing of this journal
  std::uint64_t wanted_now_ = 0;
  bool is_quiet_ = false;  // quiet hours have something wait, and that was told
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;         // guards what follows
  std::condition_variable changed_;  // signalled by: wake, hurry, stop, settle
  GatewayCounts counts_;
  bool stopping_ = false;
  bool ended_ = false;
  bool hurry_ = false;         // end the present wait
  std::uint64_t wanted_ = 0;   // looks at the journal that were asked for
  std::uint64_t settled_ = 0;  // of these, those after which nothing was left
  std::thread thread_;         // last: it uses all of the above
};

}  // namespace draftstream
