#include "publishers/gateways/vtp_broker.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "publishers/gateways/vtp_subscriber.hpp"
#include "publishers/no_signals.hpp"
#include "publishers/wake_up.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_words{10};  // of subscribers that came or left
constexpr std::chrono::seconds between_tries{1};   // to accept one
constexpr int longest_sleep_ms = 1000;

}  // namespace

class VtpBroker::Impl {
 public:
  Impl(VtpBrokerOptions options, GatewayNews news)
      : options_{std::move(options)},
        news_{std::move(news)},
        listener_{parse_stream_url("tcp+listen://" + options_.serve_at)} {
    const NoSignals none;
    accepting_ = std::thread{[this] { accept(); }};
    pthread_setname_np(accepting_.native_handle(), "vtp-accept");
    serving_ = std::thread{[this] { serve(); }};
    pthread_setname_np(serving_.native_handle(), "vtp-serve");
  }

  ~Impl() {
    stop();
    accepting_.join();
    serving_.join();
  }

  Delivery deliver(const OutgoingEvent& outgoing) {
    const Event& event = outgoing.event;
    const std::string ivorn = ivorn_of(options_.author, {event.event_id, event.revision});
    std::string document = voevent_document(outgoing, options_.author);
    std::unique_lock lock{mutex_};
    if (ivorn != ivorn_) {
      ivorn_ = ivorn;
      document_ = std::move(document);
      is_answered_ = false;
    }
    wake_.signal();
    answered_.wait_for(lock, options_.answer_time, [this] { return is_answered_ || leaving_; });
    if (is_answered_) return Delivery::delivered();
    return Delivery::later(subscribers_now_ == 0 ? "no subscriber is connected"
                                                 : "no subscriber answers");
  }

  void stop() noexcept {
    {
      const std::lock_guard lock{mutex_};
      leaving_ = true;
      answered_.notify_all();
    }
    stop_.stop();
    wake_.signal();
  }

  [[nodiscard]] const std::string& address() const noexcept { return listener_.address(); }

 private:
  void accept() {
    std::string fault;
    while (!stop_.stopped()) {
      try {
        while (auto connection = listener_.next(stop_)) {
          fault.clear();
          const std::lock_guard lock{mutex_};
          arrived_.push_back(std::move(*connection));
          wake_.signal();
        }
      } catch (const std::exception& error) {  // as where files are open, as many as may be
        if (news_.warn && fault != error.what()) {
          news_.warn(fmt::format("VOEvent server: no more subscribers for now: {}", error.what()));
        }
        fault = error.what();
        (void)stop_.wait_until(Clock::now() + between_tries);
      }
    }
  }

  void serve() {
    while (take_news()) {
      std::vector<pollfd> sockets{{wake_.descriptor(), POLLIN, 0}};
      for (const VtpSubscriber& one : subscribers_) {
        const auto events = static_cast<short>(one.has_output() ? POLLIN | POLLOUT : POLLIN);
        sockets.push_back({one.socket(), events, 0});
      }
      const auto sleep = std::min<std::chrono::milliseconds>(
          options_.alive_interval / 4, std::chrono::milliseconds{longest_sleep_ms});
      (void)::poll(sockets.data(), sockets.size(), static_cast<int>(sleep.count()) + 1);
      if (sockets.front().revents != 0) wake_.clear();
      serve_all();
    }
  }

  // New subscribers, and what is offered to all. @return False if it is to end.
  bool take_news() {
    std::vector<TcpConnection> arrived;
    std::string ivorn;
    std::string document;
    {
      const std::lock_guard lock{mutex_};
      if (leaving_) return false;
      arrived.swap(arrived_);
      // Who comes when it was answered was away, and would take it for news.
      if (!is_answered_) {
        ivorn = ivorn_;
        document = document_;
      }
    }
    for (TcpConnection& one : arrived) {
      if (subscribers_.size() >= options_.most_subscribers) {
        say(fmt::format("{} was turned away: there are {}", one.peer, subscribers_.size()));
        continue;  // its end closes the connection
      }
      subscribers_.emplace_back(std::move(one), options_.author.ivorn);
    }
    if (!ivorn.empty()) {
      for (VtpSubscriber& one : subscribers_) one.offer(ivorn, document);
    }
    return true;
  }

  void serve_all() {
    std::set<std::string> answered;
    for (auto one = subscribers_.begin(); one != subscribers_.end();) {
      one->ask_if_alive(options_.alive_interval);
      std::string fault = one->serve(answered);
      if (fault.empty() && one->unanswered() >= options_.most_unanswered) {
        fault = fmt::format("it left {} VOEvents unanswered", one->unanswered());
      }
      if (fault.empty() && Clock::now() - one->last_heard() > options_.patience) {
        fault = "it gives no sign of life";
      }
      if (fault.empty()) {
        ++one;
        continue;
      }
      say(fmt::format("{} is gone: {}", one->peer(), fault));
      one = subscribers_.erase(one);
    }
    const std::lock_guard lock{mutex_};
    subscribers_now_ = subscribers_.size();
    if (answered.count(ivorn_) == 0) return;
    is_answered_ = true;
    answered_.notify_all();
  }

  // Those who come and go could fill a log.
  void say(const std::string& text) {
    if (!news_.info || (said_ && Clock::now() - *said_ < between_words)) return;
    said_ = Clock::now();
    news_.info(fmt::format("VOEvent server: subscriber {}", text));
  }

  const VtpBrokerOptions options_;
  const GatewayNews news_;
  TcpListener listener_;
  StopEvent stop_;
  WakeUp wake_;
  std::list<VtpSubscriber> subscribers_;  // serving thread only, as is the next one
  std::optional<Clock::time_point> said_;

  std::mutex mutex_;                  // guards what follows
  std::condition_variable answered_;  // signalled by: the serving thread, stop
  std::vector<TcpConnection> arrived_;
  std::string ivorn_;  // of what is offered; "" = nothing yet
  std::string document_;
  bool is_answered_ = false;
  bool leaving_ = false;
  std::size_t subscribers_now_ = 0;
  std::thread accepting_;  // last: they use all of the above
  std::thread serving_;
};

VtpBroker::VtpBroker(VtpBrokerOptions options, GatewayNews news)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(news))} {}

VtpBroker::~VtpBroker() = default;

Delivery VtpBroker::deliver(const OutgoingEvent& outgoing) {
  return impl_->deliver(outgoing);
}

void VtpBroker::stop() noexcept {
  impl_->stop();
}

const std::string& VtpBroker::address() const noexcept {
  return impl_->address();
}

}  // namespace draftstream
