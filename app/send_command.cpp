// draftstream send: plays recordings as a live stream.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "app/parse_value.hpp"
#include "app/progress.hpp"
#include "ingest/live/stream_url.hpp"
#include "replay/recording.hpp"
#include "replay/stream_sender.hpp"

namespace draftstream {
namespace {

struct SendArguments {
  std::vector<std::string> files_then_url;
  std::string speed;
  bool quiet = false;
};

double parse_speed(const std::string& text) {
  return text == "max" ? 0.0 : parse_number(text, 1e-3, 1e6);
}

// What is sent is not all that is known.
void tell_of(const Recording& recording) {
  for (const auto& warning : recording.warnings()) spdlog::warn("{}", warning);
  std::uint64_t missing = 0;
  for (const Gap& gap : recording.gaps()) missing += gap.samples;
  if (missing > 0) {
    spdlog::warn("{} of {} spectra are gaps, and sent as zeros: a SIGPROC stream cannot say so",
                 missing, recording.observation().samples.value_or(0));
  }
}

int run(const SendArguments& arguments) {
  std::vector<std::string> files = arguments.files_then_url;
  if (files.size() < 2) {
    throw UsageError(fmt::format("send: found '{}' alone, expected FILE... and a URL; see --help",
                                 fmt::join(files, "")));
  }
  const StreamUrl url = parse_argument<StreamUrl>("URL", files.back(), parse_stream_url);
  files.pop_back();
  const double speed = parse_argument<double>("--speed", arguments.speed, parse_speed, 1.0);
  start_log(arguments.quiet);
  Interrupt interrupt;  // before any other thread
  std::signal(SIGPIPE, SIG_IGN);
  const auto recording = open_recordings(files);
  tell_of(*recording);

  StopEvent stop;
  interrupt.on_signal([&stop] { stop.stop(); });
  const std::uint64_t samples = recording->observation().samples.value_or(0);
  const TimeAxis& time = recording->observation().time;
  const auto seconds = [&time](std::uint64_t count) {
    return time.since_start(static_cast<double>(count)).value();
  };
  std::uint64_t sent = 0;
  const auto sink =
      open_stream_sink(url, stop, [](const std::string& text) { spdlog::info("{}", text); });
  if (sink) {
    spdlog::info("sending {} samples, {:.1f} s, to {}", samples, seconds(samples), sink->name);
    Progress progress{arguments.quiet};
    SendOptions options;
    options.speed = speed;
    options.sent = [&](std::uint64_t count) {
      sent = count;
      progress.show({seconds(count), seconds(samples), std::nullopt});
    };
    try {
      sent = send_recording(*recording, *sink, stop, options);
    } catch (const std::system_error& error) {
      throw std::runtime_error(
          fmt::format("{} after {} of {} samples", error.what(), sent, samples));
    }
  }
  interrupt.on_signal({});
  spdlog::info("sent {} of {} samples", sent, samples);
  return sent < samples ? status_of_signal(interrupt.signal()) : number(ExitStatus::done);
}

}  // namespace

Command add_send_command(CLI::App& program) {
  auto arguments = std::make_shared<SendArguments>();
  CLI::App* parser = program.add_subcommand(
      "send",
      "Play recordings as a live stream, a SIGPROC header and samples: to -, file:PATH, fifo:PATH, "
      "tcp://HOST:PORT or tcp+listen://ADDRESS:PORT");
  parser
      ->add_option("FILE", arguments->files_then_url,
                   "Recordings that continue each other, and at last the URL that they go to")
      ->type_name("")
      ->required();
  parser->add_option("--speed", arguments->speed, "x real time, or as fast as it goes (default 1)")
      ->type_name("max|X");
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
