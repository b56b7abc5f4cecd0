#include "publishers/subscriber.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/event_sequence.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/replay_protocol.hpp"
#include "publishers/subscriber_sockets.hpp"

namespace draftstream {
namespace {

using Clock = SubscriberSockets::Clock;
using std::chrono::milliseconds;

constexpr std::size_t messages_at_once = 256;  // taken off a socket before it is the other's turn
constexpr std::size_t remembered_sessions = 16;
constexpr milliseconds connect_pause{50};  // before a request that found no connection

bool later(const UtcInstant& a, const UtcInstant& b) {
  return (a - b).value() > 0.0;
}

}  // namespace

class Subscriber::Impl {
 public:
  explicit Impl(SubscriberOptions options)
      : options_{std::move(options)},
        joined_{utc_now()},
        sockets_{parse_endpoint(options_.endpoint),
                 {options_.topic, "frb.status.v1.", "frb.heartbeat.v1."},
                 options_.receive_hwm,
                 options_.keys},
        since_{options_.since} {}

  std::optional<ReceivedMessage> next(milliseconds timeout);
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] bool connected() const noexcept { return counts_.sessions > 0; }
  [[nodiscard]] Refusal refusal() const noexcept { return refusal_; }
  [[nodiscard]] const SubscriberCounts& counts() const noexcept { return counts_; }

 private:
  struct Question {
    std::uint64_t id = 0;
    std::optional<EventSequence::Range> range;  // empty: joining, asks how far the publisher is
    Clock::time_point answer_by;                // or asked again
  };
  // A status, and the number of the last event that was published before it.
  struct PendingStatus {
    std::uint64_t after = 0;
    ReceivedMessage message;
  };

  std::optional<ReceivedMessage> take_ready();
  std::optional<ReceivedMessage> take_from_session();
  void take_topic_messages();
  void take_answers();
  void handle_topic_message(std::vector<std::string> frames);
  void handle_event(ReceivedMessage message, bool asked_for);
  void handle_publisher(ReceivedMessage message, PublisherMessage content);
  void handle_end(const ReplayEnd& end);

  void ask();
  void send(Question question);
  void give_up(const Question& question);

  // Whether messages of a session belong to the present one, which begins with it if need be.
  bool enter_session(const Event& event);
  bool enter_session(const PublisherState& state);
  std::optional<bool> follow(const std::string& session, const std::string& journal,
                             std::uint64_t seq);
  void join(const PublisherState& state);
  void begin_session(const std::string& session, const std::string& journal, std::uint64_t next);
  void change_session(const std::string& session);
  void leave_session();
  [[nodiscard]] bool is_past(const std::string& session) const;

  const SubscriberOptions options_;
  const UtcInstant joined_;
  SubscriberSockets sockets_;
  SubscriberCounts counts_;
  bool ended_ = false;
  Refusal refusal_ = Refusal::none;

  std::optional<std::uint64_t> since_;    // where to begin; empty once it has begun
  std::string session_;                   // "" before it is known
  std::string journal_;                   // that it numbers in; "" = in none
  EventSequence sequence_{1, 1};          // of journal_, or of session_ where there is none
  std::deque<PendingStatus> statuses_;    // of session_
  std::deque<std::string> past_;          // sessions that are over
  std::deque<ReceivedMessage> ready_;     // the rest of the last session
  std::deque<ReceivedMessage> unjoined_;  // events that came before it was known where to begin

  std::optional<Question> question_;  // the one that waits for its answer
  std::uint64_t last_id_ = 0;
  std::optional<Clock::time_point> give_up_at_;  // unless there is an answer before
};

std::optional<ReceivedMessage> Subscriber::Impl::next(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    if (auto message = take_ready()) return message;
    ask();
    auto until = deadline;
    if (question_) until = std::min(until, question_->answer_by);
    sockets_.wait(until);
    take_topic_messages();  // first: what came there needs no answer
    take_answers();
    refusal_ = sockets_.refusal();
    if (auto message = take_ready()) return message;
    if (Clock::now() >= deadline) return std::nullopt;
  }
}

std::optional<ReceivedMessage> Subscriber::Impl::take_ready() {
  std::optional<ReceivedMessage> message;
  if (!ready_.empty()) {
    message = std::move(ready_.front());
    ready_.pop_front();
  } else {
    message = take_from_session();
  }
  if (!message) return std::nullopt;
  if (message->event) ++counts_.events;
  if (message->status && message->status->state.session == session_) {
    ended_ = message->status->report->state == "ended";
  }
  return message;
}

std::optional<ReceivedMessage> Subscriber::Impl::take_from_session() {
  if (!statuses_.empty() && statuses_.front().after < sequence_.next()) {
    auto message = std::move(statuses_.front().message);
    statuses_.pop_front();
    return message;
  }
  return sequence_.pop();
}

void Subscriber::Impl::take_topic_messages() {
  for (std::size_t i = 0; i < messages_at_once; ++i) {
    auto frames = sockets_.take_topic_message();
    if (!frames) return;
    try {
      handle_topic_message(*std::move(frames));
    } catch (const InputError&) {
      ++counts_.malformed;
    }
  }
}

void Subscriber::Impl::handle_topic_message(std::vector<std::string> frames) {
  if (frames.size() < 2) throw InputError("", "one frame", "topic and JSON");
  ReceivedMessage message;
  message.topic = std::move(frames[0]);
  message.json = std::move(frames[1]);
  if (message.topic.starts_with("frb.status.") || message.topic.starts_with("frb.heartbeat.")) {
    auto content = parse_publisher_message(message.json);
    handle_publisher(std::move(message), std::move(content));
    return;
  }
  message.event = parse_event(message.json);
  message.type = message.event->message_type;
  handle_event(std::move(message), false);
}

void Subscriber::Impl::handle_event(ReceivedMessage message, bool asked_for) {
  const Event& event = *message.event;
  if (asked_for) {  // those of earlier sessions may be among them
    if (event.session != session_ && (journal_.empty() || event.journal != journal_)) return;
  } else if (!enter_session(event)) {
    const bool may_join = session_.empty() && !is_past(event.session);
    if (may_join && unjoined_.size() < options_.buffer) unjoined_.push_back(std::move(message));
    return;
  }
  const std::uint64_t seq = event.seq;
  if (!sequence_.add(seq, std::move(message))) {
    ++counts_.duplicates;
  } else if (asked_for) {
    ++counts_.recovered;
  }
}

void Subscriber::Impl::handle_publisher(ReceivedMessage message, PublisherMessage content) {
  if (!enter_session(content.state)) return;
  sequence_.announce(content.state.last_seq);
  if (!content.report) return;
  // The end is announced again and again for those who were too slow.
  const bool is_here = !statuses_.empty() &&
                       statuses_.back().message.status->report->state == "ended" &&
                       statuses_.back().message.status->state.session == session_;
  const bool again = content.report->state == "ended" && (ended_ || is_here);
  if (again) return;
  message.type = MessageType::status;
  const std::uint64_t after = content.state.last_seq;
  message.status = std::move(content);
  statuses_.push_back({after, std::move(message)});
  if (statuses_.size() > options_.buffer) statuses_.pop_front();
}

void Subscriber::Impl::take_answers() {
  for (std::size_t i = 0; i < messages_at_once; ++i) {
    auto frames = sockets_.take_answer();
    if (!frames) return;
    try {
      if (frames->size() == 1) {
        handle_end(parse_replay_end(frames->front()));
        continue;
      }
      ReceivedMessage message;
      message.topic = std::move((*frames)[0]);
      message.json = std::move((*frames)[1]);
      message.event = parse_event(message.json);
      message.type = message.event->message_type;
      handle_event(std::move(message), true);
    } catch (const InputError&) {
      ++counts_.malformed;
    }
  }
}

void Subscriber::Impl::handle_end(const ReplayEnd& end) {
  // An error is left to the time-out: the publisher may be another one by then.
  if (!question_ || end.id != question_->id || !end.error.empty()) return;
  const Question question = *std::exchange(question_, std::nullopt);
  if (session_.empty() && !is_past(end.state.session)) join(end.state);
  // Of a session that the topic has not told of yet: its heartbeat will.
  if (end.state.session != session_) return;
  give_up_at_.reset();
  sequence_.announce(end.state.last_seq);
  if (!question.range) return;
  const auto [from, to] = *question.range;
  // Whoever asks from the very first on takes what is kept.
  if (end.first_seq > from && from > 1) counts_.lost += std::min(end.first_seq, to + 1) - from;
  if (end.last >= from) {
    sequence_.settle(end.last);
  } else {
    give_up(question);  // it does not have what it announced
  }
}

void Subscriber::Impl::ask() {
  if (question_) {
    if (Clock::now() < question_->answer_by) return;
    const Question question = *std::exchange(question_, std::nullopt);
    if (give_up_at_ && Clock::now() >= *give_up_at_) {
      give_up_at_.reset();
      give_up(question);
    }
  }
  if (session_.empty()) {
    send({});
  } else if (const auto missing = sequence_.missing()) {
    Question question;
    question.range = missing;
    send(question);
  }
}

void Subscriber::Impl::send(Question question) {
  ReplayRequest request;
  question.id = request.id = ++last_id_;
  request.topic = options_.topic;
  if (question.range) {
    request.session = session_;
    request.from = question.range->from;
    request.to = question.range->to;
  } else {
    request.op = ReplayRequest::Op::snapshot;  // of no events: says how far the publisher is
  }
  const auto now = Clock::now();
  question.answer_by = now + std::min(connect_pause, options_.answer_timeout);
  if (sockets_.ask(to_json(request))) {
    ++counts_.requests;
    question.answer_by = now + options_.answer_timeout;
  }
  if (!give_up_at_) give_up_at_ = now + options_.give_up_after;
  question_ = question;
}

void Subscriber::Impl::give_up(const Question& question) {
  if (question.range) {
    counts_.lost += question.range->to - question.range->from + 1;
    sequence_.settle(question.range->to);
  } else if (!unjoined_.empty()) {  // nobody answers, but events come
    const Event& first = *unjoined_.front().event;
    join({first.publisher, first.session, joined_, first.seq - 1, first.journal, first.seq});
  }
}

bool Subscriber::Impl::is_past(const std::string& session) const {
  return std::find(past_.begin(), past_.end(), session) != past_.end();
}

// Whether what comes from a session belongs to what is followed; empty: it numbers anew.
// @param seq  That is of this session, or the first that can be.
std::optional<bool> Subscriber::Impl::follow(const std::string& session, const std::string& journal,
                                             std::uint64_t seq) {
  if (session == session_) return true;
  if (is_past(session)) return false;
  const bool goes_on = !session_.empty() && !journal.empty() && journal == journal_;
  if (!goes_on || seq < sequence_.next()) return std::nullopt;
  change_session(session);
  return true;
}

bool Subscriber::Impl::enter_session(const PublisherState& state) {
  if (const auto known = follow(state.session, state.journal, state.session_first_seq)) {
    return *known;
  }
  if (session_.empty()) {
    join(state);
  } else {
    leave_session();
    begin_session(state.session, state.journal, state.session_first_seq);
  }
  return true;
}

bool Subscriber::Impl::enter_session(const Event& event) {
  if (const auto known = follow(event.session, event.journal, event.seq)) return *known;
  const bool counts_from_one = !session_.empty() && event.journal.empty();
  if (!session_.empty()) leave_session();
  if (counts_from_one) {
    begin_session(event.session, event.journal, 1);
  } else if (since_) {
    begin_session(event.session, event.journal, *since_ + 1);
  }
  return !session_.empty();  // else its publisher has to say where it began
}

// Decides where a session begins, from what its publisher says of itself.
void Subscriber::Impl::join(const PublisherState& state) {
  std::uint64_t next = state.last_seq + 1;
  if (since_) {
    next = *since_ + 1;
  } else if (!past_.empty() || later(state.session_started, joined_)) {
    next = state.session_first_seq;
  } else {
    for (const auto& message : unjoined_) {
      if (message.event->session == state.session) next = std::min(next, message.event->seq);
    }
  }
  begin_session(state.session, state.journal, next);
  for (auto& message : std::exchange(unjoined_, {})) handle_event(std::move(message), false);
}

void Subscriber::Impl::begin_session(const std::string& session, const std::string& journal,
                                     std::uint64_t next) {
  change_session(session);
  journal_ = journal;
  sequence_ = EventSequence{next, options_.buffer};
  since_.reset();  // it was a number of this journal
}

// The numbers go on.
void Subscriber::Impl::change_session(const std::string& session) {
  if (!session_.empty()) past_.push_back(session_);
  if (past_.size() > remembered_sessions) past_.pop_front();
  session_ = session;
  question_.reset();
  give_up_at_.reset();
  ended_ = false;
  ++counts_.sessions;
}

// Its publisher is gone: what is here comes out, what is missing cannot be had any more.
void Subscriber::Impl::leave_session() {
  while (true) {
    while (auto message = take_from_session()) ready_.push_back(*std::move(message));
    const auto missing = sequence_.missing();
    if (!missing) break;
    counts_.lost += missing->to - missing->from + 1;
    sequence_.settle(missing->to);
  }
  statuses_.clear();
  past_.push_back(std::exchange(session_, ""));
  if (past_.size() > remembered_sessions) past_.pop_front();
}

Subscriber::Subscriber(SubscriberOptions options)
    : impl_{std::make_unique<Impl>(std::move(options))} {}

Subscriber::~Subscriber() = default;

std::optional<ReceivedMessage> Subscriber::next(milliseconds timeout) {
  return impl_->next(timeout);
}

bool Subscriber::ended() const noexcept {
  return impl_->ended();
}

bool Subscriber::connected() const noexcept {
  return impl_->connected();
}

Refusal Subscriber::refusal() const noexcept {
  return impl_->refusal();
}

SubscriberCounts Subscriber::counts() const noexcept {
  return impl_->counts();
}

}  // namespace draftstream
