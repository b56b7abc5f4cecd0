// --http of real runs: what they tell, what it changes (nothing), what is refused.
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using test::Program;
using test::run_draftstream;
using test::TemporaryFolder;

namespace {

const std::string& sky() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const auto result = run_draftstream({"simulate", folder.file("sky.fil"), "--nchans", "64",
                                         "--tsamp", "1e-3", "--duration", "16", "--seed", "7",
                                         "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--quiet"});
    REQUIRE(result.status == 0);
    return folder.file("sky.fil");
  }();
  return path;
}

// Asks a page again and again.
class Page {
 public:
  explicit Page(const std::string& url) : client_{url.substr(0, url.find('/', 7))} {
    client_.set_read_timeout(300, 0);
  }
  std::string get(const std::string& path) {
    const auto answer = client_.Get(path);
    REQUIRE(answer);
    CAPTURE(answer->body);
    REQUIRE(answer->status == 200);
    return answer->body;
  }
  json get_json(const std::string& path) { return json::parse(get(path)); }

  // The sum of a metric's samples whose labels contain `label`.
  double metric(const std::string& name, const std::string& label = "") {
    std::istringstream lines{get("/metrics")};
    double sum = 0.0;
    for (std::string line; std::getline(lines, line);) {
      const bool is_it = line.starts_with("draftstream_" + name + " ") ||
                         line.starts_with("draftstream_" + name + "{");
      if (is_it && line.find(label) != std::string::npos) {
        sum += std::stod(line.substr(line.rfind(' ')));
      }
    }
    return sum;
  }

 private:
  httplib::Client client_;
};

std::string write_token(const TemporaryFolder& folder) {
  const std::string path = folder.file("token");
  std::ofstream{path} << "0123456789abcdef";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

}  // namespace

TEST_CASE("the page of a live run tells of all its observations", "[app][page][e2e]") {
  const TemporaryFolder folder;
  Program live{test::program_path(),
               {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600",
                "--publish", "tcp://127.0.0.1:*", "--no-networks", "--widths-ms", "32",
                "--chunk-samples", "256", "--http", "127.0.0.1:0"}};
  const std::string address = live.wait_for("listening on ");
  Page page{live.wait_for("page at ")};
  CHECK(page.get_json("/api/state").at("state") == "waiting");
  CHECK(page.metric("searching") == 0.0);
  for (int observations = 1; observations <= 2; ++observations) {
    REQUIRE(run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
    while (page.metric("ingest_samples_total") < 16000.0 * observations ||
           page.metric("searching") > 0.0) {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    CHECK(page.metric("ingest_samples_total") == 16000.0 * observations);
  }
  const json known = page.get_json("/api/events");
  const json events = known.at("events");
  REQUIRE_FALSE(events.empty());
  CHECK(known.at("last_seq") == events.back().at("seq"));
  CHECK(page.metric("events_total") == static_cast<double>(events.size()));
  int full = 0;
  for (const json& event : events) {
    if (event.at("search") != "full" || event.at("alert_type") != "initial") continue;
    ++full;
    CHECK(event.at("latency_ms").get<double>() > 0.0);
    const std::string path = "/api/events/" + event.at("seq").dump();
    CHECK(page.get(path + "/page.png").substr(1, 3) == "PNG");
    CHECK(page.get_json(path).at("event_id") == event.at("event_id"));
    CHECK(page.get_json(path).at("journal") == page.get_json("/api/state").at("journal"));
  }
  CHECK(full >= 2);  // the second is drawn from another folder
  CHECK(page.metric("candidates_total") == full);
  CHECK(page.metric("event_latency_seconds_count") == full);
  CHECK_THAT(page.get("/api/events/" + events.back().at("seq").dump() + "/page.svg"),
             ContainsSubstring("<svg"));
}

TEST_CASE("a page that is looked at changes no candidate", "[app][page][property]") {
  const TemporaryFolder folder;
  const auto quiet = test::replay_arguments(sky(), folder.file("quiet"), {"--chunk-samples", "333"},
                                            test::without_networks);
  REQUIRE(run_draftstream(quiet).status == 0);

  Program replay{test::program_path(),
                 test::replay_arguments(sky(), folder.file("watched"), {"--speed", "8"},
                                        {"--no-networks", "--http", "127.0.0.1:0"})};
  const std::string url = replay.wait_for("page at ");
  httplib::Client client{url.substr(0, url.find('/', 7))};
  int pictures = 0;
  while (const auto answer = client.Get("/api/waterfall")) {  // until it has ended
    if (answer->status == 200) ++pictures;
    (void)client.Get("/metrics");
    (void)client.Get("/api/state");
  }
  CHECK(replay.wait().status == 0);
  CHECK(pictures > 0);
  CHECK(test::rows(folder.file("watched/candidates.csv"), 1) ==
        test::rows(folder.file("quiet/candidates.csv"), 1));
}

TEST_CASE("a page that cannot be is refused before a sample is searched", "[app][page]") {
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string says;
  };
  static const TemporaryFolder folder;  // rows are made once
  static const std::string token = write_token(folder);
  const std::string open = folder.file("open");
  std::ofstream{open} << "0123456789abcdef";
  std::filesystem::permissions(open, std::filesystem::perms{0644});
  const auto row = GENERATE_REF(values<Row>({
      {{"--http", "0.0.0.0:0"}, 78, "which other machines reach"},
      {{"--http", "8080"}, 78, "expected ADDRESS:PORT"},
      {{"--http", "192.0.2.1:0", "--http-token", token},
       78,
       "cannot be bound: Cannot assign requested address"},
      {{"--http", "127.0.0.1:0", "--http-token", folder.file("none")}, 66, "cannot be read"},
      {{"--http", "127.0.0.1:0", "--http-token", open}, 78, "found mode 0644"},
      {{"--http", "127.0.0.1:0", "--http-token", sky()}, 78, "found mode"},
  }));
  const auto result = run_draftstream(
      test::replay_arguments(sky(), folder.file("out"), row.arguments, test::without_networks));
  CAPTURE(result.err);
  CHECK(result.status == row.status);
  CHECK_THAT(result.err, ContainsSubstring(row.says));
  CHECK_FALSE(std::filesystem::exists(folder.file("out/candidates.csv")));
}
