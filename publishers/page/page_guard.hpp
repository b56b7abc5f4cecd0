// Who may look at the page.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "publishers/topic.hpp"

namespace draftstream {

/// What of a request decides whether it is answered; "" where it has none.
struct PageRequest {
  std::string_view method;
  std::string_view host;           ///< Header Host.
  std::string_view authorization;  ///< Header Authorization.
  std::string_view cookie;         ///< Header Cookie.
  std::string_view parameter;      ///< `token` of the query.
};

enum class Admission {
  admitted,
  by_parameter,  ///< Admitted, and to be given the cookie, so that the token leaves the address.
  wrong_method,
  wrong_host,  ///< A page of somebody else asks, by a name that leads here.
  no_token,
};

/// Threads: any.
class PageGuard {
 public:
  /// @param endpoint  That is listened at, with its real port.
  /// @param token     Of page_token(); empty = whoever reaches the endpoint may look, if they ask
  ///                  for a name of this machine's loopback.
  PageGuard(const Endpoint& endpoint, std::optional<std::string> token);

  [[nodiscard]] Admission judge(const PageRequest& request) const;
  /// Header Set-Cookie that spares its owner the token from now on.
  [[nodiscard]] std::string cookie() const;

 private:
  [[nodiscard]] bool holds_token(std::string_view given) const;

  std::optional<std::string> token_;
  std::string cookie_name_;  // another for each port: cookies are shared by all of a host
};

/// The endpoint of `--http`.
/// @param text  "127.0.0.1:8080", "[::1]:0"; port 0 takes a free one.
/// @throws ConfigError naming what was found and what was expected: an address other machines reach
///         needs a token.
Endpoint page_endpoint(const std::string& text, bool has_token);

/// The token that a file holds: 16 to 256 letters, digits and "-._~", and nothing else but blanks
/// around them.
/// @throws MissingInput if it cannot be read; ConfigError if others may read it; InputError if it
///         holds something else. None repeats what it holds.
std::string page_token(const std::string& file);

}  // namespace draftstream
