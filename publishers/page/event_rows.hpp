// Events as the page lists them: a row each, of what a list and a plot need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace draftstream {

/// A message of the journal, as docs/interfaces/http.md has it.
struct EventRow {
  std::uint64_t seq = 0;
  std::string json;  ///< On one line.
};

/// @param after  Those with a higher number.
/// @param most   The first ones.
/// @throws as query_journal().
std::vector<EventRow> read_event_rows(const std::filesystem::path& journal, std::uint64_t after,
                                      std::size_t most);

/// Where the cutout of an event is kept.
struct CutoutPlace {
  std::string event_id;
  std::filesystem::path store;
  std::size_t row = 0;
};

/// The whole message with this number, as published; empty if it is not kept.
/// @throws as query_journal().
std::optional<std::string> read_event_json(const std::filesystem::path& journal, std::uint64_t seq);

/// @return Nothing for a message without one.
/// @throws as query_journal().
std::optional<CutoutPlace> cutout_of_event(const std::filesystem::path& journal,
                                           const std::string& event_json);

}  // namespace draftstream
