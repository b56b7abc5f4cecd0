// draftstream forward: tells the world of what a journal holds.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/gateway_config.hpp"
#include "app/gateway_log.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "app/output_folder.hpp"
#include "publishers/gateways/gateway_set.hpp"
#include "publishers/journal/journal_page.hpp"

namespace draftstream {
namespace {

constexpr std::chrono::milliseconds a_while{100};
constexpr double longest_patience_s = 86'400.0;

struct Arguments {
  std::string folder;
  std::string gateways;
  std::optional<std::uint64_t> since;
  double patience_s = 60.0;
  bool follow = false;
  bool quiet = false;
};

bool has_waiting(const GatewaySet& gateways) {
  for (const GatewayCounts& one : gateways.counts()) {
    if (one.waiting > 0 || !one.fault.empty()) return true;
  }
  return false;
}

// Until nothing is left, a signal comes, or patience is over. @return Whether nothing is left.
bool send_what_is_there(GatewaySet& gateways, double patience_s, const Interrupt& interrupt) {
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::milliseconds{static_cast<std::int64_t>(patience_s * 1e3)};
  bool is_done = gateways.catch_up(a_while);
  while (!is_done && interrupt.signal() == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(a_while);  // one that failed for good keeps nobody waiting
    is_done = gateways.settled(a_while);
  }
  return is_done;
}

int run(const Arguments& arguments) {
  start_log(arguments.quiet);
  Interrupt interrupt;
  const auto journal = journal_in(arguments.folder);
  const auto options = read_gateways_file(arguments.gateways);
  if (options.empty()) spdlog::warn("{}: found no gateway, expected some", arguments.gateways);
  if (read_journal_page(journal, 0, 0).last_seq == 0) {
    spdlog::info("{}: there is nothing to be told yet", journal.string());
  }
  const auto damaged = arguments.since ? DamagedRecord::renamed : DamagedRecord::refused;
  GatewaySet gateways{options, journal, damaged, gateway_log()};
  gateways.start(arguments.since);
  bool is_done = true;
  if (arguments.follow) {
    while (interrupt.signal() == 0) std::this_thread::sleep_for(a_while);
  } else {
    is_done = send_what_is_there(gateways, arguments.patience_s, interrupt);
  }
  gateways.stop();
  log_gateways(gateways.counts());
  if (interrupt.signal() != 0) return status_of_signal(interrupt.signal());
  return number(is_done && !has_waiting(gateways) ? ExitStatus::done : ExitStatus::try_again);
}

}  // namespace

Command add_forward_command(CLI::App& program) {
  struct Texts {
    Arguments arguments;
    std::string since, patience;
  };
  auto texts = std::make_shared<Texts>();
  CLI::App* parser = program.add_subcommand(
      "forward", "Tell the world (gateways) of what an output folder holds, also while it grows");
  parser
      ->add_option("DIR", texts->arguments.folder,
                   "Output folder of replay or live, or its journal.sqlite")
      ->required()
      ->type_name("");
  parser->add_option("--gateways", texts->arguments.gateways, "Who is told of what")
      ->required()
      ->type_name("FILE");
  parser
      ->add_option("--since", texts->since,
                   "Gateways that are new to this folder begin after event number SEQ; else "
                   "with the oldest")
      ->type_name("SEQ");
  parser
      ->add_option("--patience-s", texts->patience,
                   "For receivers that are down, in all; what waits then stays for the next time "
                   "(60)")
      ->type_name("SECONDS");
  parser->add_flag("--follow", texts->arguments.follow,
                   "Go on as the journal grows, until SIGTERM");
  parser->add_flag("--quiet", texts->arguments.quiet, "Warnings and errors only");
  return {parser, [texts] {
            Arguments arguments = texts->arguments;
            arguments.since = parse_argument<std::optional<std::uint64_t>>(
                "--since", texts->since,
                [](const std::string& text) { return parse_count(text, 0, INT64_MAX); });
            arguments.patience_s = parse_argument<double>(
                "--patience-s", texts->patience,
                [](const std::string& text) { return parse_number(text, 0.0, longest_patience_s); },
                arguments.patience_s);
            return run(arguments);
          }};
}

}  // namespace draftstream
