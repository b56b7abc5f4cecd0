// Why a publisher that is there does not let a subscriber in.
#pragma once

namespace draftstream {

enum class Refusal {
  none,
  unlisted_key,  ///< It does not know our key. There will be no other try.
  mechanism,     ///< One of us uses keys and the other does not, or it is no publisher. The same.
  /// Several times in a row, a connection ended before it was let in: its key is not the one that
  /// we expect, or what is between us has nobody to pass us on to. Tried again and again.
  broken_off,
};

/// Whether there will be no other try.
constexpr bool is_final(Refusal refusal) noexcept {
  return refusal == Refusal::unlisted_key || refusal == Refusal::mechanism;
}

}  // namespace draftstream
