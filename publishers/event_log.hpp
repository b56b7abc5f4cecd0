// candidates.jsonl: every event, one JSON a line, written before it is published.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "publishers/append_file.hpp"
#include "publishers/event_store.hpp"

namespace draftstream {

/// An event store in a file. Only every n-th line's place is kept in memory, so that it does not
/// grow with the number of events: n doubles whenever `max_index` places are known.
class EventLog : public EventStore {
 public:
  /// @param first_seq  Number of the first event that will be appended.
  /// @param max_index  Places of lines kept in memory; >= 2.
  /// @throws std::system_error if the file cannot be opened.
  explicit EventLog(const std::filesystem::path& path, Existing existing = Existing::replace,
                    std::uint64_t first_seq = 1, std::size_t max_index = 65536);

  std::string append(const Event& event) override;
  void sync() override;
  [[nodiscard]] std::vector<std::string> read(std::uint64_t from, std::uint64_t to,
                                              std::size_t limit) const override;
  [[nodiscard]] std::uint64_t last_seq() const override;

 private:
  AppendFile file_;
  std::uint64_t first_seq_;
  std::size_t max_index_;

  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t next_seq_;
  std::uint64_t end_;                  // byte after the last line
  std::uint64_t stride_ = 1;           // events from one known place to the next
  std::vector<std::uint64_t> places_;  // byte of event first_seq_ + i * stride_
};

}  // namespace draftstream
