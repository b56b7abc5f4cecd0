// What a gateway has come to, and what went out: a file of its own, durable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ingest/time_axis.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// What becomes of a file whose content is wrong.
enum class DamagedRecord {
  refused,  ///< Nobody knows what went out: it would go out again.
  renamed,  ///< NAME.damaged-<time>, and a new one begins: where a run must not fail by it.
};

/// One gateway's place in a journal. What a call wrote is on the disk when it returns. Nobody else
/// can open the file meanwhile, so no message goes out by two processes.
///
/// Threads: one at a time. All throw std::runtime_error naming the file if the disk refuses.
class GatewayRecord {
 public:
  using Warned = std::function<void(const std::string&)>;

  /// @param warned  Told of a file that was renamed; may be empty.
  /// @throws ConfigError        if another process holds it, or it is another program's file, or
  ///                            damaged and refused.
  /// @throws std::runtime_error naming the file if it cannot be made or written.
  explicit GatewayRecord(std::filesystem::path path, DamagedRecord damaged = DamagedRecord::refused,
                         const Warned& warned = {});
  ~GatewayRecord();
  GatewayRecord(GatewayRecord&&) noexcept;
  GatewayRecord& operator=(GatewayRecord&&) = delete;

  /// Number of the last message of that journal that is done with; empty if it is a new one.
  [[nodiscard]] std::optional<std::uint64_t> cursor(const std::string& journal) const;

  /// All messages up to `seq` are done with.
  void pass(const std::string& journal, std::uint64_t seq);
  /// All before that message are done with, and it is about to go out.
  void begin(const std::string& journal, const Event& event);
  /// Whether begin() was said of this very message, and nothing of another one after it.
  [[nodiscard]] bool was_begun(const Event& event) const;
  /// All messages up to this one are done with, and it went out.
  void pass_sent(const std::string& journal, const Event& event, const UtcInstant& now);

  /// Last revision of the event that went out; empty if none did.
  [[nodiscard]] std::optional<int> sent_revision(const std::string& event_id) const;
  /// Events and alerts whose first message went out after `instant`.
  [[nodiscard]] std::uint64_t first_sent_after(const UtcInstant& instant) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
