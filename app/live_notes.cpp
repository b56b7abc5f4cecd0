#include "app/live_notes.hpp"

#include <spdlog/spdlog.h>

namespace draftstream {

LiveOptions LiveNotes::options() {
  LiveOptions options;
  options.told = [](const std::string& text) { spdlog::info("{}", text); };
  options.warned = [this](const std::string& text) {
    spdlog::warn("{}", text);
    const std::lock_guard lock{mutex_};
    if (warnings_.size() < most_kept) warnings_.push_back(text);
  };
  options.passing = [](const std::string& text) { spdlog::warn("{}", text); };
  return options;
}

std::vector<std::string> LiveNotes::warnings() const {
  const std::lock_guard lock{mutex_};
  return warnings_;
}

void LiveNotes::clear() {
  const std::lock_guard lock{mutex_};
  warnings_.clear();
}

}  // namespace draftstream
