// Keys from their making to events that only some hear. Runs the real executable.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::Program;
using test::run_draftstream;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// 16 s of 64 channels with two bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "16",
                                       "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=480,t=13,width_ms=8,snr=20"}};
  return sky.path();
}

// Keys of a server, of whom it lets in, and of whom it does not.
class KeyFolder {
 public:
  KeyFolder() {
    fs::create_directory(allow());
    for (const char* name : {"server", "alice", "bob"}) {
      REQUIRE(run_draftstream({"keys", name, "-o", folder_.path()}).status == 0);
    }
    list("alice");
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::string allow() const { return folder_.file("clients"); }
  void list(const std::string& name) const {
    fs::copy_file(file(name + ".pub"), allow() + "/" + name + ".pub");
  }
  void strike(const std::string& name) const { fs::remove(allow() + "/" + name + ".pub"); }

  /// Options of who publishes.
  [[nodiscard]] std::vector<std::string> of_server() const {
    return {"--curve-key", file("server.key"), "--allow", allow()};
  }
  /// Arguments of who listens.
  [[nodiscard]] std::vector<std::string> subscribe(const std::string& endpoint,
                                                   const std::string& name,
                                                   const std::string& server = "server") const {
    return {
        "subscribe",           endpoint,       "--since",           "0",          "--server-key",
        file(server + ".pub"), "--client-key", file(name + ".key"), "--until-end"};
  }

 private:
  TemporaryFolder folder_;
};

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("keys are made once, and shown", "[app][keys][e2e]") {
  const TemporaryFolder folder;
  const auto made = run_draftstream({"keys", "fast-19", "-o", folder.path()});
  CHECK(made.status == 0);
  const auto shown = run_draftstream({"keys", "--show", folder.file("fast-19.pub")});
  CHECK(shown.status == 0);
  CHECK(shown.out.size() == 41);
  CHECK_THAT(made.out, ContainsSubstring(shown.out));
  CHECK(run_draftstream({"keys", "--show", folder.file("fast-19.key")}).out == shown.out);
  const auto again = run_draftstream({"keys", "fast-19", "-o", folder.path()});
  CHECK(again.status == 78);
  CHECK_THAT(again.err, ContainsSubstring("fast-19.key: found a file, expected none"));
  CHECK(run_draftstream({"keys", "--show", folder.file("fast-19.pub")}).out == shown.out);
}

TEST_CASE("arguments about keys that cannot be meant are refused", "[app][keys][e2e]") {
  const KeyFolder keys;
  const TemporaryFolder out;
  fs::copy_file(keys.file("server.key"), out.file("open.key"));
  REQUIRE(::chmod(out.file("open.key").c_str(), 0644) == 0);
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string sentence;
  };
  const auto replay = [&](const std::vector<std::string>& more) {
    return with({"replay", sky(), "-o", out.file("o"), "--publish", "tcp://127.0.0.1:*",
                 "--no-networks", "--quiet"},
                more);
  };
  const std::vector<std::string> listen{"subscribe", "tcp://127.0.0.1:5"};
  const std::vector<Row> rows{
      {{"keys"}, 2, "keys: found neither, expected NAME or --show FILE"},
      {{"keys", "a", "--show", keys.file("alice.pub")}, 2, "keys: found both"},
      {{"keys", "../a"}, 2, "keys: found '../a', expected a NAME"},
      {{"keys", "a", "-o", out.file("none")}, 1, "none/a.key: cannot be opened for writing"},
      {{"keys", "--show", out.file("none")}, 66, "none: cannot be read"},
      {{"keys", "--show", sky()}, 65, "found "},
      {replay({"--curve-key", keys.file("server.key")}), 78,
       "publish.curve_key: found '" + keys.file("server.key") + "' and no publish.allow"},
      {replay({"--allow", keys.allow()}), 78, "and no publish.curve_key, expected both"},
      {replay({"--curve-key", out.file("open.key"), "--allow", keys.allow()}), 78,
       "open.key: found mode 0644, expected 0600"},
      {replay({"--curve-key", keys.file("server.pub"), "--allow", keys.allow()}), 78,
       "server.pub: found mode 0644"},
      {replay({"--curve-key", keys.file("server.key"), "--allow", out.file("none")}), 66,
       "none: cannot be read"},
      {with(listen, {"--server-key", keys.file("server.pub")}), 2,
       "found one of --server-key and --client-key, expected both"},
      {with(listen, {"--server-key", keys.file("server.pub"), "--client-key", out.file("none")}),
       66, "none: cannot be read"},
      {with(listen,
            {"--server-key", keys.file("server.pub"), "--client-key", out.file("open.key")}),
       78, "open.key: found mode 0644"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.arguments);
    const auto result = run_draftstream(row.arguments);
    CHECK(result.status == row.status);
    CHECK_THAT(result.err, ContainsSubstring(row.sentence));
  }
}

TEST_CASE("who is listed hears a replay; others are told why they do not", "[app][keys][e2e]") {
  const KeyFolder keys;
  const TemporaryFolder folder;
  // Any address, which without keys would be refused.
  Program replay{test::program_path(),
                 with(test::replay_arguments(sky(), folder.file("out"),
                                             {"--publish", "tcp://0.0.0.0:*", "--no-networks",
                                              "--wait-subscribers", "1"}),
                      keys.of_server())};
  const std::string bound = replay.wait_for("publishing on tcp://0.0.0.0");
  REQUIRE_FALSE(bound.empty());
  const std::string endpoint = "tcp://127.0.0.1" + bound;

  const auto unlisted = run_draftstream(keys.subscribe(endpoint, "bob"));
  CHECK(unlisted.status == 78);
  const std::string public_key = run_draftstream({"keys", "--show", keys.file("bob.pub")}).out;
  const std::string bob = public_key.substr(0, 40);
  CHECK_THAT(unlisted.err,
             ContainsSubstring(endpoint + ": the publisher does not list our public key, " + bob));
  CHECK_THAT(replay.wait_for("refused a connection from 127.0.0.1: key "),
             ContainsSubstring(bob + " is not listed"));
  const auto plain = run_draftstream({"subscribe", endpoint, "--since", "0"});
  CHECK(plain.status == 78);
  CHECK_THAT(plain.err, ContainsSubstring("wants keys"));
  const auto mistaken =
      run_draftstream(with(keys.subscribe(endpoint, "alice", "bob"), {"--wait", "3"}));
  CHECK(mistaken.status == 75);
  CHECK_THAT(mistaken.err, ContainsSubstring("heard no publisher within 3 s") &&
                               ContainsSubstring("its key is not that of --server-key"));
  CHECK(unlisted.out + plain.out + mistaken.out == "");

  const auto listed = run_draftstream(with(keys.subscribe(endpoint, "alice"), {"--json"}));
  CAPTURE(listed.err);
  CHECK(listed.status == 0);
  CHECK(replay.wait().status == 0);
  CHECK(listed.out == content(folder.file("out/candidates.jsonl")));
  CHECK(test::lines(listed.out).size() >= 2);
  const auto summary = nlohmann::json::parse(content(folder.file("out/summary.json")));
  CHECK(summary.at("topic").at("refused_keys") >= 1);
}

TEST_CASE("SIGHUP lets a new key in, and cuts one that is taken out", "[app][keys][e2e]") {
  const KeyFolder keys;
  const TemporaryFolder folder;
  Program live{test::program_path(),
               with({"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600",
                     "--publish", "tcp://127.0.0.1:*", "--no-networks"},
                    keys.of_server())};
  CHECK_THAT(live.wait_for("clients: "), ContainsSubstring("1 key may listen"));
  const std::string endpoint = live.wait_for("publishing on ");
  const std::string address = live.wait_for("listening on ");
  REQUIRE(run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
  REQUIRE_FALSE(live.wait_for("results are in ").empty());

  CHECK(run_draftstream(keys.subscribe(endpoint, "bob")).status == 78);
  keys.list("bob");
  live.signal(SIGHUP);
  CHECK(live.wait_for("SIGHUP: publish.allow: ") == "2 keys, 1 of them new, 0 taken out");
  Program bob{test::program_path(), keys.subscribe(endpoint, "bob")};
  Program alice{test::program_path(), keys.subscribe(endpoint, "alice")};
  REQUIRE_FALSE(bob.wait_for("S/N ").empty());
  REQUIRE_FALSE(alice.wait_for("S/N ").empty());

  test::write_file(keys.allow() + "/bob.pub", "nothing");
  live.signal(SIGHUP);
  CHECK_THAT(live.wait_for("nothing was changed: "), ContainsSubstring("bob.pub: found no"));
  keys.strike("bob");
  live.signal(SIGHUP);
  CHECK(live.wait_for("publish.allow: 1 key, ") ==
        "0 of them new, 1 taken out; all connections begin anew");
  const auto cut = bob.wait();
  CHECK(cut.status == 78);
  CHECK_THAT(cut.err, ContainsSubstring("does not list our public key"));

  REQUIRE(run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
  REQUIRE_FALSE(live.wait_for("results are in " + folder.file("out/obs")).empty());
  live.signal(SIGTERM);
  CHECK(live.wait().status == 143);
  const auto stayed = alice.wait();
  CAPTURE(stayed.err);
  CHECK(stayed.status == 0);  // nothing was lost
  const auto events = test::lines(content(folder.file("out/candidates.jsonl"))).size() +
                      test::lines(content(folder.file("out/obs_0002/candidates.jsonl"))).size();
  CHECK(test::lines(stayed.out).size() == events);
}
