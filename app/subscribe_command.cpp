// draftstream subscribe: prints events as they come.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "ingest/errors.hpp"
#include "publishers/key_files.hpp"
#include "publishers/subscriber.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string endpoint;
  std::string topic;  ///< Prefix; "" = all events.
  std::optional<std::uint64_t> since;
  std::optional<double> wait_s;        ///< For the publisher; empty = for ever.
  std::string server_key, client_key;  ///< Files; "" = none.
  bool json = false;
  bool until_end = false;
  bool quiet = false;
};

std::string line_of(const Event& event) {
  std::string line =
      fmt::format("#{} {}  S/N {:.1f}  DM {:.1f} pc cm^-3  width {:.3g} ms  {}  {}", event.seq,
                  format_iso8601(event.time.toa), event.signal.snr, event.dm.value_pc_cm3,
                  event.signal.width_ms, event.classifier.label, event.event_id);
  if (event.injection.is_injection) line += "  injection";
  if (event.search == SearchKind::prompt) line += "  prompt";
  if (event.revision > 1) line += fmt::format("  revision {}", event.revision);
  if (event.alert_type == AlertType::retraction) {
    line += "  retracted";
    if (event.retraction_reason) line += ": " + *event.retraction_reason;
  }
  if (!event.confirms.empty())
    line += fmt::format("  confirms {}", fmt::join(event.confirms, ", "));
  return line;
}

void print_line(const std::string& line) {
  // Flushed, so that a program that reads us sees each event when it comes.
  if (std::puts(line.c_str()) < 0 || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "stdout");
  }
}

void log_status(const PublisherMessage& message) {
  if (!message.report) return;
  const StatusReport& report = *message.report;
  spdlog::info("{} {}{}{}{}", message.state.publisher, report.state,
               report.result.empty() ? "" : ": " + report.result,
               report.reason.empty() ? "" : ": " + report.reason,
               report.obs_id.empty() ? "" : ", observation " + report.obs_id);
  for (const EventProduct& product : report.products) {
    spdlog::info("{} {}: {}{}", product.kind, product.uri, product.status,
                 product.reason ? ": " + *product.reason : "");
  }
  if (!report.overload) return;
  const OverloadReport& overload = *report.overload;
  const std::string beam = overload.beam ? fmt::format("beam {}: ", *overload.beam) : "";
  if (overload.level == 0) {
    spdlog::info("{}back at real time", beam);
  } else {
    spdlog::warn(
        "{}{:.1f} s behind{}{}", beam, overload.lag_s,
        overload.left_out.empty() ? "" : ", leaving out: ", fmt::join(overload.left_out, ", "));
  }
}

// Says once, each time, that events were lost.
void warn_of_losses(const Subscriber& subscriber, std::uint64_t& told) {
  const auto lost = subscriber.counts().lost;
  if (lost == told) return;
  spdlog::warn("lost {} event{}: the publisher no longer has them", lost - told,
               lost - told == 1 ? "" : "s");
  told = lost;
}

std::optional<SubscriberKeys> read_keys(const Arguments& arguments) {
  if (arguments.server_key.empty() != arguments.client_key.empty()) {
    throw UsageError("subscribe: found one of --server-key and --client-key, expected both");
  }
  if (arguments.server_key.empty()) return std::nullopt;
  return SubscriberKeys{read_public_key(arguments.server_key), read_key_pair(arguments.client_key)};
}

// Why nobody is heard who is there, in words.
std::string sentence_of(Refusal refusal, const SubscriberOptions& options) {
  switch (refusal) {
    case Refusal::none:
      break;
    case Refusal::unlisted_key:
      return fmt::format("the publisher does not list our public key, {}",
                         options.keys->own.public_key);
    case Refusal::mechanism:
      return options.keys ? "what is there has no keys, or is no publisher; expected one that has "
                            "the key of --server-key"
                          : "what is there wants keys, or is no publisher; --server-key and "
                            "--client-key give them";
    case Refusal::broken_off:
      return options.keys ? "connections are broken off: its key is not that of --server-key, or "
                            "nobody is behind what passes them on"
                          : "connections are broken off: it wants keys (--server-key, "
                            "--client-key), or nobody is behind what passes them on";
  }
  return "";
}

// Says once, each time, why there is no connection, and throws where there will be none.
void tell_of_refusal(const Subscriber& subscriber, const SubscriberOptions& options,
                     Refusal& told) {
  const Refusal refusal = subscriber.refusal();
  if (refusal == std::exchange(told, refusal) || refusal == Refusal::none) return;
  const std::string text = options.endpoint + ": " + sentence_of(refusal, options);
  if (is_final(refusal)) throw ConfigError(text);
  spdlog::warn("{}", text);
}

std::unique_ptr<Subscriber> subscribe(const SubscriberOptions& options) {
  try {
    return std::make_unique<Subscriber>(options);
  } catch (const ConfigError& error) {  // the endpoint is an argument here
    throw UsageError(fmt::format("subscribe: {}", error.what()));
  }
}

int run(const Arguments& arguments) {
  start_log(arguments.quiet);
  Interrupt interrupt;
  SubscriberOptions options;
  options.endpoint = arguments.endpoint;
  if (!arguments.topic.empty()) options.topic = arguments.topic;
  options.since = arguments.since;
  options.keys = read_keys(arguments);
  const auto made = subscribe(options);
  Subscriber& subscriber = *made;
  spdlog::info("listening to {}", arguments.endpoint);

  const auto began = Clock::now();
  std::uint64_t lost = 0;
  bool connected = false;
  Refusal refusal = Refusal::none;
  while (interrupt.signal() == 0 && !(arguments.until_end && subscriber.ended())) {
    if (const auto message = subscriber.next(std::chrono::milliseconds{200})) {
      if (message->status) {
        log_status(*message->status);
      } else if (message->event) {
        print_line(arguments.json ? message->json : line_of(*message->event));
      }
    } else {
      tell_of_refusal(subscriber, options, refusal);
    }
    warn_of_losses(subscriber, lost);
    connected = connected || subscriber.connected();
    const std::chrono::duration<double> waited = Clock::now() - began;
    if (!connected && arguments.wait_s && waited.count() > *arguments.wait_s) {
      const std::string why = sentence_of(subscriber.refusal(), options);
      throw TryAgain(fmt::format("{}: heard no publisher within {} s{}{}", arguments.endpoint,
                                 *arguments.wait_s, why.empty() ? "" : ": ", why));
    }
  }

  const auto counts = subscriber.counts();
  spdlog::info("{} events, of which {} had to be asked for; {} lost", counts.events,
               counts.recovered, counts.lost);
  if (!arguments.until_end) return number(ExitStatus::done);  // a signal is how it is ended
  if (!subscriber.ended()) return status_of_signal(interrupt.signal());
  return number(counts.lost == 0 ? ExitStatus::done : ExitStatus::failed);
}

}  // namespace

Command add_subscribe_command(CLI::App& program) {
  struct Texts {
    Arguments arguments;
    std::string since, wait;
  };
  auto texts = std::make_shared<Texts>();
  CLI::App* parser = program.add_subcommand(
      "subscribe", "Print events as they come, each once, in order, asking for those missed");
  Arguments& arguments = texts->arguments;
  parser->add_option("ENDPOINT", arguments.endpoint, "Of the publisher: tcp://HOST:PORT")
      ->required()
      ->type_name("");
  parser
      ->add_option(
          "--topic", arguments.topic,
          "Prefix of the topics wanted: frb.event.v1.SITE.b0003. for beam 3, "
          "frb.candidate.v1. for prompt alerts and what is kept and is no event, frb. for all "
          "(default frb.event.v1.)")
      ->type_name("PREFIX");
  parser->add_option("--since", texts->since, "Begin after event number SEQ; 0 = with the first")
      ->type_name("SEQ");
  parser
      ->add_option("--wait", texts->wait,
                   "Give up (status 75) if no publisher is heard in this time (default: never)")
      ->type_name("SECONDS");
  parser
      ->add_option("--server-key", arguments.server_key,
                   "The publisher's public key, where it has an allow-list")
      ->type_name("FILE");
  parser
      ->add_option("--client-key", arguments.client_key,
                   "Our key pair, as draftstream keys makes it, whose public key is on that list")
      ->type_name("FILE");
  parser->add_flag("--until-end", arguments.until_end, "Leave when the publisher says it ended");
  parser->add_flag("--json", arguments.json, "One JSON a line, as published");
  parser->add_flag("--quiet", arguments.quiet, "Warnings and errors only");
  return {parser, [texts] {
            Arguments parsed = texts->arguments;
            parsed.since = parse_argument<std::optional<std::uint64_t>>(
                "--since", texts->since,
                [](const auto& text) { return parse_count(text, 0, UINT64_MAX - 1); });
            parsed.wait_s = parse_argument<std::optional<double>>(
                "--wait", texts->wait,
                [](const auto& text) { return parse_number(text, 0.0, 1e9); });
            return run(parsed);
          }};
}

}  // namespace draftstream
