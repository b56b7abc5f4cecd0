// draftstream control: asks a live run, or tells it something.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "ingest/errors.hpp"
#include "ingest/parse_value.hpp"
#include "publishers/control_socket.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string endpoint;
  std::string op;
  std::vector<std::string> more;
  std::string wait;
  bool json = false;
};

// KEY=VALUE as a field: a number where it is one, else text.
void add_field(const std::string& op, const std::string& word, Json& request) {
  const auto equals = word.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw UsageError(fmt::format("control: {}: found '{}', expected KEY=VALUE", op, word));
  }
  const std::string key = word.substr(0, equals);
  const std::string value = word.substr(equals + 1);
  const Json number = Json::parse(value, nullptr, false);
  request[key] = number.is_number() ? number : Json(value);
}

// An operation that is not known here may be known there.
Json request_of(const Arguments& arguments) {
  Json request{{"op", arguments.op}};
  const std::vector<std::string>& more = arguments.more;
  if (arguments.op == "threshold") {
    if (more.size() != 1) throw UsageError("control: threshold: expected an S/N");
    request["snr"] = parse_argument<double>(
        "threshold", more[0], [](const auto& text) { return parse_number(text, 3.0, 1e6); });
  } else if (arguments.op == "mask") {
    if (more.size() < 2 || (more[0] != "add" && more[0] != "remove")) {
      throw UsageError("control: mask: expected add or remove, and channels such as 12 20-30");
    }
    request[more[0]] = fmt::format("{}", fmt::join(more.begin() + 1, more.end(), " "));
  } else if (arguments.op == "dump" || arguments.op == "inject") {
    for (const std::string& word : more) add_field(arguments.op, word, request);
  } else if (!more.empty()) {
    throw UsageError(
        fmt::format("control: {}: found '{}', expected nothing more", arguments.op, more[0]));
  }
  return request;
}

// "key: value" lines; objects by their keys, so that each line stands for itself.
void print_lines(const Json& value, const std::string& name) {
  if (value.is_object() || (value.is_array() && !value.empty() && value[0].is_object())) {
    for (const auto& [key, part] : value.items()) {
      print_lines(part, name.empty() ? key : fmt::format("{}.{}", name, key));
    }
  } else {
    fmt::print("{}: {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

int run(const Arguments& arguments) {
  const double wait_s = parse_argument<double>(
      "--wait", arguments.wait, [](const auto& text) { return parse_number(text, 0.0, 86'400.0); },
      5.0);
  const std::string request = request_of(arguments).dump();
  std::optional<std::string> text;
  try {
    text = ask_control(arguments.endpoint, request,
                       std::chrono::milliseconds{static_cast<long>(wait_s * 1e3)});
  } catch (const ConfigError& error) {  // the endpoint is an argument here
    throw UsageError(fmt::format("control: {}", error.what()));
  }
  if (!text) {
    throw TryAgain(
        fmt::format("{}: found no answer within {} s, expected a live run with --control",
                    arguments.endpoint, wait_s));
  }
  const Json answer = Json::parse(*text, nullptr, false);
  if (!answer.is_object() || !answer.contains("ok")) {
    throw InputError("answer", "something else", "JSON of a live run").in_file(arguments.endpoint);
  }
  if (arguments.json) {
    fmt::print("{}\n", *text);
  } else if (answer["ok"] == true) {
    print_lines(answer, "");
  }
  if (answer["ok"] == true) return number(ExitStatus::done);
  throw std::runtime_error(fmt::format("control: {}", answer.value("error", "refused")));
}

}  // namespace

Command add_control_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "control",
      "Ask a live run how it is, or tell it something: status, threshold SNR, "
      "mask add|remove CHANNELS..., dump from_s=-10 to_s=0, inject dm=300 snr=20 width_ms=4, "
      "shutdown");
  parser->add_option("ENDPOINT", arguments->endpoint, "That of live --control: ipc://PATH")
      ->type_name("")
      ->required();
  parser->add_option("OP", arguments->op, "status, threshold, mask, dump, inject or shutdown")
      ->type_name("")
      ->required();
  parser->add_option("ARGUMENT", arguments->more, "Of the operation")->type_name("");
  parser
      ->add_option("--wait", arguments->wait,
                   "Give up (status 75) if no answer comes in this time (default 5)")
      ->type_name("SECONDS");
  parser->add_flag("--json", arguments->json, "Print the answer as it came");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
