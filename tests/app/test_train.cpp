// draftstream train, from nothing to networks that a search takes. Runs the real executable; the
// scenes are few, and what is learnt of them is nothing.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/model_files.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"

using namespace draftstream;
using test::content;
using test::run_draftstream;
using test::TemporaryFolder;

namespace {

// Scene 34 validates; it holds a burst that is found, and a candidate that is none.
const std::vector<std::string> few_scenes{"--seed", "30", "--scenes", "8", "--threads", "1"};
const std::vector<std::string> short_fit{"--epochs", "1", "--batch", "4", "--tag", "tried"};

std::vector<std::string> join(std::vector<std::string> first,
                              const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

test::ProgramResult train(const std::vector<std::string>& arguments) {
  return run_draftstream(join({"train"}, arguments));
}

// One for all tests.
const std::string& examples() {
  static const TemporaryFolder folder;
  static const std::string file = [] {
    const auto result = train(join({"examples", folder.file("set.h5")}, few_scenes));
    INFO(result.err);
    REQUIRE(result.status == 0);
    return folder.file("set.h5");
  }();
  return file;
}

std::string rows(const std::string& store) {
  const std::string text = run_draftstream({"cutouts", "list", store, "--json"}).out;
  return nlohmann::json::parse(text)["cutouts"].dump();
}

std::string noise(const TemporaryFolder& folder, const std::string& duration) {
  const std::string file = folder.file("noise" + duration + ".fil");
  const auto made = run_draftstream({"simulate", file, "--nchans", "64", "--tsamp", "1e-3",
                                     "--duration", duration, "--rfi", "impulses", "--quiet"});
  REQUIRE(made.status == 0);
  return file;
}

void check_taken(const std::string& detector, const std::string& classifier) {
  const TemporaryFolder folder;
  const std::string sky = noise(folder, "6");
  const auto searched =
      run_draftstream({"replay", sky, "-o", folder.file("out"), "--dm", "0:600", "--threshold", "6",
                       "--detector", detector, "--classifier", classifier});
  CAPTURE(searched.err);
  CHECK(searched.status == 0);
  CHECK_THAT(searched.err, ContainsSubstring("network draftstream-detector tried"));
  CHECK_THAT(searched.err, ContainsSubstring("network draftstream-classifier tried"));
}

}  // namespace

TEST_CASE("without LibTorch, training says so", "[app][train][e2e]") {
  const auto listed = run_draftstream({"--help"});
  CHECK_THAT(listed.out, ContainsSubstring("train"));
  if (!test::network_folder().empty()) return;
  const auto result = train({"examples", "/nowhere.h5"});
  CHECK(result.status == 78);
  CHECK_THAT(result.err, ContainsSubstring("expected a build with LibTorch"));
}

TEST_CASE("the program's own files are looked for around it", "[app][train][e2e]") {
  CHECK(std::filesystem::exists(model_file("detector_arch.pt")));
  CHECK(std::filesystem::exists(model_file("classifier_arch.pt")));
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("bin"));
  std::filesystem::copy_file(test::program_path(), folder.file("bin/draftstream"));
  const auto alone = test::run_program(folder.file("bin/draftstream"), {"train", "--help"});
  CAPTURE(alone.err);
  CHECK(alone.status == 78);
  CHECK_THAT(alone.err, ContainsSubstring("train: found no program " + folder.file("lib")));
  CHECK_THAT(alone.err, ContainsSubstring("/draftstream/draftstream-networks, expected a build"));
}

TEST_CASE("cards of the shipped networks tell of the files beside them", "[app][train]") {
  std::string fresh_scenes;
  for (const char* name : {"detector", "classifier"}) {
    CAPTURE(name);
    const std::filesystem::path network = model_file(std::string{name} + ".pt");
    const std::string card = content(std::filesystem::path{network}.replace_extension(".md"));
    const std::string before = "`weights_sha256` ";
    const std::size_t place = card.find(before);
    REQUIRE(place != std::string::npos);
    const std::string hash = card.substr(place + before.size(), 64);
    // The metadata lie in the file as they are.
    CHECK(content(network).find("\"weights_sha256\": \"" + hash + "\"") != std::string::npos);
    // Both were measured together.
    const std::string measured = card.substr(card.find("## Fresh scenes"));
    CHECK((fresh_scenes.empty() || measured == fresh_scenes));
    fresh_scenes = measured;
  }
}

TEST_CASE("arguments of a training are refused by name", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string out = folder.file("out.pt");
  const std::string text = folder.file("text.pt");
  test::write_file(text, "not a network");
  const std::string short_noise = noise(folder, "0.5");
  struct Row {
    std::vector<std::string> arguments;
    int status;
    const char* message;
  };
  const Row refused[] = {
      {{}, 2, "train: found no command, expected one of both, examples"},
      {{"detectr"}, 2, "train: unknown command 'detectr'; the nearest one is detector"},
      {{"detector", "--epohcs", "3"}, 2, "the nearest one is --epochs"},
      {{"detector", "-o", out}, 2, "--examples is required"},
      {{"examples", folder.file("a.h5"), "--scenes", "0"}, 2, "--scenes: found '0'"},
      {{"detector", "-o", out, "--examples", examples(), "--epochs", "-1"},
       2,
       "--epochs: found '-1'"},
      {{"detector", "-o", out, "--examples", "/nowhere.h5"}, 66, "/nowhere.h5"},
      {{"detector", "-o", out, "--examples", examples(), "--architecture", text},
       65,
       "text.pt: found no network in TorchScript"},
      {{"detector", "-o", out, "--examples", examples(), "--batch", "64"},
       65,
       "expected at least a batch of 64 and one: more scenes"},
      {{"classifier", "-o", out, "--examples", examples(), "--batch", "4", "--detector",
        "/nowhere.pt"},
       66,
       "/nowhere.pt: is not there"},
      {{"detector", "-o", folder.file("nodir/c.pt"), "--examples", examples()},
       2,
       "nodir/c.pt: found no folder"},
      {{"detector", "-o", out, "--checkpoint", folder.file("nodir/c"), "--examples", examples()},
       2,
       "nodir/c: found no folder"},
      {{"detector", "-o", text, "--examples", examples()}, 2, "text.pt: found something there"},
      {{"examples", folder.file("a.h5"), "--background", "/nowhere.fil"}, 66, "/nowhere.fil"},
      {{"examples", folder.file("a.h5"), "--background", short_noise},
       65,
       "found 500 samples, expected at least 1024"},
  };
  for (const Row& row : refused) {
    CAPTURE(row.arguments);
    const auto result = train(row.arguments);
    CAPTURE(result.err);
    CHECK(result.status == row.status);
    CHECK_THAT(result.err, ContainsSubstring(row.message));
  }
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(content(text) == "not a network");
}

TEST_CASE("a training set is gone on with, and its help tells how", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const auto help = train({"both", "--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, ContainsSubstring("free of real bursts"));
  const TemporaryFolder folder;
  const std::string file = folder.file("set.h5");
  REQUIRE(train({"examples", file, "--seed", "30", "--scenes", "3", "--quiet"}).status == 0);
  const auto more = train(join({"examples", file}, few_scenes));
  CHECK(more.status == 0);
  CHECK(rows(file) == rows(examples()));
  const auto nothing = train(join({"examples", file}, few_scenes));
  CHECK_THAT(nothing.err, ContainsSubstring("0 scenes made"));
}

TEST_CASE("half of the scenes may be stretches of a recording", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("set.h5");
  const auto made =
      train(join({"examples", file, "--background", noise(folder, "20")}, few_scenes));
  CAPTURE(made.err);
  REQUIRE(made.status == 0);
  const auto all = nlohmann::json::parse(rows(file));
  std::size_t stretches = 0;
  for (const auto& row : all) stretches += row["file"] == "noise20.fil" ? 1 : 0;
  CHECK(stretches > 0);
  CHECK(stretches < all.size());
}

TEST_CASE("a network is fitted, and a search takes it", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string detector = folder.file("detector.pt");
  const std::string classifier = folder.file("classifier.pt");
  const auto first = train(
      join({"detector", "-o", detector, "--examples", examples(), "--threads", "1"}, short_fit));
  CAPTURE(first.err);
  REQUIRE(first.status == 0);
  const auto second = train(join({"classifier", "-o", classifier, "--examples", examples(),
                                  "--detector", detector, "--threads", "1"},
                                 short_fit));
  CAPTURE(second.err);
  REQUIRE(second.status == 0);
  CHECK_THAT(content(folder.file("classifier.md")), ContainsSubstring("tried"));
  CHECK_FALSE(std::filesystem::exists(detector + ".checkpoint"));
  // Given again it would be another network of the same name, which has to be asked for.
  const std::string fitted = content(classifier);
  const std::vector<std::string> again{"classifier", "-o",    classifier, "--examples", examples(),
                                       "--threads",  "1",     "--epochs", "0",          "--batch",
                                       "4",          "--tag", "tried"};
  const auto refused = train(again);
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, ContainsSubstring("classifier.pt: found something there"));
  CHECK(content(classifier) == fitted);
  CHECK(
      train(join(again, {"--anew", "--detector", detector, "--architecture", classifier})).status ==
      0);
  check_taken(detector, classifier);
}

TEST_CASE("a fit that was interrupted ends like one that was not", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const auto arguments = [&](const std::string& out) {
    return std::vector<std::string>{"train",      "classifier", "-o",        folder.file(out),
                                    "--epochs",   "40",         "--batch",   "4",
                                    "--patience", "40",         "--tag",     "tried",
                                    "--examples", examples(),   "--threads", "1"};
  };
  test::Program program{test::program_path(), arguments("a.pt")};
  REQUIRE_FALSE(program.wait_for("epoch 2: loss").empty());
  program.signal(SIGINT);
  const auto stopped = program.wait();
  CAPTURE(stopped.err);
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.err, ContainsSubstring("the same command goes on from here"));
  CHECK(std::filesystem::exists(folder.file("a.pt.checkpoint")));
  CHECK_FALSE(std::filesystem::exists(folder.file("a.pt")));

  const auto finished = run_draftstream(arguments("a.pt"));
  CAPTURE(finished.err);
  CHECK(finished.status == 0);
  CHECK_THAT(finished.err, ContainsSubstring("going on from"));
  CHECK_THAT(finished.err, !ContainsSubstring("epoch 2: loss"));
  REQUIRE(run_draftstream(arguments("b.pt")).status == 0);
  // Cards are the same but for the seconds.
  const auto figures = [&](const std::string& card) {
    const std::string text = content(folder.file(card));
    return text.substr(text.find("Recall by S/N"));
  };
  CHECK(figures("a.md") == figures("b.md"));
}

TEST_CASE("what is wrong with a plan may be put right", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string out = folder.file("networks");
  const std::vector<std::string> both{"both",   "-o", out,         "--rounds", "0",
                                      "--seed", "30", "--threads", "1"};
  // Nothing is begun with what is not there.
  for (const char* option : {"--background", "--detector", "--classifier"}) {
    CAPTURE(option);
    const auto absent = train(join(both, {option, "/nowhere"}));
    CHECK(absent.status == 66);
    CHECK_THAT(absent.err, ContainsSubstring("/nowhere"));
    CHECK_FALSE(std::filesystem::exists(out));
  }
  const auto few = train(join(join(both, {"--scenes", "2"}), short_fit));
  CHECK(few.status == 65);
  CHECK_THAT(few.err, ContainsSubstring("more scenes"));
  // No fit has begun: but for the scenes that are there all may be another.
  const auto fewer = train(join(join(both, {"--scenes", "1"}), short_fit));
  CHECK(fewer.status == 65);
  CHECK_THAT(fewer.err, ContainsSubstring("plan.json: scenes: found 2, expected 1 as asked for"));
  const auto enough = train(join(join(both, {"--scenes", "8", "--patience", "2"}), short_fit));
  CAPTURE(enough.err);
  CHECK(enough.status == 0);
  CHECK(rows(out + "/examples.h5") == rows(examples()));
}

TEST_CASE("one command makes two networks of nothing, and goes on", "[app][train][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string out = folder.file("networks");
  const auto both = join(join({"both", "-o", out, "--hard-scenes", "6"}, few_scenes), short_fit);
  const auto first = train(join(both, {"--rounds", "0"}));
  CAPTURE(first.err);
  REQUIRE(first.status == 0);
  check_taken(out + "/detector.pt", out + "/classifier.pt");
  const std::string before = content(out + "/detector.pt");

  const auto second = train(join(both, {"--rounds", "1"}));
  CAPTURE(second.err);
  REQUIRE(second.status == 0);
  CHECK_THAT(second.err, ContainsSubstring("round 1: detector: epoch 1"));
  CHECK_THAT(second.err, !ContainsSubstring("info: detector"));  // that fit is done
  CHECK(content(out + "/detector.pt") != before);
  CHECK(content(out + "/detector.pt") == content(out + "/round_1/detector.pt"));
  CHECK(content(out + "/round_0/detector.pt") == before);
  CHECK(rows(out + "/examples.h5").rfind(rows(examples()).substr(0, 1000), 0) == 0);
  CHECK(rows(out + "/examples.h5").size() > rows(examples()).size());

  const auto third = train(join(both, {"--rounds", "1"}));
  CHECK(third.status == 0);
  CHECK_THAT(third.err, !ContainsSubstring("epoch"));

  // What would shape the networks otherwise is not taken for what is there.
  const auto refuse = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const auto refused = train(arguments);
    CAPTURE(refused.err);
    CHECK(refused.status == 65);
    CHECK_THAT(refused.err, ContainsSubstring("plan.json: " + message));
  };
  const auto other = [&](const std::string& option, const std::string& value) {
    auto arguments = both;
    *(std::find(arguments.begin(), arguments.end(), option) + 1) = value;
    return arguments;
  };
  refuse(other("--scenes", "9"), "scenes: found 8, expected 9 as asked for, or another folder");
  refuse(other("--seed", "31"), "seed: found 30, expected 31");
  refuse(other("--hard-scenes", "7"), "hard_scenes: found 6, expected 7");
  refuse(other("--epochs", "2"), "epochs: found 1, expected 2");
  refuse(other("--batch", "3"), "batch: found 4, expected 3");
  refuse(other("--tag", "tired"), "tag: found \"tried\", expected \"tired\"");
  refuse(join(both, {"--patience", "3"}), "patience: found 5, expected 3");
  refuse(join(both, {"--learning-rate", "0.001"}), "learning_rate: found 0.002, expected 0.001");
  refuse(join(both, {"--half"}), "half: found false, expected true");
  refuse(join(both, {"--detector", out + "/round_0/detector.pt"}), "detector: found \"");
  refuse(join(both, {"--classifier", out + "/round_0/classifier.pt"}), "classifier: found \"");
  refuse(join(both, {"--background", noise(folder, "3")}), "background: found []");
}
