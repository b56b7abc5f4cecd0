// What can be chosen about a live source, and whom it tells what happens.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace draftstream {

struct LiveOptions {
  /// A socket that is bound already, and listens if it is of TCP, as a service manager keeps it
  /// across restarts: taken over in place of one of our own.
  std::optional<int> socket;
  /// SIGPROC with nifs > 1: empty = the sum of the first two IFs; else this IF, counted from 0.
  std::optional<int> pick_if;
  /// Is told how things are, a sentence at a time: "listening on tcp://127.0.0.1:5000". May be
  /// empty.
  std::function<void(const std::string&)> told;
  /// Is warned of what is odd or lost, in the same way. All are called by whichever thread is in
  /// the source.
  std::function<void(const std::string&)> warned;
  /// Is warned of what the accounts at the end will say, too: a line for the log.
  std::function<void(const std::string&)> passing;
};

}  // namespace draftstream
