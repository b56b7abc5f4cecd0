// What a subscriber gives out.
#pragma once

#include <optional>
#include <string>

#include "publishers/event.hpp"
#include "publishers/status.hpp"

namespace draftstream {

/// A message as it came.
struct ReceivedMessage {
  MessageType type = MessageType::event;
  std::string topic;
  std::string json;                        ///< As received, to the byte.
  std::optional<Event> event;              ///< Of all types but status.
  std::optional<PublisherMessage> status;  ///< Of type status.
};

}  // namespace draftstream
