// Names and numbers of sockets' addresses.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <memory>
#include <string>

namespace draftstream {

/// A list, one after another by `ai_next`.
using SocketAddresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// @param host     A name or an address; "" = all addresses, or this machine's.
/// @param port     A number.
/// @param kind     SOCK_STREAM, SOCK_DGRAM.
/// @param flags    As getaddrinfo() takes them: AI_PASSIVE for an address to be bound to.
/// @param problem  Why there are none, if the result is null.
SocketAddresses look_up(const std::string& host, const std::string& port, int kind, int flags,
                        std::string& problem);

/// Whether it is one of a multicast group. @param address  Of IPv4 or IPv6.
bool is_group(const addrinfo& address);

/// "127.0.0.1:5000", "[::1]:5000".
std::string describe(const sockaddr_storage& address, socklen_t length);

/// That a socket is bound to; "" if it is not known.
std::string own_address(int socket);

}  // namespace draftstream
