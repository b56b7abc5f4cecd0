#include "publishers/gateways/kafka_gateway.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/no_signals.hpp"

namespace draftstream {
namespace {

constexpr int a_moment_ms = 100;

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

// What is in flight is given up: its message is sent anew the next time.
struct ProducerDeleter {
  void operator()(rd_kafka_t* producer) const {
    rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer, a_moment_ms);
    rd_kafka_destroy(producer);
  }
};

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> fault{};
  const auto result =
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), fault.data(), fault.size());
  if (result == RD_KAFKA_CONF_OK) return;
  // librdkafka repeats the value, which may be a password.
  throw ConfigError(fmt::format("found {} that librdkafka does not take, expected one of its {}",
                                result == RD_KAFKA_CONF_UNKNOWN
                                    ? fmt::format("a setting '{}'", name)
                                    : fmt::format("a value of '{}'", name),
                                result == RD_KAFKA_CONF_UNKNOWN ? "settings" : "values"));
}

// Receipts are what a message waits for, and `timeout_s` says how long.
void check_not_ours(const std::string& name) {
  constexpr std::string_view ours[] = {"message.timeout.ms", "delivery.timeout.ms",
                                       "delivery.report.only.error", "transactional.id"};
  if (std::find(std::begin(ours), std::end(ours), name) == std::end(ours)) return;
  throw ConfigError(
      fmt::format("found a setting '{}', expected none of {}: receipts are waited "
                  "for, timeout_s at most",
                  name, fmt::join(ours, ", ")));
}

bool is_for_good(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD || error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;
}

}  // namespace

class KafkaGateway::Impl {
 public:
  explicit Impl(KafkaOptions options) : options_{std::move(options)} { make_producer(); }

  Delivery deliver(const OutgoingEvent& outgoing) {
    if (rd_kafka_fatal_error(producer_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      make_producer();
    }
    const std::string message = gcn_alert(outgoing, options_.format);
    awaited_ = &tokens_[++produced_ % tokens_.size()];
    receipt_.reset();
    const rd_kafka_resp_err_t error = produce(outgoing.event.event_id, message);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return judge_error(error);
    while (!receipt_ && !stopped_) rd_kafka_poll(producer_.get(), a_moment_ms);
    if (!receipt_) return Delivery::later("stopped");
    return *receipt_ == RD_KAFKA_RESP_ERR_NO_ERROR ? Delivery::delivered() : judge_error(*receipt_);
  }

  void stop() noexcept { stopped_ = true; }

 private:
  // The macros for this are GNU's C. librdkafka copies what it takes pointers to, const or not.
  rd_kafka_resp_err_t produce(const std::string& key, const std::string& message) {
    std::array<rd_kafka_vu_t, 5> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = options_.topic.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[1].u.i = RD_KAFKA_MSG_F_COPY;
    fields[2].vtype = RD_KAFKA_VTYPE_KEY;
    fields[2].u.mem = {const_cast<char*>(key.data()), key.size()};
    fields[3].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[3].u.mem = {const_cast<char*>(message.data()), message.size()};
    fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[4].u.ptr = awaited_;
    rd_kafka_error_t* const error =
        rd_kafka_produceva(producer_.get(), fields.data(), fields.size());
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
  }

  void make_producer() {
    producer_.reset();
    Conf conf{rd_kafka_conf_new()};
    const std::string timeout = fmt::format("{}", options_.timeout.count());
    set(conf.get(), "bootstrap.servers", options_.brokers);
    set(conf.get(), "client.id", "draftstream");
    set(conf.get(), "enable.idempotence", "true");
    set(conf.get(), "message.timeout.ms", timeout);
    set(conf.get(), "reconnect.backoff.max.ms", "2000");
    for (const auto& [name, value] : options_.settings) {
      check_not_ours(name);
      set(conf.get(), name, value);
    }
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), note_receipt);
    rd_kafka_conf_set_error_cb(conf.get(), note_fault);
    rd_kafka_conf_set_log_cb(conf.get(), nullptr);
    std::array<char, 512> fault{};
    const NoSignals none;  // for its threads
    producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), fault.data(), fault.size()));
    if (!producer_) throw ConfigError(fault.data());
    (void)conf.release();  // it is the producer's now
  }

  // Called by rd_kafka_poll(), hence on the thread of deliver(), as is the next one.
  static void note_receipt(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    auto& gateway = *static_cast<Impl*>(self);
    if (message->_private != gateway.awaited_) return;
    gateway.receipt_ = message->err;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) gateway.fault_.clear();
  }
  static void note_fault(rd_kafka_t*, int, const char* reason, void* self) {
    static_cast<Impl*>(self)->fault_ = reason;
  }

  Delivery judge_error(rd_kafka_resp_err_t error) const {
    const char* text = rd_kafka_err2str(error);
    if (is_for_good(error)) return Delivery::refused(text);
    return Delivery::later(fault_.empty() ? text : fmt::format("{} ({})", text, fault_));
  }

  const KafkaOptions options_;
  std::atomic<bool> stopped_ = false;
  std::array<char, 1024> tokens_{};  // their addresses tell the latest messages apart
  std::size_t produced_ = 0;
  char* awaited_ = nullptr;  // of the message whose receipt counts
  std::optional<rd_kafka_resp_err_t> receipt_;
  std::string fault_;                                      // what librdkafka said last
  std::unique_ptr<rd_kafka_t, ProducerDeleter> producer_;  // last: it calls into the above
};

KafkaGateway::KafkaGateway(KafkaOptions options)
    : impl_{std::make_unique<Impl>(std::move(options))} {}

KafkaGateway::~KafkaGateway() = default;

Delivery KafkaGateway::deliver(const OutgoingEvent& outgoing) {
  return impl_->deliver(outgoing);
}

void KafkaGateway::stop() noexcept {
  impl_->stop();
}

}  // namespace draftstream
