#include "app/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace draftstream {
namespace {

// "<4>": a level as the journal reads it from the beginning of a line; sd-daemon(3).
class JournalLevel final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& to) override {
    constexpr char debug = '7', info = '6', warning = '4', error = '3', critical = '2';
    char level = debug;
    if (message.level == spdlog::level::info) level = info;
    if (message.level == spdlog::level::warn) level = warning;
    if (message.level == spdlog::level::err) level = error;
    if (message.level == spdlog::level::critical) level = critical;
    for (const char c : {'<', level, '>'}) to.push_back(c);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalLevel>();
  }
};

// $JOURNAL_STREAM names the device and the file that the journal reads; stderr may be another.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
         stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace

void start_log(bool quiet) {
  auto logger =
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto format = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (stderr_is_journal()) {  // which has the time
    format->add_flag<JournalLevel>('*').set_pattern("%*%v");
  } else {
    // On a terminal a log line takes the place of the progress line, which is drawn again after it.
    const std::string before = stderr_is_terminal() ? clear_line : "";
    format->set_pattern(before + "%Y-%m-%dT%H:%M:%S.%eZ %l: %v");
  }
  logger->set_formatter(std::move(format));
  logger->set_level(quiet ? spdlog::level::warn : spdlog::level::info);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool stderr_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace draftstream
