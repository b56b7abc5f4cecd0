#include "ingest/live/tcp_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// @param problem  Why there are none, if the result is null.
Addresses look_up(const StreamUrl& url, int flags, std::string& problem) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(url.host.empty() ? nullptr : url.host.c_str(), url.port.c_str(),
                                   &hints, &found);
  if (failed != 0) problem = ::gai_strerror(failed);
  return {failed == 0 ? found : nullptr, &::freeaddrinfo};
}

std::string describe(const sockaddr_storage& address, socklen_t length) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::getnameinfo(any, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "an unknown address";
  }
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                       : fmt::format("{}:{}", host, port);
}

void set(int socket, int level, int option, int value) {
  (void)::setsockopt(socket, level, option, &value, sizeof value);  // it goes without, too
}

// A machine that loses its power says nothing: 10 s of silence, then four questions 5 s apart.
void watch_peer(int socket) {
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

FileDescriptor open_socket(const addrinfo& address) {
  return FileDescriptor{::socket(
      address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol)};
}

// @return 0, or the error of a connection that was begun and has now succeeded or failed.
int error_of(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

std::string own_address(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "";
  return describe(address, length);
}

}  // namespace

std::optional<TcpConnection> connect_tcp(const StreamUrl& url, const StopEvent& stop) {
  std::string problem;
  const Addresses addresses = look_up(url, 0, problem);
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    FileDescriptor socket = open_socket(*one);
    int error = socket.is_open() ? 0 : errno;
    if (error == 0 && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) != 0) {
      error = errno;
      if (error == EINPROGRESS) {
        if (!stop.wait(socket.get(), POLLOUT)) return std::nullopt;
        error = error_of(socket.get());
      }
    }
    if (error == 0) {
      watch_peer(socket.get());
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      (void)::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &length);
      return TcpConnection{std::move(socket), describe(peer, length)};
    }
    problem = reason(error);
  }
  if (stop.stopped()) return std::nullopt;
  throw TryAgain(fmt::format("{}: found nobody there ({}), expected a peer that is listening",
                             url.text, problem));
}

TcpListener::TcpListener(const StreamUrl& url) {
  std::string problem;
  const Addresses addresses = look_up(url, AI_PASSIVE, problem);
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    FileDescriptor socket = open_socket(*one);
    if (socket.is_open()) {
      // Or the address would be taken for minutes after a run of ours.
      set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
      if (::bind(socket.get(), one->ai_addr, one->ai_addrlen) == 0 &&
          ::listen(socket.get(), 8) == 0) {
        socket_ = std::move(socket);
        address_ = own_address(socket_.get());
        return;
      }
    }
    problem = reason(errno);
  }
  throw ConfigError(
      fmt::format("{}: found an address that cannot be listened at ({}), expected "
                  "one of this machine, and a port that is free",
                  url.text, problem));
}

std::optional<TcpConnection> TcpListener::next(const StopEvent& stop) {
  while (stop.wait(socket_.get(), POLLIN)) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    FileDescriptor socket{::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &length,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (socket.is_open()) {
      watch_peer(socket.get());
      return TcpConnection{std::move(socket), describe(peer, length)};
    }
    // Whoever hung up before it was their turn is no error of ours.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      throw std::system_error(errno, std::generic_category(), address_ + ": accept");
    }
  }
  return std::nullopt;
}

}  // namespace draftstream
