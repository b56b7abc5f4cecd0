#include "publishers/gateways/webhook_message.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <array>

#include "publishers/gateways/event_sentence.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

// Slack reads these three as markup.
std::string escaped_for_slack(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string webhook_body(const OutgoingEvent& outgoing, WebhookBody kind) {
  const std::string text = one_line(OrderedJson(escaped_for_slack(describe(outgoing))));
  if (kind == WebhookBody::slack) return fmt::format("{{\"text\":{}}}", text);
  // The event byte for byte: numbers are not read and written again on their way.
  return fmt::format("{{\"text\":{},\"event\":{}}}", text, outgoing.json);
}

std::string webhook_signature(const std::string& body, const std::string& secret) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(body), body.size());
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> hash{};
  crypto_auth_hmacsha256_final(&state, hash.data());
  return fmt::format("sha256={:02x}", fmt::join(hash, ""));
}

}  // namespace draftstream
