#include "app/announcer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/gateway_config.hpp"
#include "app/gateway_log.hpp"
#include "app/run_summary.hpp"
#include "app/topic_keys.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/gateways/gateway_set.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

constexpr std::chrono::seconds between_looks{10};
constexpr int most_with_cutouts = 500;  // messages that wait; 270 KB each

std::string publisher_of(const Settings& settings) {
  EventContext context;
  context.site = settings.site;
  context.instrument = settings.instrument;
  context.instance = settings.instance;
  return publisher_name(context);
}

void warn(const std::string& text) {
  spdlog::warn("{}", text);
}

std::unique_ptr<TopicPublisher> make_topic(const Settings& settings, const std::string& session,
                                           std::optional<TopicKeys> keys, Journal& journal) {
  if (settings.topic.endpoints.empty()) return nullptr;
  TopicPublisherOptions options = settings.topic;
  options.publisher = publisher_of(settings);
  options.session = session;
  options.journal = journal.id();
  options.keys = std::move(keys);
  if (settings.attach_cutouts) {
    options.send_hwm = std::min(options.send_hwm, most_with_cutouts);
    options.queue = std::min(options.queue, static_cast<std::size_t>(most_with_cutouts));
  }
  return std::make_unique<TopicPublisher>(std::move(options), journal);
}

// A stream is searched in any case; a recording can be searched again.
std::unique_ptr<GatewaySet> make_gateways(const Settings& settings,
                                          const std::filesystem::path& journal, Existing existing) {
  const auto gateways = read_gateways_file(settings.gateways_file);
  if (gateways.empty()) return nullptr;
  const auto damaged =
      existing == Existing::append ? DamagedRecord::renamed : DamagedRecord::refused;
  return std::make_unique<GatewaySet>(gateways, journal, damaged, gateway_log());
}

}  // namespace

Announcer::Prepared::Prepared(const std::filesystem::path& journal, Existing existing,
                              const Settings& settings)
    : gateways{make_gateways(settings, journal, existing)} {
  if (!settings.topic.endpoints.empty()) keys = read_topic_keys(settings);
}

Announcer::Prepared::~Prepared() = default;

Announcer::Announcer(const std::filesystem::path& journal, Existing existing,
                     const Settings& settings)
    : Announcer{journal, existing, settings, Prepared{journal, existing, settings}} {}

Announcer::Announcer(const std::filesystem::path& journal, Existing existing,
                     const Settings& settings, Prepared prepared)
    : file_{journal},
      folder_{journal.parent_path()},
      session_{make_uuid()},
      gateways_linger_{settings.gateways_linger},
      journal_{journal, existing, {session_, publisher_of(settings), this_software()}, warn},
      last_seq_{journal_.last_seq()},
      keeper_{journal_, settings.journal, between_looks, warn},
      topic_{make_topic(settings, session_, std::move(prepared.keys), journal_)},
      gateways_{std::move(prepared.gateways)} {
  if (journal_.last_seq() > 0) {
    spdlog::info("{}: numbers go on after {}", journal.string(), journal_.last_seq());
  }
  if (topic_ != nullptr) {
    spdlog::info("publishing on {}", fmt::join(topic_->endpoints(), ", "));
  }
  // What was found before this session is no news.
  if (gateways_ != nullptr) gateways_->start(journal_.last_seq());
}

Announcer::~Announcer() = default;

std::string Announcer::keep(Event& event) {
  event.journal = journal_.id();
  event.seq = journal_.last_seq() + 1;
  std::string json = journal_.append(event);
  tally_.count(event);
  last_seq_ = event.seq;
  return json;
}

void Announcer::publish(const Event& event, std::string json, AttachedFrames frames) {
  if (topic_ != nullptr) topic_->publish(event, std::move(json), std::move(frames));
  if (gateways_ != nullptr) gateways_->wake();
}

void Announcer::report(const StatusReport& status, std::optional<int> beam) {
  journal_.note_status(status);
  if (topic_ != nullptr) topic_->report(status, beam);
}

std::vector<GatewayCounts> Announcer::gateway_counts() const {
  return gateways_ == nullptr ? std::vector<GatewayCounts>{} : gateways_->counts();
}

void Announcer::flush() {
  journal_.sync();
  if (topic_ != nullptr) topic_->flush();
}

void Announcer::end(const StatusReport& status) {
  StatusReport last_words = status;
  last_words.state = "ended";
  journal_.note_status(last_words);
  if (topic_ != nullptr) topic_->end(last_words);
  if (gateways_ != nullptr) {
    gateways_->catch_up(gateways_linger_);
    gateways_->stop();
    log_gateways(gateways_->counts());
  }
  journal_.end_session("ended");
}

}  // namespace draftstream
