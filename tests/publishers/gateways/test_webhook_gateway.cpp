// Webhooks: what is posted, and what answers mean.
#include <nlohmann/json.hpp>
#include <string>

#include "ingest/errors.hpp"
#include "publishers/gateways/webhook_gateway.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/publishers/gateways/http_receiver.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::HttpReceiver;

namespace {

OutgoingEvent outgoing() {
  const Event event = test::current_event(3);
  return {event, to_json(event), {}, "R1"};
}

// What becomes of a message that gets this answer.
Delivery delivery_by(const std::string& status_and_headers) {
  HttpReceiver receiver{{status_and_headers}};
  WebhookOptions options;
  options.url = receiver.url();
  WebhookGateway gateway{options};
  return gateway.deliver(outgoing());
}

}  // namespace

TEST_CASE("bodies are signed by HMAC-SHA256", "[publishers][gateways]") {
  // RFC 4231, test case 2.
  CHECK(webhook_signature("what do ya want for nothing?", "Jefe") ==
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a webhook gets the event in words and as it was published", "[publishers][gateways]") {
  HttpReceiver receiver{{"200 OK"}};
  WebhookOptions options;
  options.url = receiver.url() + "/hook?a=b";
  options.secret = "swordfish";
  WebhookGateway gateway{options};
  const OutgoingEvent message = outgoing();
  REQUIRE(gateway.deliver(message).outcome == Delivery::Outcome::delivered);
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 1);
  const auto& [head, body] = requests[0];
  CHECK_THAT(head, Catch::Matchers::StartsWith("POST /hook?a=b HTTP/1.1\r\n"));
  CHECK_THAT(head, ContainsSubstring("Content-Type: application/json\r\n"));
  CHECK_THAT(head, ContainsSubstring("Idempotency-Key: " + message.event.uuid + "\r\n"));
  CHECK_THAT(head, ContainsSubstring("X-Draftstream-Signature-256: " +
                                     webhook_signature(body, "swordfish") + "\r\n"));
  CHECK(head.find("swordfish") == std::string::npos);
  const auto json = nlohmann::json::parse(body);
  CHECK(json["event"].dump() == nlohmann::json::parse(message.json).dump());
  CHECK_THAT(json["text"].get<std::string>(), ContainsSubstring("S/N 8.3") &&
                                                  ContainsSubstring("as R1") &&
                                                  ContainsSubstring(message.event.event_id));
}

TEST_CASE("Slack gets a text alone, without markup of ours", "[publishers][gateways]") {
  OutgoingEvent message = outgoing();
  message.known_source = "<!channel> & co";
  const auto json = nlohmann::json::parse(webhook_body(message, WebhookBody::slack));
  CHECK(json.size() == 1);
  CHECK_THAT(json["text"].get<std::string>(), ContainsSubstring("&lt;!channel&gt; &amp; co"));
}

TEST_CASE("answers decide what becomes of a message", "[publishers][gateways]") {
  using Outcome = Delivery::Outcome;
  struct Row {
    const char* answer;
    Outcome outcome;
  };
  const Row rows[] = {
      {"200 OK", Outcome::delivered},  {"204 No Content", Outcome::delivered},
      {"299 Odd", Outcome::delivered}, {"301 Moved\r\nLocation: /x", Outcome::refused},
      {"400 Bad", Outcome::refused},   {"404 Nowhere", Outcome::refused},
      {"408 Timeout", Outcome::later}, {"410 Gone", Outcome::refused},
      {"425 Early", Outcome::later},   {"429 Too Many", Outcome::later},
      {"500 Broken", Outcome::later},  {"503 Busy", Outcome::later},
  };
  for (const Row& row : rows) {
    CAPTURE(row.answer);
    const Delivery delivery = delivery_by(row.answer);
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.wait == std::nullopt);
    if (row.outcome != Outcome::delivered)
      CHECK_THAT(delivery.reason, Catch::Matchers::StartsWith("HTTP status"));
  }
  // A body that is cut off, or more than is taken: the status was said.
  for (const char* more : {"Content-Length: 300", "Content-Length: 300000000"}) {
    CAPTURE(more);
    const std::string rest = std::string{"\r\n"} + more;
    CHECK(delivery_by("200 OK" + rest).outcome == Outcome::delivered);
    CHECK(delivery_by("404 Nowhere" + rest).outcome == Outcome::refused);
    CHECK(delivery_by("503 Busy" + rest).outcome == Outcome::later);
  }
  const Delivery busy = delivery_by("429 Too Many\r\nRetry-After: 17");
  CHECK(busy.wait == std::chrono::seconds{17});
}

TEST_CASE("a webhook that is not there is tried again", "[publishers][gateways]") {
  WebhookOptions options;
  {
    HttpReceiver receiver{{}};
    options.url = receiver.url();
  }
  WebhookGateway nobody{options};
  const Delivery delivery = nobody.deliver(outgoing());
  CHECK(delivery.outcome == Delivery::Outcome::later);
  CHECK_FALSE(delivery.reason.empty());
  HttpReceiver silent{{HttpReceiver::silence}};
  options.url = silent.url();
  options.timeout = std::chrono::milliseconds{300};
  WebhookGateway impatient{options};
  CHECK(impatient.deliver(outgoing()).outcome == Delivery::Outcome::later);
}

TEST_CASE("a stopped webhook does not wait", "[publishers][gateways]") {
  HttpReceiver silent{{HttpReceiver::silence}};
  WebhookOptions options;
  options.url = silent.url();
  options.timeout = std::chrono::hours{1};
  WebhookGateway gateway{options};
  std::thread stopper{[&] {
    silent.wait_for_requests(1);
    gateway.stop();
  }};
  CHECK(gateway.deliver(outgoing()).outcome == Delivery::Outcome::later);
  stopper.join();
}

TEST_CASE("a webhook is an address of HTTP, and its own secret", "[publishers][gateways]") {
  for (const char* url : {"", "ftp://a/b", "file:///etc/passwd", "slack", "http://", "http://a b/c",
                          "http://a:99999/b"}) {
    CAPTURE(url);
    WebhookOptions options;
    options.url = url;
    CHECK_THROWS_AS(WebhookGateway{options}, ConfigError);
  }
}
