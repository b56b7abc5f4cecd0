// draftstream events: looks up what was told.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/option_values.hpp"
#include "app/output_folder.hpp"
#include "publishers/event.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/journal/journal_query.hpp"

namespace draftstream {
namespace {

constexpr const char* heading =
    "     seq  arrival                             S/N  DM [pc cm^-3]  width [ms]  beam  label"
    "         event";

std::string line_of(const Event& event) {
  const std::string beam = event.beam.index ? std::to_string(*event.beam.index) : "-";
  std::string line =
      fmt::format("{:>8}  {}  {:>7.1f}  {:>13.1f}  {:>10.3g}  {:>4}  {:<12}  {}", event.seq,
                  format_iso8601(event.time.toa), event.signal.snr, event.dm.value_pc_cm3,
                  event.signal.width_ms, beam, event.classifier.label, event.event_id);
  if (event.search == SearchKind::prompt) line += "  prompt";
  if (event.revision > 1) line += fmt::format("  revision {}", event.revision);
  if (event.alert_type == AlertType::retraction) line += "  retracted";
  if (event.injection.is_injection) line += "  injection";
  return line;
}

void print_line(const std::string& line) {
  if (std::puts(line.c_str()) < 0) {
    throw std::system_error(errno, std::generic_category(), "stdout");
  }
}

// A day, or an instant with or without Z.
std::optional<UtcInstant> instant_of(const std::string& text) {
  for (const char* end : {"", "Z", "T00:00:00Z"}) {
    if (const auto instant = parse_iso8601(text + end)) return instant;
  }
  return std::nullopt;
}

void set_since(JournalFilter& filter, const std::string& text) {
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    filter.after_seq = parse_count(text, 0, INT64_MAX);
    return;
  }
  filter.toa_from = instant_of(text);
  if (!filter.toa_from) {
    throw BadValue(text, "a number of an event, or a time such as 2023-02-25T18:30:00Z");
  }
}

int run(const std::string& folder, const JournalFilter& filter, bool json) {
  bool headed = json;
  const auto head = [&headed] {
    if (!std::exchange(headed, true)) print_line(heading);
  };
  query_journal(journal_in(folder), filter, [&](const std::string& event) {
    head();
    print_line(json ? event : line_of(parse_event(event)));
  });
  head();  // of a table without rows; what cannot be read has none
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "stdout");
  return number(ExitStatus::done);
}

}  // namespace

Command add_events_command(CLI::App& program) {
  struct Texts {
    std::string folder, since, min_snr, label;
    bool json = false;
    bool prompt = false;
  };
  auto texts = std::make_shared<Texts>();
  CLI::App* parser = program.add_subcommand(
      "events", "Look up what was told, in the journal of an output folder, also while it grows");
  parser->add_option("DIR", texts->folder, "Output folder of replay or live, or its journal.sqlite")
      ->required()
      ->type_name("");
  parser
      ->add_option("--since", texts->since,
                   "After event number SEQ, or arrived at TIME (UTC: 2023-02-25T18:30:00) or later")
      ->type_name("SEQ|TIME");
  parser->add_option("--min-snr", texts->min_snr, "Lowest S/N")->type_name("SNR");
  parser->add_option("--label", texts->label, "burst, interference or unjudged")
      ->type_name("LABEL");
  parser->add_flag("--prompt", texts->prompt, "Alerts of the prompt search, too");
  parser->add_flag("--json", texts->json, "One JSON a line, as published");
  return {parser, [texts] {
            JournalFilter filter;
            filter.prompt = texts->prompt;
            parse_argument<bool>("--since", texts->since, [&filter](const std::string& text) {
              set_since(filter, text);
              return true;
            });
            filter.min_snr = parse_argument<std::optional<double>>(
                "--min-snr", texts->min_snr,
                [](const std::string& text) { return parse_number(text, 0.0, 1e9); });
            filter.label = parse_argument<std::optional<std::string>>(
                "--label", texts->label, [](const std::string& text) {
                  constexpr std::string_view known[] = {"burst", "interference", "unjudged"};
                  return std::string{parse_choice(text, known, "burst, interference or unjudged")};
                });
            return run(texts->folder, filter, texts->json);
          }};
}

}  // namespace draftstream
