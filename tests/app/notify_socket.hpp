// The other end of sd_notify, by plain system calls.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace draftstream::test {

/// An environment variable, for as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_{name} {
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// A service manager that hears what this process, and those it starts, tell it. It listens all the
/// time: a socket holds few messages, and whoever has one more to tell would wait.
class NotifySocket {
 public:
  /// @param watchdog_us  Signs of life are wanted in this time [us]; 0 = none are.
  explicit NotifySocket(int watchdog_us = 0)
      : path_{folder_.file("notify")},
        socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)},
        address_{"NOTIFY_SOCKET", path_},
        watchdog_{"WATCHDOG_USEC", std::to_string(watchdog_us)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), path_);
    }
    thread_ = std::thread{[this] { listen(); }};
  }
  ~NotifySocket() {
    ::shutdown(socket_, SHUT_RD);
    thread_.join();
    ::close(socket_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// Blocks until the next message has come.
  std::string next() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !messages_.empty(); });
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  /// Blocks until one has come that holds `text`. @return All that came, it included.
  std::vector<std::string> until(const std::string& text) {
    std::vector<std::string> all;
    do {
      all.push_back(next());
    } while (all.back().find(text) == std::string::npos);
    return all;
  }

 private:
  void listen() {
    char piece[4096];
    while (true) {
      const auto got = ::recv(socket_, piece, sizeof piece, 0);
      if (got <= 0) return;  // shut down
      const std::lock_guard lock{mutex_};
      messages_.emplace_back(piece, static_cast<std::size_t>(got));
      changed_.notify_all();
    }
  }

  TemporaryFolder folder_;
  std::string path_;
  int socket_;
  Variable address_;
  Variable watchdog_;
  std::mutex mutex_;
  std::deque<std::string> messages_;  // guarded by mutex_
  std::condition_variable changed_;   // signalled by: listen()
  std::thread thread_;                // last: it uses all of the above
};

}  // namespace draftstream::test
