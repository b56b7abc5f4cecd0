#include "publishers/key_gate.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace draftstream {
namespace {

constexpr std::chrono::seconds between_sentences{10};

}  // namespace

KeyGate::KeyGate(PublicKeys allowed, Tell tell)
    : tell_{std::move(tell)}, allowed_{std::move(allowed)} {}

bool KeyGate::admits(const std::string& key, const std::string& address, Clock::time_point now) {
  {
    const std::lock_guard lock{mutex_};
    if (allowed_.contains(key)) {
      admitted_.insert(key);
      return true;
    }
  }
  refuse("key " + key, address, now);
  return false;
}

void KeyGate::refuse(const std::string& what, const std::string& address, Clock::time_point now) {
  std::uint64_t others = 0;
  {
    const std::lock_guard lock{mutex_};
    ++refused_;
    if (told_at_ && now - *told_at_ < between_sentences) return;
    told_at_ = now;
    others = refused_ - std::exchange(told_, refused_) - 1;
  }
  if (!tell_) return;
  tell_(fmt::format("refused a connection{}: {} is not listed{}",
                    address.empty() ? "" : " from " + address, what,
                    others == 0 ? "" : fmt::format(" ({} more were refused before)", others)));
}

KeyGate::Change KeyGate::replace(PublicKeys allowed) {
  const auto missing_in = [](const PublicKeys& keys) {
    return [&keys](const std::string& key) { return !keys.contains(key); };
  };
  const std::lock_guard lock{mutex_};
  Change change;
  change.allowed = allowed.size();
  change.added = static_cast<std::size_t>(std::ranges::count_if(allowed, missing_in(allowed_)));
  change.removed = static_cast<std::size_t>(std::ranges::count_if(allowed_, missing_in(allowed)));
  change.of_admitted = std::erase_if(admitted_, missing_in(allowed)) > 0;
  allowed_ = std::move(allowed);
  return change;
}

std::uint64_t KeyGate::refused() const {
  const std::lock_guard lock{mutex_};
  return refused_;
}

}  // namespace draftstream
