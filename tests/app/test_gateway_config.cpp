// The file of --gateways.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/gateway_config.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;

namespace {

void write_secret(const std::string& file, const std::string& text,
                  std::filesystem::perms mode = std::filesystem::perms::owner_read) {
  std::ofstream{file} << text;
  std::filesystem::permissions(file, mode);
}

// The example of the documentation, its secrets in `folder`.
std::string example(const test::TemporaryFolder& folder) {
  const std::string page = test::content(test::source_folder() / "docs/interfaces/gateways.md");
  const auto begin = page.find("```yaml\n") + 8;
  std::string text = page.substr(begin, page.find("```", begin) - begin);
  const std::string there = "/etc/draftstream/";
  for (auto at = text.find(there); at != std::string::npos; at = text.find(there)) {
    text.replace(at, there.size(), folder.path() + "/");
  }
  write_secret(folder.file("slack.url"), "https://hooks.example.org/T/B/x\n");
  write_secret(folder.file("webhook.secret"), "swordfish");
  write_secret(folder.file("kafka.settings"),
               "# of GCN\nsasl.oauthbearer.client.id = abc\nsasl.oauthbearer.client.secret=d=e \n");
  return text;
}

std::string one(const std::string& keys) {
  return "gateways:\n  - {name: a, kind: webhook, url: 'http://x', " + keys + "}\n";
}

}  // namespace

TEST_CASE("the example of the documentation is read", "[app][gateways]") {
  const test::TemporaryFolder folder;
  const auto gateways = read_gateways(example(folder), "world.yaml");
  REQUIRE(gateways.size() == 6);
  std::vector<std::string> kinds;
  for (const auto& gateway : gateways) kinds.push_back(kind_of(gateway.target));
  CHECK(kinds == std::vector<std::string>{"webhook", "webhook", "voevent", "voevent_server",
                                          "kafka", "tns"});
  const auto& slack = std::get<WebhookOptions>(gateways[0].target);
  CHECK(slack.url == "https://hooks.example.org/T/B/x");
  CHECK(slack.body == WebhookBody::slack);
  CHECK(gateways[0].rules.labels == std::set<std::string>{"burst", "unjudged"});
  CHECK(gateways[0].rules.max_per_hour == 20U);
  REQUIRE(gateways[0].rules.quiet_hours.size() == 1);
  CHECK(gateways[0].rules.quiet_hours[0].begin_minute == 1320);
  CHECK(gateways[0].rules.quiet_hours[0].end_minute == 360);
  CHECK(std::get<WebhookOptions>(gateways[1].target).secret == "swordfish");
  CHECK(gateways[1].rules.alerts);
  CHECK_FALSE(gateways[1].rules.updates);
  const auto& author = std::get<VtpAuthorOptions>(gateways[2].target);
  CHECK(author.broker == "voevents.example.org:8098");
  CHECK(author.author.beam_semi_minor_arcmin == 6.5);
  CHECK(author.author.tsys_k == 28.0);
  CHECK(gateways[2].rules.max_age == Seconds{3600.0});
  CHECK(std::get<VtpBrokerOptions>(gateways[3].target).most_subscribers == 32);
  const auto& kafka = std::get<KafkaOptions>(gateways[4].target);
  CHECK(kafka.settings.at("security.protocol") == "sasl_ssl");
  CHECK(kafka.settings.at("sasl.oauthbearer.client.id") == "abc");
  CHECK(kafka.settings.at("sasl.oauthbearer.client.secret") == "d=e");
  CHECK(kafka.settings.size() == 4);
  CHECK(gateways[4].rules.known == KnownSources::exclude);
  REQUIRE(gateways[4].rules.known_sources.size() == 2);
  CHECK_FALSE(gateways[4].rules.known_sources[0].circle);
  CHECK(gateways[4].rules.known_sources[1].circle->radius_deg == 0.2);
  CHECK(gateways[4].rules.known_sources[1].dm_range == std::pair{540.0, 580.0});
  CHECK(gateways[4].rules.beams == std::set<int>{0, 1, 2});
  CHECK(gateways[4].patience.longest_wait == std::chrono::seconds{300});
  const auto& tns = std::get<TnsOptions>(gateways[5].target);
  CHECK(tns.folder == "tns-drafts");
  CHECK(tns.instrument_id == 3U);
}

TEST_CASE("what is wrong in a file of gateways is told with its place", "[app][gateways]") {
  struct Row {
    std::string text;
    const char* expected;
  };
  const Row rows[] = {
      {"", "expected a map"},
      {"gateway: []\n", "f:1: the file: unknown key 'gateway'; the nearest one is 'gateways'"},
      {"gateways: {}\n", "found no list"},
      {"gateways:\n  - name: a\n", "f:2: gateways[0]: found no kind"},
      {"gateways:\n  - {name: a, kind: webhok}\n", "gateways[0].kind: found 'webhok'"},
      {"gateways:\n  - 5\n", "found no kind"},
      {"gateways:\n  - {kind: webhook, url: 'http://x'}\n", "found no 'name'"},
      {"gateways:\n  - {name: a, kind: webhook}\n", "found neither url nor url_file"},
      {"gateways:\n  - {name: a, kind: webhook, url: 'ftp://x'}\n",
       "f:2: gateways[0]: url: found one that is not of HTTP"},
      {"gateways:\n  - {name: 'a b', kind: webhook, url: 'http://x'}\n",
       "gateways[0].name: found 'a b', expected 1 to 32 letters, digits, - and _"},
      {"gateways:\n  - {name: a/b, kind: webhook, url: 'http://x'}\n", "gateways[0].name"},
      {one("") + "  - {name: a, kind: webhook, url: 'http://x'}\n", "found 'a' again"},
      {one("urk: x"), "unknown key 'urk'; the nearest one is 'url'"},
      {one("url: y"), "found again"},
      {one("body: xml"), "gateways[0].body: found 'xml'"},
      {one("rules: 7"), "gateways[0].rules: found '7', expected a map"},
      {one("rules: {min_snt: 7}"), "unknown key 'min_snt'; the nearest one is 'min_snr'"},
      {one("rules: {min_snr: x}"), "gateways[0].rules.min_snr: found 'x'"},
      {one("rules: {min_probability: 1.5}"), "min_probability: found '1.5'"},
      {one("rules: {labels: [pulsar]}"), "found 'pulsar'"},
      {one("rules: {quiet_hours_utc: '22-06'}"), "found '22-06', expected HH:MM-HH:MM"},
      {one("rules: {quiet_hours_utc: '22:00-24:00'}"), "expected HH:MM-HH:MM"},
      {one("rules: {quiet_hours_utc: '22:00'}"), "expected HH:MM-HH:MM"},
      {one("rules: {quiet_hours_utc: '08:00-08:00'}"), "two different times"},
      {one("rules: {max_per_hour: 0}"), "max_per_hour: found '0'"},
      {one("rules: {known: only}"), "found no known_sources"},
      {one("rules: {known: some}"), "found 'some'"},
      {one("rules: {known_sources: [{ra_deg: 1}]}"), "known_sources[0]: found no 'name'"},
      {one("rules: {known_sources: [{name: x}]}"), "found a name alone"},
      {one("rules: {known_sources: [{name: x, ra_deg: 1, dec_deg: 2}]}"), "all three or none"},
      {one("rules: {known_sources: 3}"), "found no list"},
      {one("secret_file: /nowhere/x"), "/nowhere/x: cannot be read: No such file"},
      {one("url_file: /nowhere/x"), "found url and url_file"},
      {"gateways:\n  - {name: a, kind: kafka, brokers: '', topic: y}\n", "expected HOST:PORT"},
      {"gateways:\n  - {name: a, kind: kafka, brokers: x, topic: 'a b'}\n", "found 'a b'"},
      {"gateways:\n  - {name: a, kind: kafka, brokers: x, topic: ''}\n", "1 to 249 letters"},
      {"gateways:\n  - {name: a, kind: tns, folder: '', reporter: x}\n", "expected a folder"},
      {"gateways:\n  - {name: a, kind: tns, folder: x, reporter: ''}\n", "reporter: found ''"},
      {"gateways:\n  - {name: a, kind: kafka, brokers: x}\n", "found no 'topic'"},
      {"gateways:\n  - {name: a, kind: kafka, brokers: x, topic: y, settings: 3}\n",
       "found no map"},
      {"gateways:\n  - {name: a, kind: voevent, broker: 'a:1', ivorn: 'http://x/y'}\n",
       "expected ivo://AUTHORITY/STREAM"},
      {"gateways:\n  - {name: a, kind: voevent, broker: 'a:1', ivorn: 'ivo://x/y#z'}\n",
       "expected ivo://AUTHORITY/STREAM"},
      {"gateways:\n  - {name: a, kind: tns, folder: x}\n", "found no 'reporter'"},
      {"[", "found no YAML"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    try {
      (void)read_gateways(row.text, "f");
      FAIL("it was read");
    } catch (const std::runtime_error& error) {
      CHECK_THAT(error.what(), ContainsSubstring(row.expected));
      CHECK_THAT(error.what(), !ContainsSubstring("every topic"));  // names of gateways are not
    }
  }
}

TEST_CASE("secrets are for their owner alone, and are not repeated", "[app][gateways]") {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("secret");
  using std::filesystem::perms;
  write_secret(file, "swordfish", perms::owner_read | perms::group_read);
  CHECK_THROWS_WITH(read_gateways(one("secret_file: " + file), "f"),
                    ContainsSubstring("expected 0600") && !ContainsSubstring("swordfish"));
  std::filesystem::remove(file);
  write_secret(file, " \n");
  CHECK_THROWS_WITH(read_gateways(one("secret_file: " + file), "f"),
                    ContainsSubstring("expected a secret"));
  std::filesystem::remove(file);
  write_secret(file, "swordfish");  // no NAME=VALUE
  CHECK_THROWS_WITH(
      read_gateways("gateways:\n  - {name: a, kind: kafka, brokers: x, topic: y, settings_file: '" +
                        file + "'}\n",
                    "f"),
      ContainsSubstring("secret:1") && !ContainsSubstring("swordfish"));
}
