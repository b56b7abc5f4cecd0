#include "publishers/topic_publisher.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/no_signals.hpp"
#include "publishers/replay_protocol.hpp"
#include "publishers/topic.hpp"
#include "publishers/topic_sockets.hpp"

namespace draftstream {
namespace {

using Clock = TopicSockets::Clock;
using std::chrono::milliseconds;

constexpr std::size_t requests_at_once = 8;    // before it is the events' turn again
constexpr milliseconds last_words_again{200};  // for whoever was full when they came first
constexpr milliseconds between_binds{10};      // where what was cut is bound again
constexpr int binds_before_a_word = 500;

// What waits for the publishing thread: an event, or a status.
struct Outgoing {
  std::string topic;
  std::string json;
  std::uint64_t seq = 0;
  std::optional<StatusReport> report;
  std::optional<int> beam{};  // of the report
  AttachedFrames frames{};
};

// @throws ConfigError on the first endpoint that may not be bound.
std::vector<Endpoint> checked_endpoints(const TopicPublisherOptions& options) {
  std::vector<Endpoint> endpoints;
  for (const auto& text : options.endpoints) {
    endpoints.push_back(parse_endpoint(text));
    if (!options.keys && !options.insecure_bind && !endpoints.back().loopback()) {
      throw ConfigError(
          fmt::format("endpoint '{}': found host {}, expected a loopback address such as 127.0.0.1 "
                      "(anyone may read what is published elsewhere, unless --curve-key and "
                      "--allow say who may; --insecure-bind allows it)",
                      text, endpoints.back().host));
    }
  }
  return endpoints;
}

std::unique_ptr<KeyGate> make_gate(const std::optional<TopicKeys>& keys) {
  return keys ? std::make_unique<KeyGate>(keys->allowed, keys->tell) : nullptr;
}

}  // namespace

class TopicPublisher::Impl {
 public:
  Impl(TopicPublisherOptions options, EventStore& store);
  ~Impl() { close(std::nullopt); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void enqueue(Outgoing message);
  bool wait_for_subscribers(std::size_t count, std::optional<milliseconds> timeout,
                            const std::function<bool()>& stopped);
  void flush();
  KeyGate::Change allow(PublicKeys allowed);
  void close(const std::optional<StatusReport>& last_words);
  void rethrow_failure();

  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }
  [[nodiscard]] TopicCounts counts() const {
    const std::lock_guard lock{mutex_};
    TopicCounts counts = counts_;
    if (gate_) counts.refused_keys = gate_->refused();
    return counts;
  }
  [[nodiscard]] TopicProgress progress() const {
    const std::lock_guard lock{mutex_};
    return {sending_ || !queue_.empty() || failure_ != nullptr, rounds_};
  }

 private:
  // All of these run on the publishing thread.
  void run() noexcept;
  void serve();
  void speak_for(std::optional<int> beam);
  bool send_queued();
  void beat(bool all_sent);
  void count_subscribers();
  void answer_requests();
  bool cut_if_asked();

  const TopicPublisherOptions options_;
  EventStore& store_;
  std::vector<std::string> endpoints_;
  WakeUp wake_up_;
  const std::unique_ptr<KeyGate> gate_;  // null: anyone may connect
  std::optional<TopicSockets> sockets_;  // publishing thread only, once it runs
  PublisherState state_;                 // publishing thread only, once it runs
  std::string status_topic_;             // the same
  std::string heartbeat_topic_;          // the same
  int binds_in_vain_ = 0;                // the same

  mutable std::mutex mutex_;  // guards what follows
  std::deque<Outgoing> queue_;
  bool closing_ = false;    // nothing more will be queued
  bool cut_asked_ = false;  // all connections are to begin anew
  // Said when closing, until all subscribers have left or `linger` is over; empty = just close.
  std::optional<StatusReport> last_words_;
  bool stopped_ = false;  // the thread is past its loop
  bool sending_ = false;  // what was taken from the queue
  std::uint64_t rounds_ = 0;
  TopicCounts counts_;
  std::exception_ptr failure_;
  std::condition_variable subscribers_changed_;  // signalled by: count_subscribers(), run()
  std::condition_variable all_sent_;             // signalled by: send_queued(), run()

  std::mutex close_mutex_;  // one closes at a time
  std::thread thread_;      // last: it uses all of the above
};

TopicPublisher::Impl::Impl(TopicPublisherOptions options, EventStore& store)
    : options_{std::move(options)}, store_{store}, gate_{make_gate(options_.keys)} {
  check_topic_word("site", site_of(options_.publisher));
  const std::uint64_t last_seq = store.last_seq();
  state_ = {options_.publisher, options_.session, utc_now(),
            last_seq,           options_.journal, last_seq + 1};
  speak_for(options_.beam);
  const auto endpoints = checked_endpoints(options_);
  sockets_.emplace(
      TopicSockets::Limits{options_.send_hwm, options_.replay_batch, options_.linger},
      TopicSockets::Locks{options_.keys ? options_.keys->own.secret_key : "", gate_.get()});
  for (const auto& endpoint : endpoints) endpoints_.push_back(sockets_->bind(endpoint));

  const NoSignals no_signals;
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "publish");
}

void TopicPublisher::Impl::speak_for(std::optional<int> beam) {
  status_topic_ = topic_name(MessageType::status, site_of(options_.publisher), beam);
  heartbeat_topic_ = topic_name(MessageType::heartbeat, site_of(options_.publisher), beam);
}

void TopicPublisher::Impl::enqueue(Outgoing message) {
  {
    const std::lock_guard lock{mutex_};
    if (closing_ || stopped_ || queue_.size() >= options_.queue) {
      if (!message.report) ++counts_.dropped_queue;
      return;
    }
    queue_.push_back(std::move(message));
  }
  wake_up_.signal();
}

bool TopicPublisher::Impl::wait_for_subscribers(std::size_t count,
                                                std::optional<milliseconds> timeout,
                                                const std::function<bool()>& stopped) {
  constexpr milliseconds between_questions{100};
  const auto start = Clock::now();
  std::unique_lock lock{mutex_};
  while (counts_.subscribers < count && !stopped_) {
    auto wait = between_questions;
    if (timeout) {
      const auto left = *timeout - std::chrono::floor<milliseconds>(Clock::now() - start);
      if (left <= milliseconds{0}) break;
      wait = std::min(wait, left);
    }
    subscribers_changed_.wait_for(lock, wait);
    if (counts_.subscribers >= count || !stopped) continue;
    lock.unlock();
    const bool stop = stopped();
    lock.lock();
    if (stop) break;
  }
  return counts_.subscribers >= count;
}

void TopicPublisher::Impl::flush() {
  std::unique_lock lock{mutex_};
  all_sent_.wait(lock, [this] { return stopped_ || (queue_.empty() && !sending_); });
}

KeyGate::Change TopicPublisher::Impl::allow(PublicKeys allowed) {
  if (!gate_) throw std::logic_error("allow() of a publisher without keys");
  const KeyGate::Change change = gate_->replace(std::move(allowed));
  if (!change.of_admitted) return change;
  {
    const std::lock_guard lock{mutex_};
    cut_asked_ = true;
  }
  wake_up_.signal();
  return change;
}

void TopicPublisher::Impl::close(const std::optional<StatusReport>& last_words) {
  const std::lock_guard one_at_a_time{close_mutex_};
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    if (last_words) queue_.push_back({{}, {}, 0, last_words});
    last_words_ = last_words;
    closing_ = true;
  }
  wake_up_.signal();
  thread_.join();
  sockets_.reset();  // waits, not longer than linger, for what is on its way
}

void TopicPublisher::Impl::rethrow_failure() {
  const std::lock_guard lock{mutex_};
  if (failure_) std::rethrow_exception(failure_);
}

void TopicPublisher::Impl::run() noexcept {
  std::exception_ptr failure;
  try {
    serve();
  } catch (...) {
    failure = std::current_exception();
  }
  sockets_->close();
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  counts_.dropped_queue += static_cast<std::uint64_t>(
      std::count_if(queue_.begin(), queue_.end(), [](const auto& left) { return !left.report; }));
  counts_.subscribers = 0;
  failure_ = failure;
  subscribers_changed_.notify_all();
  all_sent_.notify_all();
}

void TopicPublisher::Impl::serve() {
  auto next_beat = Clock::now();
  std::optional<Clock::time_point> deadline;
  while (true) {
    auto until = deadline ? std::min(*deadline, next_beat) : next_beat;
    if (!cut_if_asked()) until = std::min(until, Clock::now() + between_binds);
    sockets_->wait(until, wake_up_);
    count_subscribers();
    const bool closing = send_queued();
    answer_requests();
    if (Clock::now() >= next_beat) {
      beat(closing);
      next_beat = Clock::now() +
                  (closing ? std::min(options_.heartbeat, last_words_again) : options_.heartbeat);
    }
    if (!closing) continue;
    if (!deadline) {
      deadline = Clock::now() + options_.linger;
      next_beat = std::min(next_beat, Clock::now() + last_words_again);
    }
    const std::lock_guard lock{mutex_};
    if (!last_words_ || counts_.subscribers == 0 || Clock::now() >= *deadline) return;
  }
}

// Sends all that waits, durable first. @return Whether it was the last.
bool TopicPublisher::Impl::send_queued() {
  std::deque<Outgoing> batch;
  bool closing = false;
  {
    const std::lock_guard lock{mutex_};
    batch.swap(queue_);
    sending_ = !batch.empty();
    closing = closing_;
  }
  if (!batch.empty()) store_.sync();
  std::uint64_t published = 0;
  std::uint64_t stalls = 0;
  for (const auto& message : batch) {
    if (message.report) {
      if (message.beam) speak_for(message.beam);
      sockets_->send(status_topic_, status_json(state_, *message.report));
      continue;
    }
    state_.last_seq = message.seq;
    if (!sockets_->send(message.topic, message.json, message.frames)) ++stalls;
    ++published;
  }
  const std::lock_guard lock{mutex_};
  sending_ = false;
  ++rounds_;
  counts_.published += published;
  counts_.stalls += stalls;
  if (queue_.empty()) all_sent_.notify_all();
  return closing;
}

// The end is told of only when everything before it was sent: it may have been asked for since.
void TopicPublisher::Impl::beat(bool all_sent) {
  sockets_->send(heartbeat_topic_, heartbeat_json(state_));
  std::optional<StatusReport> last_words;
  {
    const std::lock_guard lock{mutex_};
    ++counts_.heartbeats;
    if (all_sent) last_words = last_words_;
  }
  if (last_words) sockets_->send(status_topic_, status_json(state_, *last_words));
}

void TopicPublisher::Impl::count_subscribers() {
  const std::string_view site = site_of(options_.publisher);
  const std::string heads[] = {fmt::format("frb.event.v1.{}.", site),
                               fmt::format("frb.candidate.v1.{}.", site)};
  const int change = sockets_->take_subscriptions(heads);
  if (change == 0) return;
  const std::lock_guard lock{mutex_};
  const auto now = static_cast<std::ptrdiff_t>(counts_.subscribers) + change;
  counts_.subscribers = static_cast<std::size_t>(std::max<std::ptrdiff_t>(now, 0));
  subscribers_changed_.notify_all();
}

void TopicPublisher::Impl::answer_requests() {
  for (std::size_t i = 0; i < requests_at_once; ++i) {
    const auto request = sockets_->take_request();
    if (!request) return;
    const auto answer = answer_request(request->text, store_, state_, options_.replay_batch);
    const std::size_t replayed = sockets_->send_answer(request->client, answer);
    const std::lock_guard lock{mutex_};
    ++counts_.replay_requests;
    if (!answer.end.error.empty()) ++counts_.refused_requests;
    counts_.replayed += replayed;
  }
  wake_up_.signal();  // there may be more
}

// @return Whether all endpoints are bound.
bool TopicPublisher::Impl::cut_if_asked() {
  bool asked = false;
  {
    const std::lock_guard lock{mutex_};
    asked = std::exchange(cut_asked_, false);
  }
  if (asked) sockets_->cut();
  const std::string fault = sockets_->bind_again();
  if (fault.empty()) {
    binds_in_vain_ = 0;
    return true;
  }
  if (++binds_in_vain_ == binds_before_a_word && options_.keys->tell) options_.keys->tell(fault);
  return false;
}

TopicPublisher::TopicPublisher(TopicPublisherOptions options, EventStore& store)
    : impl_{std::make_unique<Impl>(std::move(options), store)} {}

TopicPublisher::~TopicPublisher() = default;

void TopicPublisher::publish(const Event& event, std::string json, AttachedFrames frames) {
  impl_->enqueue(
      {topic_name(event), std::move(json), event.seq, std::nullopt, {}, std::move(frames)});
}

void TopicPublisher::report(const StatusReport& status, std::optional<int> beam) {
  impl_->enqueue({{}, {}, 0, status, beam});
}

void TopicPublisher::flush() {
  impl_->flush();
  impl_->rethrow_failure();
}

KeyGate::Change TopicPublisher::allow(PublicKeys allowed) {
  return impl_->allow(std::move(allowed));
}

bool TopicPublisher::wait_for_subscribers(std::size_t count, std::optional<milliseconds> timeout,
                                          const std::function<bool()>& stopped) {
  return impl_->wait_for_subscribers(count, timeout, stopped);
}

void TopicPublisher::end(const StatusReport& status) {
  StatusReport last_words = status;
  last_words.state = "ended";
  impl_->close(last_words);
  impl_->rethrow_failure();
}

const std::vector<std::string>& TopicPublisher::endpoints() const noexcept {
  return impl_->endpoints();
}

TopicProgress TopicPublisher::progress() const {
  return impl_->progress();
}

TopicCounts TopicPublisher::counts() const {
  return impl_->counts();
}

}  // namespace draftstream
