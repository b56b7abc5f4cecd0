// How far a long piece of work is, for whoever waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace draftstream {

/// How far, in the terms of the work.
struct Position {
  double data_s = 0.0;                      ///< Done, in seconds of data.
  std::optional<double> total_s;            ///< Empty where nobody knows.
  std::optional<std::uint64_t> candidates;  ///< Empty for work that finds none.
};

/// "12.3 of 60.0 s (20 %), 45.1 x real time, ETA 1 s, 3 candidates".
/// Without an end that is known: "12.3 s, 1 x real time, 3 candidates".
/// @param elapsed  Since the work began.
std::string describe(const Position& position, std::chrono::duration<double> elapsed);

/// "320 of 1000 scenes (32 %), ETA 20 s".
std::string describe(std::uint64_t done, std::uint64_t total, std::string_view things,
                     std::chrono::duration<double> elapsed);

/// Shows positions on stderr: one line that is drawn over again where that is a terminal, log lines
/// every ten seconds where it is not, nothing when quiet.
///
/// Threads: one at a time.
class Progress {
 public:
  explicit Progress(bool quiet);
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Call as often as is convenient; shows it if it is time to.
  void show(const Position& position);
  /// The same for work that is counted in things.
  void show(std::uint64_t done, std::uint64_t total, std::string_view things);

  /// Another piece of work begins.
  void restart() { began_ = shown_ = Clock::now(); }

  [[nodiscard]] std::chrono::duration<double> elapsed() const;
  /// The shortest time between two lines.
  [[nodiscard]] std::chrono::milliseconds interval() const noexcept { return interval_; }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_time();
  void draw(const std::string& line) const;

  bool quiet_;
  bool terminal_;
  std::chrono::milliseconds interval_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point shown_ = began_;
};

}  // namespace draftstream
