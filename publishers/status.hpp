// Messages about the publisher itself: its state, and that it is alive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/ledger.hpp"
#include "ingest/time_axis.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// How a beam's search keeps up with a stream that does not wait for it.
struct OverloadReport {
  std::optional<int> beam;
  std::uint64_t level = 0;            ///< 0 = at real time, and nothing is left out.
  std::vector<std::string> left_out;  ///< "networks", "octave" (for each one), "blocks".
  double lag_s = 0.0;                 ///< Behind the newest data.
};

/// What a publisher says of its run.
struct StatusReport {
  /// "running": an observation began. "waiting": it ended, others may follow. "ended": the
  /// publisher leaves.
  std::string state = "running";
  /// Of the observation, once it ended: "complete", "interrupted", "failed"; else "".
  std::string result;
  std::string reason;  ///< One sentence where the result is not "complete"; else "".
  std::string obs_id;  ///< "" where there is none yet.
  std::uint64_t candidates = 0;
  std::uint64_t candidates_dropped = 0;
  Ledger ledger;
  std::optional<OverloadReport> overload;  ///< If its level has changed.
  std::vector<EventProduct> products;  ///< Of no event, and what became of them: dumps asked for.
};

/// Who speaks, and how far its numbers have come: heads status and heartbeat messages. These are
/// not numbered themselves.
struct PublisherState {
  std::string publisher;  ///< "site/instrument/instance".
  std::string session;
  UtcInstant session_started;
  std::uint64_t last_seq = 0;  ///< Of the last event published; 0 before the first.
  std::string journal{};       ///< UUID of the journal that numbers; "" where there is none.
  std::uint64_t session_first_seq = 1;  ///< Number of the session's first event.
};

std::string status_json(const PublisherState& state, const StatusReport& report);
std::string heartbeat_json(const PublisherState& state);

/// A status or heartbeat as received. `report` is empty in a heartbeat.
struct PublisherMessage {
  PublisherState state;
  std::optional<StatusReport> report;
};

/// @throws InputError as parse_event() does.
PublisherMessage parse_publisher_message(std::string_view json);

}  // namespace draftstream
