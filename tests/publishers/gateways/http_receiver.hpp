// A server of HTTP that answers as it is told, by plain system calls.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace draftstream::test {

/// Takes one request a connection.
///
/// Threads: any; one of its own serves.
class HttpReceiver {
 public:
  static constexpr const char* silence = "";  ///< In place of an answer: none, for ever.

  struct Request {
    std::string head;  ///< Up to its empty line.
    std::string body;
  };

  /// @param answers  In turn: "200 OK", or more lines of a head; the last one again and again. Two
  ///                 bytes follow, whatever length the head says.
  explicit HttpReceiver(std::vector<std::string> answers) : answers_{std::move(answers)} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &length) != 0) {
      throw std::system_error(errno, std::generic_category(), "HttpReceiver");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~HttpReceiver() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int one : silent_) ::close(one);
  }
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  [[nodiscard]] unsigned port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  void wait_for_requests(std::size_t count) {
    std::unique_lock lock{mutex_};
    arrived_.wait(lock, [&] { return requests_.size() >= count; });
  }

 private:
  void serve() {
    for (std::size_t turn = 0;; ++turn) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      Request request = read_request(connection);
      {
        const std::lock_guard lock{mutex_};
        requests_.push_back(std::move(request));
        arrived_.notify_all();
      }
      const std::string& answer = answers_[std::min(turn, answers_.size() - 1)];
      if (answer == silence) {
        silent_.push_back(connection);
        continue;
      }
      const bool has_length = answer.find("Content-Length") != std::string::npos;
      const std::string text = "HTTP/1.1 " + answer + (has_length ? "" : "\r\nContent-Length: 2") +
                               "\r\nConnection: close\r\n\r\nok";
      (void)!::write(connection, text.data(), text.size());
      ::close(connection);
    }
  }

  static Request read_request(int connection) {
    std::string text;
    char piece[4096];
    std::size_t wanted = std::string::npos;
    while (text.size() < wanted) {
      const auto got = ::read(connection, piece, sizeof piece);
      if (got <= 0) break;
      text.append(piece, static_cast<std::size_t>(got));
      const auto end = text.find("\r\n\r\n");
      const auto length = text.find("Content-Length: ");
      if (end == std::string::npos || length > end) continue;
      wanted = end + 4 + std::stoul(text.substr(length + 16));
    }
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return {text, ""};
    return {text.substr(0, end + 2), text.substr(end + 4)};
  }

  const std::vector<std::string> answers_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::vector<int> silent_;   // serving thread only
  mutable std::mutex mutex_;  // guards the next one
  std::vector<Request> requests_;
  std::condition_variable arrived_;  // signalled by: each request
  std::thread thread_;
};

}  // namespace draftstream::test
