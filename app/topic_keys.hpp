// The keys that a run publishes by.
#pragma once

#include <optional>
#include <string>

#include "app/settings.hpp"
#include "publishers/key_gate.hpp"

namespace draftstream {

/// Reads publish.curve_key and publish.allow; says how many may listen, and later who was refused.
/// @return Empty where the settings name neither.
/// @throws ConfigError if they name one of the two; as read_key_pair() and read_allowed_keys().
[[nodiscard]] std::optional<TopicKeys> read_topic_keys(const Settings& settings);

/// "publish.allow: 3 keys, 1 of them new, 2 taken out", and what follows for who is connected.
[[nodiscard]] std::string describe(const KeyGate::Change& change);

}  // namespace draftstream
