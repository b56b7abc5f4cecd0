// The page's server, asked by a client of its own library and by one that does not read.
#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/page/page_server.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

const std::string token = "0123456789abcdef0123";

// A journal, and the page about it.
class Served {
 public:
  explicit Served(std::optional<std::string> its_token = {}, std::size_t most_streams = 3,
                  std::chrono::milliseconds patience = 60s) {
    std::ofstream{folder_.file("index.html")} << "<!doctype html>the page";
    PageSources sources;
    sources.metrics = [](const PageCounts& page) {
      return "streams " + std::to_string(page.streams) + "\n";
    };
    sources.state = [this](const PageCounts& page) {
      const std::string padding(state_bytes, 'x');
      return json{{"streams", page.streams}, {"padding", padding}}.dump();
    };
    sources.last_seq = [this] { return journal_.last_seq(); };
    sources.journal = folder_.file("journal.sqlite");
    sources.draw = [](const auto& store, std::size_t row, const std::string& event_id,
                      const std::string& kind) {
      if (row == 13) throw TryAgain("too many pictures are asked for");
      return kind + " " + event_id + " " + std::to_string(row) + " " + store.filename().string();
    };
    sources.waterfall = [this]() -> std::optional<WaterfallPicture> {
      if (!searching) return std::nullopt;
      WaterfallPicture picture;
      picture.bands = picture.columns = 2;
      picture.cells = {0, 1, 128, 255};
      return picture;
    };
    PageOptions options;
    options.endpoint = page_endpoint("127.0.0.1:0", its_token.has_value());
    options.token = std::move(its_token);
    options.files = folder_.path();
    options.most_streams = most_streams;
    options.patience = patience;
    options.between_states = 100ms;
    server_.emplace(std::move(options), std::move(sources));
    const std::string url = server_->url();
    port_ = std::stoi(url.substr(url.rfind(':') + 1));
  }

  [[nodiscard]] httplib::Client client() const {
    httplib::Client client{"127.0.0.1", port_};
    client.set_read_timeout(300, 0);
    return client;
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] PageCounts counts() const { return server_->counts(); }
  void append(std::uint64_t count, const std::string& cutout = "") {
    for (std::uint64_t i = 0; i < count; ++i) {
      Event event = test::sample_event(journal_.last_seq() + 1);
      if (!cutout.empty()) event.products.push_back({"cutout", cutout, {}, {}, "complete"});
      (void)journal_.append(event);
    }
  }
  [[nodiscard]] Journal& journal() { return journal_; }
  void end() { server_.reset(); }

  std::atomic<bool> searching = false;
  std::atomic<std::size_t> state_bytes = 0;

 private:
  test::TemporaryFolder folder_;
  Journal journal_{
      folder_.file("journal.sqlite"), Existing::append, {test::session_a, "parkes/bpsr/1", {}}};
  std::optional<PageServer> server_;
  int port_ = 0;
};

// What a client is answered. Asked again where it got nothing: a machine that is busy may take the
// second after which a server gives up who said nothing yet.
// @throws std::runtime_error if it stays so.
httplib::Response answer_of(httplib::Client& client, const std::string& path,
                            const httplib::Headers& headers = {}) {
  auto answer = client.Get(path, headers);
  for (int again = 0; again < 3 && !answer; ++again) answer = client.Get(path, headers);
  if (!answer) {
    throw std::runtime_error("GET " + path + ": " + httplib::to_string(answer.error()));
  }
  return *answer;
}

// Reads a stream until it holds `count` events, on this thread.
std::vector<json> events_of(httplib::Client& client, const std::string& path,
                            const httplib::Headers& headers, std::size_t count) {
  std::vector<json> events;
  std::string text;
  (void)client.Get(path, headers, [&](const char* data, std::size_t size) {
    text.append(data, size);
    for (auto end = text.find("\n\n"); end != std::string::npos; end = text.find("\n\n")) {
      const std::string message = text.substr(0, end);
      text.erase(0, end + 2);
      const auto at = message.find("event: event\ndata: ");
      if (at == std::string::npos) continue;
      events.push_back(json::parse(message.substr(at + 19)));
      CHECK(message.substr(0, at) == "id: " + events.back().at("seq").dump() + "\n");
    }
    return events.size() < count;
  });
  return events;
}

std::vector<std::uint64_t> numbers_of(const std::vector<json>& events) {
  std::vector<std::uint64_t> numbers;
  for (const json& event : events) numbers.push_back(event.at("seq").get<std::uint64_t>());
  return numbers;
}

}  // namespace

TEST_CASE("what is asked for by GET and HEAD is answered, with its guards", "[publishers][page]") {
  Served served;
  auto client = served.client();
  auto answer = answer_of(client, "/");
  CHECK(answer.status == 200);
  CHECK(answer.body == "<!doctype html>the page");
  CHECK_THAT(
      answer.get_header_value("Content-Security-Policy"),
      ContainsSubstring("default-src 'self'") && ContainsSubstring("frame-ancestors 'none'"));
  CHECK(answer.get_header_value("X-Content-Type-Options") == "nosniff");
  CHECK(answer.get_header_value("Access-Control-Allow-Origin").empty());
  // Nor compressed, which takes longer than it saves.
  answer = answer_of(client, "/api/events", {{"Accept-Encoding", "gzip, br"}});
  CHECK(answer.get_header_value("Content-Encoding").empty());
  CHECK(answer.get_header_value("Content-Type") == "application/json");
  answer = answer_of(client, "/index.html", {{"Accept-Encoding", "gzip, br"}});
  CHECK(answer.get_header_value("Content-Encoding").empty());
  CHECK(answer.get_header_value("Content-Type") == "text/html");
  const auto head = client.Head("/api/state");
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->body.empty());
  answer = answer_of(client, "/metrics");
  CHECK(answer.body == "streams 0\n");
  CHECK(answer.get_header_value("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(answer_of(client, "/nothing").status == 404);
  CHECK(answer_of(client, "/../../etc/passwd").status == 404);
  CHECK(answer_of(client, "/..%2f..%2fetc%2fpasswd").status == 404);
  CHECK(answer_of(client, "/", {{"Host", "evil.example"}}).status == 421);
  CHECK(answer_of(client, "/metrics", {{"Host", "evil.example"}}).status == 421);
  const auto posted = served.client().Post("/api/state", "{}", "application/json");
  REQUIRE(posted);
  CHECK(posted->status == 405);
  CHECK(posted->get_header_value("Allow") == "GET, HEAD");
  CHECK(served.client().Delete("/api/events/1")->status == 405);
}

TEST_CASE("with a token, nothing is told without it", "[publishers][page]") {
  Served served{token};
  served.append(1);
  auto client = served.client();
  for (const char* path : {"/", "/metrics", "/api/state", "/api/events", "/api/events/1",
                           "/api/stream", "/api/waterfall", "/nothing"}) {
    CAPTURE(path);
    const auto refused = answer_of(client, path);
    CHECK(refused.status == 401);
    CHECK_THAT(refused.body, !ContainsSubstring(token));
  }
  CHECK(answer_of(client, "/metrics", {{"Authorization", "Bearer " + token}}).status == 200);
  CHECK(answer_of(client, "/metrics", {{"Authorization", "Bearer 0123"}}).status == 401);
  const auto answer = answer_of(client, "/?token=" + token);
  CHECK(answer.status == 303);
  CHECK(answer.get_header_value("Location") == "/");
  const std::string cookie = answer.get_header_value("Set-Cookie");
  CHECK_THAT(cookie, ContainsSubstring("HttpOnly; SameSite=Strict"));
  CHECK(answer_of(client, "/", {{"Cookie", cookie.substr(0, cookie.find(';'))}}).status == 200);
}

TEST_CASE("events are told as rows, whole, and as pictures", "[publishers][page]") {
  Served served;
  served.append(4);
  served.append(1, "cutouts.h5#12");
  served.append(1, "cutouts.h5#13");
  auto client = served.client();
  const auto seen = [&client](const std::string& query) {
    const json answer = json::parse(answer_of(client, "/api/events" + query).body);
    CHECK(answer.at("last_seq") == 6);
    return numbers_of(answer.at("events").get<std::vector<json>>());
  };
  using Numbers = std::vector<std::uint64_t>;
  CHECK(seen("") == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(seen("?limit=2") == Numbers{5, 6});
  CHECK(seen("?since=1&limit=2") == Numbers{2, 3});
  CHECK(seen("?since=9") == Numbers{});
  CHECK(answer_of(client, "/api/events?limit=many").status == 400);
  CHECK(answer_of(client, "/api/events?limit=0").status == 400);
  CHECK(answer_of(client, "/api/events?since=-1").status == 400);

  const json row = json::parse(answer_of(client, "/api/events?since=4").body).at("events")[0];
  const Event event = test::sample_event(5);
  CHECK(row.at("event_id") == event.event_id);
  CHECK(row.at("snr") == event.signal.snr);
  CHECK(row.at("dm_pc_cm3") == event.dm.value_pc_cm3);
  CHECK(row.at("has_cutout") == true);
  const json whole = json::parse(answer_of(client, "/api/events/5").body);
  CHECK(whole.at("event_id") == event.event_id);
  CHECK(whole.at("schema") == "frb-event/1.0.0");
  CHECK(answer_of(client, "/api/events/7").status == 404);
  CHECK(answer_of(client, "/api/events/0").status == 404);
  CHECK(answer_of(client, "/api/events/99999999999999999999999").status == 404);

  CHECK_THAT(answer_of(client, "/api/events/1/page.png").body, ContainsSubstring("no cutout"));
  // The journal knows of no observation that it would be of.
  CHECK(answer_of(client, "/api/events/5/page.png").status == 404);
  ObservationStart start;
  start.command = "live";
  start.folder = "obs_0002";
  start.obs_id = "another beam's";
  (void)served.journal().begin_observation(start);
  Event later = test::sample_event(7);
  later.products.push_back({"cutout", "cutouts.h5#12", {}, {}, "complete"});
  later.created = {70000, 0.0};  // after that began
  (void)served.journal().append(later);
  const auto picture = answer_of(client, "/api/events/7/page.svg");
  CHECK(picture.body == "svg " + later.event_id + " 12 cutouts.h5");
  CHECK(picture.get_header_value("Content-Type") == "image/svg+xml");
  Event waiting = test::sample_event(8);
  waiting.products.push_back({"cutout", "cutouts.h5#13", {}, {}, "complete"});
  waiting.created = {70000, 0.0};
  (void)served.journal().append(waiting);
  CHECK(answer_of(client, "/api/events/8/page.png").status == 503);
}

TEST_CASE("a stream goes on where it was left", "[publishers][page]") {
  Served served;
  served.append(5);
  auto client = served.client();
  CHECK(numbers_of(events_of(client, "/api/stream?since=3", {}, 2)) ==
        std::vector<std::uint64_t>{4, 5});
  // A header of whoever comes back counts for more than the address it began with.
  CHECK(numbers_of(events_of(client, "/api/stream?since=0", {{"Last-Event-ID", "4"}}, 1)) ==
        std::vector<std::uint64_t>{5});
  std::vector<json> live;
  std::thread listener{[&] {
    auto other = served.client();
    live = events_of(other, "/api/stream", {}, 450);
  }};
  while (served.counts().streams == 0) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(200ms);  // its first look has been
  served.append(450);
  listener.join();
  REQUIRE(live.size() == 450);
  for (std::size_t i = 0; i < live.size(); ++i) REQUIRE(live[i].at("seq") == 6 + i);
}

TEST_CASE("streams are bounded, and end with the server", "[publishers][page]") {
  std::vector<std::jthread> listeners;  // first: they end with the server
  Served served{{}, 2};
  for (int i = 0; i < 2; ++i) {
    listeners.emplace_back([&served] {
      auto client = served.client();
      (void)events_of(client, "/api/stream", {}, 1);
    });
  }
  while (served.counts().streams < 2) std::this_thread::sleep_for(1ms);
  auto client = served.client();
  const auto refused = answer_of(client, "/api/stream");
  CHECK(refused.status == 503);
  CHECK(refused.get_header_value("Retry-After") == "10");
  CHECK(served.counts().streams_refused == 1);
  while (json::parse(answer_of(client, "/api/state").body).at("streams") != 2) {
    std::this_thread::sleep_for(10ms);  // what is told is a moment old at most
  }
  served.end();
}

TEST_CASE("who does not take what was sent is dropped, and nobody else", "[publishers][page]") {
  Served served{{}, 3, 500ms};
  served.state_bytes = 1 << 20;
  const int slow = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(served.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(slow, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(::send(slow, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  while (served.counts().streams_dropped == 0) {
    auto client = served.client();
    (void)answer_of(client, "/metrics");
    std::this_thread::sleep_for(10ms);
  }
  while (served.counts().streams != 0) std::this_thread::sleep_for(1ms);
  ::close(slow);
  CHECK(served.counts().streams_dropped == 1);
}

TEST_CASE("the waterfall is there while something is searched", "[publishers][page]") {
  Served served;
  auto client = served.client();
  CHECK(answer_of(client, "/api/waterfall").status == 204);
  served.searching = true;
  const auto answer = answer_of(client, "/api/waterfall");
  CHECK(answer.status == 200);
  CHECK(answer.body == std::string{"\0\x01\x80\xff", 4});
  CHECK(json::parse(answer.get_header_value("Draftstream-Picture")).at("bands") == 2);
}

TEST_CASE("an address that is taken is refused", "[publishers][page]") {
  const Served served;
  PageOptions options;
  options.endpoint = page_endpoint("127.0.0.1:" + std::to_string(served.port()), false);
  CHECK_THROWS_WITH(PageServer(options, {}),
                    ContainsSubstring("cannot be bound: Address already in use"));
}
