#include "publishers/page/page_guard.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/secret_file.hpp"

namespace draftstream {
namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 256;

bool is_of_token(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
         std::string_view{"-._~"}.find(character) != std::string_view::npos;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The value of a cookie among those of a header; "" if it is not there.
std::string_view cookie_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find(';');
    const std::string_view one = without_blanks(header.substr(0, end));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
      return one.substr(name.size() + 1);
    }
    header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
  }
  return {};
}

// Without its port.
bool is_loopback(std::string_view host) {
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == host.npos;
  Endpoint endpoint;
  endpoint.host = host.substr(0, has_port ? colon : host.size());
  return endpoint.host != "lo" && endpoint.loopback();
}

}  // namespace

PageGuard::PageGuard(const Endpoint& endpoint, std::optional<std::string> token)
    : token_{std::move(token)}, cookie_name_{fmt::format("draftstream_{}", endpoint.port)} {}

// Takes as long for any other token of the same length.
bool PageGuard::holds_token(std::string_view given) const {
  return given.size() == token_->size() &&
         sodium_memcmp(given.data(), token_->data(), given.size()) == 0;
}

Admission PageGuard::judge(const PageRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return Admission::wrong_method;
  if (!token_) return is_loopback(request.host) ? Admission::admitted : Admission::wrong_host;
  const bool has_bearer = request.authorization.starts_with(bearer);
  if (has_bearer && holds_token(request.authorization.substr(bearer.size()))) {
    return Admission::admitted;
  }
  if (holds_token(request.parameter)) return Admission::by_parameter;
  return holds_token(cookie_of(request.cookie, cookie_name_)) ? Admission::admitted
                                                              : Admission::no_token;
}

std::string PageGuard::cookie() const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name_, *token_);
}

Endpoint page_endpoint(const std::string& text, bool has_token) {
  Endpoint endpoint;
  try {
    endpoint = parse_endpoint("tcp://" + text);
  } catch (const ConfigError&) {
    throw ConfigError(
        fmt::format("page.http: found '{}', expected ADDRESS:PORT such as 127.0.0.1:8080", text));
  }
  if (endpoint.loopback() || has_token) return endpoint;
  throw ConfigError(
      fmt::format("page.http: found '{}', which other machines reach, and no page.http_token, "
                  "expected a loopback address or a token",
                  text));
}

std::string page_token(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw MissingInput(fmt::format("{}: cannot be read", file));
  check_only_owner_reads(file);
  std::string text(4 * longest_token, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  const std::string_view token = without_blanks(text);
  if (token.size() < shortest_token || token.size() > longest_token ||
      !std::all_of(token.begin(), token.end(), is_of_token)) {
    throw InputError("", "something else",
                     "a token: 16 to 256 letters, digits and -._~ (openssl rand -hex 32)")
        .in_file(file);
  }
  return std::string{token};
}

}  // namespace draftstream
