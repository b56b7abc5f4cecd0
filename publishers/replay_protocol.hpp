// What a subscriber asks for events it missed, and what it is answered; docs/interfaces/events.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/time_axis.hpp"
#include "publishers/event_store.hpp"
#include "publishers/status.hpp"

namespace draftstream {

struct ReplayRequest {
  enum class Op {
    replay,    ///< Events [from, to].
    snapshot,  ///< The last `last` events.
  };
  Op op = Op::replay;
  std::uint64_t id = 0;             ///< Comes back in the end of the answer.
  std::string session;              ///< "" = whatever the publisher's is.
  std::string topic;                ///< Prefix of the events wanted; "" = all.
  std::uint64_t from = 1;           ///< replay only.
  std::optional<std::uint64_t> to;  ///< replay only; empty = the last one published.
  std::uint64_t last = 0;           ///< snapshot only; may be 0.
};

std::string to_json(const ReplayRequest& request);

/// @throws InputError naming the field, what was found and what was expected.
ReplayRequest parse_replay_request(std::string_view json);

/// The last message of an answer.
struct ReplayEnd {
  std::uint64_t id = 0;
  PublisherState state;         ///< With the last event published.
  std::uint64_t last = 0;       ///< All that there is up to this number was sent.
  std::string error{};          ///< Why the request was refused; "" if it was not.
  std::uint64_t first_seq = 1;  ///< The oldest event that is kept.
};

std::string to_json(const ReplayEnd& end);

/// @throws InputError as above.
ReplayEnd parse_replay_end(std::string_view json);

/// An answer, in the order it is sent.
struct ReplayAnswer {
  struct Item {
    std::string topic;
    std::string json;
  };
  std::vector<Item> events;
  ReplayEnd end;
};

/// Answers from what is stored and was published: numbers up to state.last_seq.
/// @param request  As received, from anyone.
/// @param batch    Events the answer holds at most; whoever wants more asks again after end.last.
/// @return If the request is not understood, of another session, or the store cannot be read: no
///         event, and an end that says so.
ReplayAnswer answer_request(std::string_view request, const EventStore& store,
                            const PublisherState& state, std::size_t batch);

}  // namespace draftstream
