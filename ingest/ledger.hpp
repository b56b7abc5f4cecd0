// Where every sample of an observation went.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace draftstream {

/// What became of a spectrum (one sample of every channel). Each has exactly one fate.
enum class Fate {
  searched,  ///< Searched with weight > 0 in at least one channel.
  masked,    ///< Arrived, and was taken out as interference.
  missing,   ///< Never arrived: a gap in a recording, lost packets.
  late,      ///< Arrived after its place had been passed on as a gap.
  invalid,   ///< Arrived, but holds no data: padding, dropouts, only NaN, zero weight.
  overrun,   ///< Was overwritten in the ring before the search had read it.
};
inline constexpr std::size_t fates = 6;

std::string_view name(Fate fate);  ///< "searched", "masked", ...: as published.

/// A run of spectra that must not be read as data.
struct Gap {
  std::uint64_t first = 0;    ///< Sample index of the first one.
  std::uint64_t samples = 0;  ///< How many.
  Fate fate = Fate::missing;

  [[nodiscard]] std::uint64_t end() const noexcept { return first + samples; }
  friend bool operator==(const Gap&, const Gap&) = default;
};

/// Counts spectra by fate. The identity that must hold when an observation ends:
/// expected = searched + masked + missing + late + invalid + overrun.
class Ledger {
 public:
  void expect(std::uint64_t samples) noexcept { expected_ += samples; }
  void count(Fate fate, std::uint64_t samples) noexcept {
    counts_[static_cast<std::size_t>(fate)] += samples;
  }

  /// Adds what another observation expected and counted.
  Ledger& operator+=(const Ledger& other) noexcept;

  [[nodiscard]] std::uint64_t expected() const noexcept { return expected_; }
  [[nodiscard]] std::uint64_t operator[](Fate fate) const noexcept {
    return counts_[static_cast<std::size_t>(fate)];
  }
  [[nodiscard]] std::uint64_t accounted() const noexcept;
  [[nodiscard]] bool balanced() const noexcept { return accounted() == expected_; }

  friend bool operator==(const Ledger&, const Ledger&) = default;

 private:
  std::uint64_t expected_ = 0;
  std::array<std::uint64_t, fates> counts_{};
};

}  // namespace draftstream
