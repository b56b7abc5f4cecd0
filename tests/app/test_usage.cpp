// What the program answers to wrong arguments; help and versions. Runs the real executable.
#include <string>
#include <vector>

#include "app/config.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using draftstream::test::lines;
using draftstream::test::run_draftstream;
using draftstream::test::TemporaryFolder;
using draftstream::test::write_file;

TEST_CASE("a bad argument names itself", "[app][usage][e2e]") {
  struct Row {
    std::vector<std::string> arguments;
    int status;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {{}, 2, "found no command, expected one of inspect, plan, replay,"},
      {{"repaly", "a.fil"}, 2, "unknown command 'repaly'; the nearest one is replay"},
      {{"--versoin"}, 2, "unknown option '--versoin'; the nearest one is --version"},
      {{"replay"}, 2, "replay: found no recording, expected FILE... or --beam N:FILE"},
      {{"replay", "a.fil", "--treshold", "7"},
       2,
       "unknown option '--treshold'; the nearest one is --threshold"},
      {{"replay", "a.fil", "--treshold=7"},
       2,
       "unknown option '--treshold'; the nearest one is --threshold"},
      {{"replay", "--treshold", "7"}, 2, "unknown option '--treshold'"},
      {{"replay", "a.fil", "--threshold"}, 2, "--threshold"},
      {{"replay", "a.fil", "--threshold", "high"},
       2,
       "--threshold: found 'high', expected a number from 3"},
      {{"replay", "a.fil", "--threshold", "7", "--threshold", "8"}, 2, "--threshold"},
      {{"replay", "a.fil", "--dm", "1000"}, 2, "--dm: found '1000', expected two numbers"},
      {{"replay", "a.fil", "--dm", "10:5"},
       2,
       "--dm: found '10:5', expected the smaller one first"},
      {{"replay", "a.fil", "--widths-ms", "0"}, 2, "--widths-ms: found '0'"},
      {{"replay", "a.fil", "--backend", "gpu"},
       2,
       "--backend: found 'gpu', expected auto, cpu or cuda"},
      {{"replay", "a.fil", "--threads", "-1"}, 2, "--threads"},
      {{"replay", "a.fil", "--chunk-samples", "0"}, 2, "--chunk-samples: found '0'"},
      {{"replay", "a.fil", "--zero-dm", "maybe"},
       2,
       "--zero-dm: found 'maybe', expected off, plain or zdot"},
      {{"replay", "a.fil", "--plots", "some"},
       2,
       "--plots: found 'some', expected none, candidates or all"},
      {{"replay", "a.fil", "--speed", "0"}, 2, "--speed: found '0'"},
      {{"replay", "a.fil", "--resume"},
       2,
       "--resume: found 'true', expected false (this version cannot"},
      {{"replay", "a.fil", "--site", "a b"}, 2, "--site: found 'a b'"},
      {{"replay", "a.fil", "--config", "/nowhere.yaml"}, 66, "/nowhere.yaml: cannot be read"},
      {{"replay", "/nowhere.fil"}, 66, "/nowhere.fil"},
      {{"inspect"}, 2, "FILE is required"},
      {{"inspect", "/nowhere.fil"}, 66, "/nowhere.fil"},
      {{"plan"}, 2, "plan: without a FILE, --band, --nchans and --tsamp are required"},
      {{"plan", "--band", "1500:1200", "--nchans", "64"}, 2, "--tsamp are required"},
      {{"plan", "--band", "1200:1500", "--nchans", "64", "--tsamp", "1e-3"},
       2,
       "--band: band: found 1200:1500 MHz, expected TOP above BOTTOM above 0"},
      {{"plan", "--band", "1500:1200", "--nchans", "65537", "--tsamp", "1e-3"},
       2,
       "--nchans: found '65537', expected a whole number from 1 to 65535"},
      {{"plan", "--band", "1500:1200", "--nchans", "64", "--tsamp", "0"}, 2, "--tsamp: found '0'"},
      {{"plan", "a.fil", "--nbits", "8"},
       2,
       "plan: found FILE and one of --band, --nchans, --tsamp, --nbits, expected either"},
      {{"plan", "a.fil", "--dm", "10:5"}, 2, "--dm: found '10:5', expected the smaller one first"},
      {{"plan", "a.fil", "--dm-tolerance", "1"}, 2, "--dm-tolerance: found '1', expected a number"},
      {{"plan", "a.fil", "--octave-shift", "11"}, 2, "--octave-shift: found '11'"},
      {{"plan", "--band", "1500:1200", "--nchans", "64", "--tsamp", "1e-8", "--dm", "0:100000"},
       2,
       "plan: DM range 0:100000 pc cm^-3"},
      {{"plan", "/nowhere.fil"}, 66, "/nowhere.fil"},
      {{"subscribe"}, 2, "ENDPOINT is required"},
      {{"subscribe", "tcp://127.0.0.1:5", "--since", "x"}, 2, "--since: found 'x'"},
      {{"subscribe", "nonsense"}, 2, "nonsense"},
      {{"subscribe", "tcp://127.0.0.1:5", "extra"},
       2,
       "subscribe: found the argument 'extra', expected none"},
      {{"simulate"}, 2, "OUT is required"},
      {{"simulate", "a.xyz", "--duration", "1"}, 2, "a.xyz"},
      {{"simulate", "a.fil", "--burst", "dm=abc,t=1"}, 2, "--burst"},
      {{"simulate", "a.fil", "--rfi", "martians"}, 2, "--rfi"},
      {{"simulate", "a.fil", "--nbits", "7"}, 2, "bits"},
      {{"simulate", "a.fil", "--band", "1200:1500"}, 2, "band"},
      {{"simulate", "a.fil", "--burst", "dm=1,t=1", "--background", "/nowhere.fil"},
       66,
       "/nowhere.fil"},
      {{"simulate", "a.fil", "--background", "/nowhere.fil"},
       2,
       "background: found no burst to be added to it, expected one at least"},
      {{"simulate", "a.fil", "--bursts", "1", "--background", "b.fil", "--nbits", "8"},
       2,
       "found --background and --nbits, expected only --burst, --bursts and --seed"},
      {{"simulate", "a.fil", "--bursts", "1", "--background", "b.fil", "--rfi", "storm"},
       2,
       "found --background and --rfi"},
      {{"simulate", "a.fil", "--bursts", "1", "--background"}, 2, "--background"},
      {{"evaluate", "a.csv"}, 2, "TRUTH is required"},
      {{"evaluate"}, 2, "CANDIDATES is required, or --model"},
      {{"evaluate", "a.csv", "b.json", "--scenes", "3"}, 2, "found --scenes without --model"},
      {{"evaluate", "a.csv", "b.json", "--model"}, 2, "expected one of the two uses"},
      {{"evaluate", "--model", "--detector", "a.pt"}, 2, "expected --detector and --classifier"},
      {{"evaluate", "--model", "--detector", "/nowhere.pt", "--classifier", "/nowhere.pt"},
       66,
       "/nowhere.pt"},
      {{"evaluate", "/nowhere.csv", "/nowhere.json"}, 66, "/nowhere"},
      {{"config"}, 2, "expected --dump"},
  }));
  const TemporaryFolder folder;
  CAPTURE(row.arguments);
  const auto result = run_draftstream(row.arguments, folder.path());
  CAPTURE(result.err, result.out);
  CHECK(result.status == row.status);
  REQUIRE_FALSE(lines(result.err).empty());
  const auto last = lines(result.err).back();
  CHECK(last.rfind("draftstream: ", 0) == 0);
  CHECK_THAT(last, ContainsSubstring(row.message));
  CHECK(result.out.empty());
}

TEST_CASE("help and version are everywhere", "[app][usage][e2e]") {
  const std::string command = GENERATE("", "inspect", "plan", "replay", "simulate", "subscribe",
                                       "evaluate", "cutouts", "config", "control");
  std::vector<std::string> arguments;
  if (!command.empty()) arguments.push_back(command);
  CAPTURE(command);

  arguments.emplace_back("--help");
  const auto help = run_draftstream(arguments);
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  CHECK_THAT(help.out, ContainsSubstring("Usage: "));
  CHECK_THAT(help.out, ContainsSubstring("--version"));

  arguments.back() = "--version";
  const auto version = run_draftstream(arguments);
  CHECK(version.status == 0);
  CHECK(version.out.rfind("draftstream ", 0) == 0);
}

TEST_CASE("help tells of a flag what it does, not what its key does", "[app][usage][e2e]") {
  for (const draftstream::Option& option : draftstream::options()) {
    CAPTURE(option.flag);
    CHECK((option.flag_means == "false") == !option.flag_help.empty());
  }
  const auto help = run_draftstream({"replay", "--help"});
  CHECK_THAT(help.out, ContainsSubstring("Do not judge candidates by networks"));
  const auto dump = run_draftstream({"config", "--dump"});
  CHECK_THAT(dump.out, ContainsSubstring("# Judge candidates by networks"));
}

TEST_CASE("a wrong configuration file is status 78", "[app][usage][e2e]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.yaml");
  write_file(path, "search:\n  treshold_snr: 7\n");
  const auto result = run_draftstream({"replay", "a.fil", "--config", path});
  CHECK(result.status == 78);
  CHECK(result.err == "draftstream: " + path +
                          ":2: unknown key 'treshold_snr' in section 'search'; the nearest one is "
                          "'threshold_snr'\n");
  write_file(path, "output: {plots: some}\n");
  CHECK(run_draftstream({"config", "--dump", "--config", path}).status == 78);
}

TEST_CASE("arguments go before keys, keys before defaults", "[app][usage][e2e]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.yaml");
  write_file(
      path,
      "search: {threshold_snr: 9, dm_pc_cm3: 1:2}\npublish: {endpoints: [tcp://127.0.0.1:1]}\n");
  const auto result =
      run_draftstream({"config", "--dump", "--config", path, "--threshold", "11", "--no-networks",
                       "--publish", "tcp://127.0.0.1:2", "--publish", "tcp://127.0.0.1:3"});
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, ContainsSubstring("threshold_snr: 11\n"));
  CHECK_THAT(result.out, ContainsSubstring("dm_pc_cm3: \"1:2\"\n"));
  CHECK_THAT(result.out, ContainsSubstring("networks: false\n"));
  CHECK_THAT(result.out, ContainsSubstring("zero_dm: zdot\n"));
  CHECK_THAT(result.out, ContainsSubstring("endpoints:\n    - \"tcp://127.0.0.1:2\"\n    - "
                                           "\"tcp://127.0.0.1:3\"\n  #"));
  // And what is dumped is a configuration.
  write_file(path, result.out);
  CHECK(run_draftstream({"config", "--dump", "--config", path}).out == result.out);
}
