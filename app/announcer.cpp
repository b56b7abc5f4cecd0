#include "app/announcer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "app/run_summary.hpp"
#include "app/topic_keys.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

constexpr std::chrono::seconds between_looks{10};

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
                                           Journal& journal) {
  if (settings.topic.endpoints.empty()) return nullptr;
  TopicPublisherOptions options = settings.topic;
  options.publisher = publisher_of(settings);
  options.session = session;
  options.journal = journal.id();
  options.keys = read_topic_keys(settings);
  return std::make_unique<TopicPublisher>(std::move(options), journal);
}

}  // namespace

Announcer::Announcer(const std::filesystem::path& journal, Existing existing,
                     const Settings& settings)
    : file_{journal},
      folder_{journal.parent_path()},
      session_{make_uuid()},
      journal_{journal, existing, {session_, publisher_of(settings), this_software()}, warn},
      last_seq_{journal_.last_seq()},
      keeper_{journal_, settings.journal, between_looks, warn},
      topic_{make_topic(settings, session_, journal_)} {
  if (journal_.last_seq() > 0) {
    spdlog::info("{}: numbers go on after {}", journal.string(), journal_.last_seq());
  }
  if (topic_ != nullptr) {
    spdlog::info("publishing on {}", fmt::join(topic_->endpoints(), ", "));
  }
}

std::string Announcer::keep(Event& event) {
  event.journal = journal_.id();
  event.seq = journal_.last_seq() + 1;
  std::string json = journal_.append(event);
  tally_.count(event);
  last_seq_ = event.seq;
  return json;
}

void Announcer::publish(const Event& event, std::string json) {
  if (topic_ != nullptr) topic_->publish(event, std::move(json));
}

void Announcer::report(const StatusReport& status, std::optional<int> beam) {
  journal_.note_status(status);
  if (topic_ != nullptr) topic_->report(status, beam);
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
  journal_.end_session("ended");
}

}  // namespace draftstream
