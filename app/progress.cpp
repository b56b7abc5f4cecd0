#include "app/progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>

#include "app/log.hpp"

namespace draftstream {
namespace {

using namespace std::chrono_literals;

std::string describe_wait(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

std::string describe(const Position& position, std::chrono::duration<double> elapsed) {
  const double rate = elapsed.count() > 0.0 ? position.data_s / elapsed.count() : 0.0;
  const double total_s = position.total_s.value_or(0.0);
  std::string line = position.total_s ? fmt::format("{:.1f} of {:.1f} s", position.data_s, total_s)
                                      : fmt::format("{:.1f} s", position.data_s);
  if (total_s > 0.0) line += fmt::format(" ({:.0f} %)", 100.0 * position.data_s / total_s);
  line += fmt::format(", {:.3g} x real time", rate);
  if (position.total_s && rate > 0.0) {
    line += fmt::format(", ETA {}", describe_wait((total_s - position.data_s) / rate));
  }
  if (position.candidates) {
    line +=
        fmt::format(", {} candidate{}", *position.candidates, *position.candidates == 1 ? "" : "s");
  }
  return line;
}

std::string describe(std::uint64_t done, std::uint64_t total, std::string_view things,
                     std::chrono::duration<double> elapsed) {
  const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1.0;
  std::string line = fmt::format("{} of {} {} ({:.0f} %)", done, total, things, 100.0 * part);
  if (part > 0.0) {
    line += fmt::format(", ETA {}", describe_wait(elapsed.count() * (1.0 - part) / part));
  }
  return line;
}

Progress::Progress(bool quiet)
    : quiet_{quiet}, terminal_{stderr_is_terminal()}, interval_{terminal_ ? 250ms : 10000ms} {}

Progress::~Progress() {
  if (terminal_ && !quiet_ && shown_ != began_) std::fputs(clear_line, stderr);
}

void Progress::show(const Position& position) {
  if (!is_time()) return;
  draw(describe(position, elapsed()));
}

void Progress::show(std::uint64_t done, std::uint64_t total, std::string_view things) {
  if (!is_time()) return;
  draw(describe(done, total, things, elapsed()));
}

bool Progress::is_time() {
  const auto now = Clock::now();
  if (quiet_ || now - shown_ < interval_) return false;
  shown_ = now;
  return true;
}

void Progress::draw(const std::string& line) const {
  if (terminal_) {
    fmt::print(stderr, "{}{}", clear_line, line);
  } else {
    spdlog::info("{}", line);
  }
}

std::chrono::duration<double> Progress::elapsed() const {
  return Clock::now() - began_;
}

}  // namespace draftstream
