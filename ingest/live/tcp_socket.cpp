#include "ingest/live/tcp_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/socket_address.hpp"

namespace draftstream {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
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

Waited wait_for_connection(int socket, const StopEvent& stop,
                           std::optional<std::chrono::steady_clock::time_point> deadline) {
  if (deadline) return stop.wait(socket, POLLOUT, *deadline);
  return stop.wait(socket, POLLOUT) ? Waited::ready : Waited::stopped;
}

// @return 0, or the error of a connection that was begun and has now succeeded or failed.
int error_of(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

std::optional<TcpConnection> connect_tcp(
    const StreamUrl& url, const StopEvent& stop,
    std::optional<std::chrono::steady_clock::time_point> deadline) {
  std::string problem;
  const SocketAddresses addresses = look_up(url.host, url.port, SOCK_STREAM, 0, problem);
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    FileDescriptor socket = open_socket(*one);
    int error = socket.is_open() ? 0 : errno;
    if (error == 0 && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) != 0) {
      error = errno;
      if (error == EINPROGRESS) {
        const Waited waited = wait_for_connection(socket.get(), stop, deadline);
        if (waited == Waited::stopped) return std::nullopt;
        error = waited == Waited::timed_out ? ETIMEDOUT : error_of(socket.get());
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
  const SocketAddresses addresses = look_up(url.host, url.port, SOCK_STREAM, AI_PASSIVE, problem);
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

TcpListener::TcpListener(FileDescriptor socket, const StreamUrl& url)
    : socket_{std::move(socket)}, address_{own_address(socket_.get())} {
  int type = 0;
  int listens = 0;
  socklen_t length = sizeof type;
  const bool known = ::getsockopt(socket_.get(), SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
                     ::getsockopt(socket_.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0;
  if (!known || type != SOCK_STREAM || listens == 0) {
    throw ConfigError(
        fmt::format("{}: found a socket that was handed over and is no listening one "
                    "of TCP, expected one (ListenStream= in its unit)",
                    url.text));
  }
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), url.text);
  }
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
