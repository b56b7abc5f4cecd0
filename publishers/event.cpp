#include "publishers/event.hpp"

#include <array>

namespace draftstream {

std::string_view name(MessageType type) {
  constexpr std::array<std::string_view, 6> names{"candidate",  "event",  "update",
                                                  "retraction", "status", "heartbeat"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view name(AlertType type) {
  constexpr std::array<std::string_view, 3> names{"initial", "update", "retraction"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view name(AlertTense tense) {
  constexpr std::array<std::string_view, 4> names{"current", "archival", "test", "injection"};
  return names[static_cast<std::size_t>(tense)];
}

std::string_view name(SearchKind search) {
  constexpr std::array<std::string_view, 2> names{"full", "prompt"};
  return names[static_cast<std::size_t>(search)];
}

}  // namespace draftstream
