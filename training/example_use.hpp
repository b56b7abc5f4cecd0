// Which scenes are trained on, and which are kept to validate with.
#pragma once

#include <cstdint>

namespace draftstream {

/// Which scenes are for what: one in twenty validates, by a hash of its seed, so that the cutouts
/// of a scene stay together and a set may grow.
enum class ExampleUse { training, validation };
[[nodiscard]] ExampleUse use_of(std::uint64_t seed) noexcept;

}  // namespace draftstream
