#include "app/live_operation.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "app/exit_status.hpp"
#include "app/log.hpp"
#include "app/service_manager.hpp"
#include "app/topic_keys.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

LiveOperation::LiveOperation(Interrupt& interrupt, LiveSettings& settings, const std::string& url,
                             const Announcer& announcer)
    : interrupt_{interrupt},
      settings_{settings},
      topic_{announcer.topic()},
      service_{interrupt, monitor_, settings.current().drain},
      requests_{monitor_,
                service_,
                settings,
                url,
                [&announcer] { return announcer.gateway_counts(); },
                [] { ::kill(::getpid(), SIGTERM); }} {
  const Settings chosen = settings.current();
  if (chosen.control.empty()) return;
  control_.emplace(chosen.control, chosen.topic.insecure_bind,
                   [this](std::string_view request) { return requests_.answer(request); });
  spdlog::info("control at {}", control_->endpoint());
}

LiveOperation::~LiveOperation() {
  interrupt_.on_hangup({});
}

void LiveOperation::ready() {
  interrupt_.on_hangup([this] { service_.reload([this] { reload(); }); });
  service_.ready();
}

void LiveOperation::reload() {
  try {
    const std::string allow = settings_.current().allow;
    std::optional<PublicKeys> allowed;
    if (topic_ != nullptr && !allow.empty()) allowed = read_allowed_keys(allow);
    const LiveSettings::Reloaded reloaded = settings_.reload();
    const bool has_list = allowed.has_value();
    if (has_list) spdlog::info("SIGHUP: {}", describe(topic_->allow(*std::move(allowed))));
    if (reloaded.changed.empty() && !has_list) {
      spdlog::info("SIGHUP: nothing has changed that is taken anew");
    }
    for (const std::string& one : reloaded.changed) {
      spdlog::info("SIGHUP: from the next observation on: {}", one);
    }
    for (const std::string& one : reloaded.at_restart) {
      spdlog::warn("SIGHUP: only a restart takes this: {}", one);
    }
  } catch (...) {
    spdlog::error("SIGHUP: nothing was changed: {}", sentence_of(std::current_exception()));
  }
}

Interrupt::Hangup hangup_of_live() {
  return stderr_is_terminal() ? Interrupt::Hangup::ends : Interrupt::Hangup::is_told;
}

std::optional<int> take_stream_socket() {
  const std::vector<PassedSocket> passed = take_passed_sockets();
  if (passed.empty()) return std::nullopt;
  if (passed.size() > 1) {
    throw ConfigError(
        fmt::format("found {} sockets that were handed over ($LISTEN_FDS), expected "
                    "one: a process has one stream",
                    passed.size()));
  }
  return passed.front().descriptor;
}

}  // namespace draftstream
