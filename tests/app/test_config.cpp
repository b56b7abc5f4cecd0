// The table of options, as YAML.
#include <set>
#include <string>
#include <utility>

#include "app/config.hpp"
#include "ingest/errors.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;

namespace {

Settings read(const std::string& text) {
  Settings settings;
  read_config(text, "a.yaml", settings);
  return settings;
}

// A value other than the default for each option that this version lets one change.
const std::pair<const char*, const char*> other_values[] = {
    {"dm_pc_cm3", "\"12.5:475.25\""},
    {"dm_tolerance", "1.1"},
    {"octave_shift", "3"},
    {"engine", "direct"},
    {"threshold_snr", "6.5"},
    {"widths_ms", "33.3"},
    {"max_frac_missing", "0.25"},
    {"max_candidates_per_s", "5"},
    {"backend", "cpu"},
    {"threads", "3"},
    {"networks", "false"},
    {"detector", "d.pt"},
    {"classifier", "c.pt"},
    {"device", "cuda"},
    {"precision", "half"},
    {"most_a_block", "12"},
    {"patience_ms", "250"},
    {"block_s", "0.7"},
    {"zero_dm", "plain"},
    {"flag_channels", "false"},
    {"flag_kurtosis", "true"},
    {"flag_iqrm", "true"},
    {"flag_periodic", "true"},
    {"impulse_sigma", "0"},
    {"cutouts", "false"},
    {"gateways", "world.yaml"},
    {"gateways_linger_ms", "250"},
    {"mask", "\"my mask: #1.txt\""},
    {"files", "[\"3:a.fil\", \"12:b:c.fil\"]"},
    {"max_beams", "7"},
    {"contrast", "2.5"},
    {"time_window_ms", "3.3"},
    {"dm_window_pc_cm3", "12.5"},
    {"chunk_samples", "777"},
    {"speed", "2.5"},
    {"endpoints", "[\"tcp://127.0.0.1:5555\", \"ipc:///tmp/x\"]"},
    {"site", "FAST"},
    {"instrument", "L-19"},
    {"instance", "7"},
    {"send_hwm", "5"},
    {"queue", "6"},
    {"linger_ms", "7"},
    {"heartbeat_ms", "100"},
    {"replay_batch", "9"},
    {"wait_subscribers", "2"},
    {"attach_cutouts", "true"},
    {"insecure_bind", "true"},
    {"curve_key", "\"my: server.key\""},
    {"allow", "clients"},
    {"keep_days", "2.5"},
    {"keep_gb", "0.25"},
    {"every_s", "600"},
    {"snr_range", "\"8:12.5\""},
    {"width_range_ms", "\"0.5:3.3\""},
    {"seed", "17"},
    {"above_snr", "9.5"},
    {"above_probability", "0.75"},
    {"pad_s", "0.25"},
    {"keep_s", "30"},
    {"most_waiting", "4"},
    {"most_gb", "0.5"},
    {"control", "ipc:///run/draftstream/north/control"},
    {"drain_s", "90"},
    {"http", "\"127.0.0.1:8080\""},
    {"http_token", "page.token"},
    {"prompt_alerts", "false"},
    {"shed", "[octave, octave, blocks]"},
    {"longest_lag_s", "2.5"},
    {"begin_frac", "0.5"},
    {"recover_frac", "0.25"},
    {"folder", "\"null\""},
    {"plots", "candidates"},
    {"plot_format", "svg"},
    {"most_plots_per_block", "7"},
    {"plots_waiting_mb", "12"},
    {"plots_end_s", "1.5"},
    {"formats", "[presto, \"fetch,votable\"]"},
    {"log_chunks", "true"},
    {"quiet", "true"},
    {"json", "true"},
};

}  // namespace

TEST_CASE("the dump of the defaults reads back as the defaults", "[app][config]") {
  const std::string dump = dump_config({});
  CHECK(dump_config(read(dump)) == dump);
  CHECK(dump_config(read("")) == dump);
  CHECK(dump_config(read("# nothing\n")) == dump);
  for (const Option& option : options()) {
    CAPTURE(option.key);
    CHECK_FALSE(option.help.empty());
    CHECK_THAT(dump, ContainsSubstring("  # " + std::string{option.help}));
  }
}

TEST_CASE("every option can be set, and its dump reads back", "[app][config]") {
  std::set<std::string> tried;
  for (const auto& [key, value] : other_values) {
    CAPTURE(key, value);
    const Option* option = nullptr;
    for (const Option& one : options()) {
      if (one.key == key) option = &one;
    }
    REQUIRE(option != nullptr);
    tried.insert(key);
    const Settings changed =
        read(std::string{option->section} + ":\n  " + key + ": " + value + "\n");
    CHECK(option->show(changed) != option->show({}));
    CHECK(dump_config(read(dump_config(changed))) == dump_config(changed));
  }
  // Those left have one value only, in this version.
  for (const Option& option : options()) {
    if (tried.count(std::string{option.key}) != 0) continue;
    CAPTURE(option.key);
    CHECK(option.key == "resume");
  }
}

TEST_CASE("values reach the place they are for", "[app][config]") {
  const Settings settings = read(
      "search:\n  dm_pc_cm3: 10:20\n  threshold_snr: 8\n  widths_ms: 50\n  threads: 2\n"
      "condition: {zero_dm: off, block_s: 1.5, impulse_sigma: 3}\n"
      "beams: {files: [\"3:a.fil\", \"12:b:c.fil\"], max_beams: 7, contrast: 2, time_window_ms: "
      "3,\n"
      "        dm_window_pc_cm3: 12}\n"
      "replay: {chunk_samples: 512, speed: 3}\n"
      "publish: {endpoints: tcp://127.0.0.1:7, site: parkes, wait_subscribers: 4}\n");
  CHECK(settings.search.dm_min.value() == 10.0);
  CHECK(settings.search.dm_max.value() == 20.0);
  CHECK(settings.search.threshold_snr == 8.0);
  CHECK(settings.search.widest->value() == 0.05);
  CHECK(settings.search.threads == 2);
  CHECK(settings.search.condition.zero_dm == ZeroDm::off);
  CHECK(settings.search.condition.block.value() == 1.5);
  CHECK(settings.search.condition.impulse_sigma == 3.0);
  REQUIRE(settings.beam_files.size() == 2);
  CHECK(settings.beam_files[0].beam == 3);
  CHECK(settings.beam_files[0].path == "a.fil");
  CHECK(settings.beam_files[1].beam == 12);
  CHECK(settings.beam_files[1].path == "b:c.fil");
  CHECK(settings.beams.max_beams == 7);
  CHECK(settings.beams.contrast == 2.0);
  CHECK(settings.beams.time_window.value() == 3e-3);
  CHECK(settings.beams.dm_window.value() == 12.0);
  CHECK(settings.chunk_samples == 512u);
  CHECK(settings.speed == 3.0);
  CHECK(settings.topic.endpoints == std::vector<std::string>{"tcp://127.0.0.1:7"});
  CHECK(settings.site == "parkes");
  CHECK(settings.wait_subscribers == 4);
}

TEST_CASE("widths read back exactly from their milliseconds", "[app][config][property]") {
  for (int i = 1; i <= 3000; ++i) {
    const std::string text =
        "search: {widths_ms: " + std::to_string(i) + "." + std::to_string(i * 7919 % 1000) + "}";
    CAPTURE(text);
    const Settings settings = read(text);
    CHECK(read(dump_config(settings)).search.widest == settings.search.widest);
  }
}

TEST_CASE("a wrong configuration says line, key, found and expected", "[app][config]") {
  struct Row {
    const char* fault;
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"misspelt key", "search:\n  treshold_snr: 7\n",
       "a.yaml:2: unknown key 'treshold_snr' in section 'search'; the nearest one is "
       "'threshold_snr'"},
      {"misspelt section", "serach:\n  threshold_snr: 7\n",
       "a.yaml:1: unknown section 'serach'; the nearest one is section 'search'"},
      {"key without section", "threshold_snr: 7\n",
       "a.yaml:1: unknown section 'threshold_snr'; the nearest one is 'threshold_snr' in section "
       "'search'"},
      {"key in another section", "replay:\n\n  threshold_snr: 7\n",
       "a.yaml:3: unknown key 'threshold_snr' in section 'replay'; the nearest one is "
       "'threshold_snr' in section 'search'"},
      {"called like the argument", "search: {dm: 0:10}\n", "the nearest one is 'dm_pc_cm3'"},
      {"called like the argument, elsewhere", "publish: {publish: x}\n",
       "the nearest one is 'endpoints'"},
      {"not a number", "search:\n  dm_tolerance: 1.2\n  threshold_snr: high\n",
       "a.yaml:3: search.threshold_snr: found 'high', expected a number from 3 to 1000000"},
      {"out of range", "search: {threshold_snr: 1}\n",
       "a.yaml:1: search.threshold_snr: found '1', expected a number from 3"},
      {"nothing", "search:\n  threshold_snr:\n",
       "search.threshold_snr: found nothing, expected a value"},
      {"a list", "search:\n  threshold_snr: [7]\n",
       "search.threshold_snr: found a list, expected a value"},
      {"a map in a list", "publish:\n  endpoints: [{a: b}]\n",
       "publish.endpoints: found a map, expected a value"},
      {"minimum above maximum", "search: {dm_pc_cm3: 10:5}\n",
       "search.dm_pc_cm3: found '10:5', expected the smaller one first"},
      {"twice", "search:\n  threads: 1\n  threads: 2\n",
       "a.yaml:3: search.threads: found again, expected each key once"},
      {"section twice", "search: {threads: 1}\nsearch: {threads: 2}\n",
       "a.yaml:2: search: found again, expected each section once"},
      {"section without keys", "search: 7\n", "a.yaml:1: search: found '7', expected a map"},
      {"not a map", "- search\n", "a.yaml:1: found no map, expected sections"},
      {"no YAML", "search: {threads: 1\n", "found no YAML ("},
      {"two documents", "search: {threads: 1}\n---\nsearch: {threads: 2}\n",
       "found more after the first document, expected one"},
      {"no such back end", "search: {backend: gpu}\n",
       "search.backend: found 'gpu', expected auto, cpu or cuda"},
      {"no such plots", "output: {plots: some}\n", "expected none, candidates or all"},
      {"no resume yet", "replay: {resume: true}\n", "this version cannot resume"},
      {"site", "publish: {site: a.b}\n", "publish.site: found 'a.b', expected 1 to 32 letters"},
      {"control characters", "\"sea\\nrch\": {}\n", "unknown section 'sea\\x0arch'"},
  }));
  INFO(row.fault);
  CHECK_THROWS_AS(read(row.text), ConfigError);
  CHECK_THROWS_WITH(read(row.text), ContainsSubstring(row.message));
}

TEST_CASE("a wrong configuration changes nothing", "[app][config]") {
  Settings settings;
  CHECK_THROWS_AS(read_config("search: {threads: 5, threshold_snr: x}", "a.yaml", settings),
                  ConfigError);
  CHECK(dump_config(settings) == dump_config({}));
}

TEST_CASE("every prefix of a configuration is read or refused", "[app][config][property]") {
  const std::string dump = dump_config({});
  for (std::size_t length = 0; length <= dump.size(); ++length) {
    try {
      read(dump.substr(0, length));
    } catch (const ConfigError& error) {
      CAPTURE(length);
      CHECK_THAT(error.what(), ContainsSubstring("a.yaml"));
    }
  }
}

TEST_CASE("deep and long texts are refused", "[app][config]") {
  CHECK_THROWS_AS(read(std::string(100000, '[')), ConfigError);
  CHECK_THROWS_WITH(read(std::string(std::size_t{1} << 21, ' ')),
                    ContainsSubstring("expected a configuration of at most 1048576"));
}

TEST_CASE("a configuration file that is not there is missing input", "[app][config]") {
  Settings settings;
  CHECK_THROWS_AS(read_config_file("/nowhere/a.yaml", settings), MissingInput);
  CHECK_THROWS_WITH(read_config_file("/", settings), ContainsSubstring("/: cannot be read"));
}
