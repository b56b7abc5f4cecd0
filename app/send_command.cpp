// draftstream send: plays recordings as a live stream.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "app/progress.hpp"
#include "app/send_plan.hpp"
#include "ingest/live/packet_url.hpp"
#include "ingest/live/stream_url.hpp"
#include "ingest/parse_value.hpp"
#include "replay/beams.hpp"
#include "replay/dada_sender.hpp"
#include "replay/packet_sender.hpp"
#include "replay/recording.hpp"
#include "replay/stream_sender.hpp"
#include "replay/udp_sink.hpp"

namespace draftstream {
namespace {

struct SendArguments {
  std::vector<std::string> files_then_url;
  std::vector<std::string> beams;
  std::string speed;
  std::vector<std::string> faults;
  std::string seed;
  std::string plan;
  bool quiet = false;
};

// The arguments as values.
struct SendSettings {
  std::vector<BeamFile> files;
  std::string url;
  double speed = 1.0;
  PlannedFaults faults;
  std::vector<std::string> faults_as_given;
  std::string plan;  // "" = none
  bool quiet = false;
};

double parse_speed(const std::string& text) {
  return text == "max" ? 0.0 : parse_number(text, 1e-3, 1e6);
}

StreamUrl parse_bytes_url(const std::string& text) {
  try {
    return parse_stream_url(text);
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("{}; dada:KEYHEX, or udp+KIND://ADDRESS:PORT", error.what()));
  }
}

SendSettings read_arguments(const SendArguments& arguments) {
  SendSettings settings;
  std::vector<std::string> files = arguments.files_then_url;
  settings.url = files.back();
  files.pop_back();
  for (std::string& file : files) settings.files.push_back({std::move(file), std::nullopt});
  for (const std::string& one : arguments.beams) {
    settings.files.push_back(parse_argument<BeamFile>("--beam", one, parse_beam_file));
  }
  if (settings.files.empty()) {
    throw UsageError(fmt::format("send: found '{}' alone, expected FILE... and a URL; see --help",
                                 settings.url));
  }
  settings.speed = parse_argument<double>("--speed", arguments.speed, parse_speed, 1.0);
  const auto seed = parse_argument<std::uint64_t>(
      "--seed", arguments.seed,
      [](const std::string& text) { return parse_count(text, 0, ~std::uint64_t{0}); },
      std::uint64_t{1});
  try {
    settings.faults = parse_faults(arguments.faults, seed);
  } catch (const ConfigError& error) {
    throw UsageError(fmt::format("--faults: {}", error.what()));
  }
  settings.faults_as_given = arguments.faults;
  settings.plan = arguments.plan;
  settings.quiet = arguments.quiet;
  return settings;
}

// A sending that can be interrupted, and tells how far it is.
class Sending {
 public:
  Sending(const SendSettings& settings, Interrupt& interrupt, const Observation& observation)
      : interrupt_{interrupt},
        time_{observation.time},
        samples_{observation.samples.value_or(0)},
        quiet_{settings.quiet} {
    interrupt.on_signal([this] { stop.stop(); });
  }
  ~Sending() { interrupt_.on_signal({}); }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  // Runs `send`, which is given whom to tell how many samples are out.
  // @return The exit status.
  template <class Send>
  int run(const std::string& to, const Send& send) {
    spdlog::info("sending {} samples, {:.1f} s, to {}", samples_, seconds(samples_), to);
    {
      Progress progress{quiet_};
      try {
        send([&](std::uint64_t count) {
          sent_ = count;
          progress.show({seconds(count), seconds(samples_), std::nullopt});
        });
      } catch (const std::system_error& error) {
        throw std::runtime_error(
            fmt::format("{} after {} of {} samples", error.what(), sent_, samples_));
      }
    }
    return end();
  }
  // The exit status of what was sent.
  [[nodiscard]] int end() const {
    spdlog::info("sent {} of {} samples", sent_, samples_);
    return sent_ < samples_ ? status_of_signal(interrupt_.signal()) : number(ExitStatus::done);
  }

  StopEvent stop;

 private:
  [[nodiscard]] double seconds(std::uint64_t count) const {
    return time_.since_start(static_cast<double>(count)).value();
  }

  Interrupt& interrupt_;
  TimeAxis time_;
  std::uint64_t samples_;
  std::uint64_t sent_ = 0;
  bool quiet_;
};

void info(const std::string& text) {
  spdlog::info("{}", text);
}

// What is sent is not all that is known.
void tell_of(const Recording& recording) {
  for (const auto& warning : recording.warnings()) spdlog::warn("{}", warning);
  std::uint64_t missing = 0;
  for (const Gap& gap : recording.gaps()) missing += gap.samples;
  if (missing > 0) {
    spdlog::warn("{} of {} spectra are gaps, and sent as zeros: such a stream cannot say so",
                 missing, recording.observation().samples.value_or(0));
  }
}

// The one recording of a stream that has no word for beams, and loses nothing.
std::unique_ptr<Recording> open_one(const SendSettings& settings) {
  auto recordings = open_beams(settings.files);
  if (recordings.size() > 1) {
    throw ConfigError(
        fmt::format("{}: found recordings of {} beams, expected one: such a stream "
                    "has no word for several",
                    settings.url, recordings.size()));
  }
  return std::move(recordings.front());
}

void refuse_packet_faults(const SendSettings& settings) {
  if (settings.faults.of_packets()) {
    throw UsageError(fmt::format(
        "--faults: found faults of packets, expected stall alone: {} loses nothing", settings.url));
  }
  if (!settings.plan.empty()) {
    throw UsageError(
        fmt::format("--plan: found {}, expected the URL of a stream of packets", settings.url));
  }
}

int send_bytes(const SendSettings& settings, const StreamUrl& url, Interrupt& interrupt) {
  const auto recording = open_one(settings);
  tell_of(*recording);
  Sending sending{settings, interrupt, recording->observation()};
  const auto sink = open_stream_sink(url, sending.stop, info);
  if (!sink) return sending.end();
  return sending.run(sink->name, [&](const auto& sent) {
    (void)send_recording(*recording, *sink, sending.stop,
                         {settings.speed, settings.faults.stalls, sent});
  });
}

int send_to_ring(const SendSettings& settings, const DadaTarget& target, Interrupt& interrupt) {
  const auto recording = open_one(settings);
  tell_of(*recording);
  const SampleFormat& format = recording->observation().format;
  if (format.is_signed) {
    spdlog::warn(
        "the samples are signed, of which a DADA header has no word: {}?signed=yes takes "
        "them",
        target.name());
  }
  Sending sending{settings, interrupt, recording->observation()};
  DadaSender sender{target, *recording};
  return sending.run(target.name(), [&](const auto& sent) {
    SendSchedule schedule{recording->observation().time.sample_time, settings.speed,
                          settings.faults.stalls, make_send_clock(sending.stop)};
    (void)sender.send(*recording, schedule, sending.stop, sent);
  });
}

void tell_of(const PacketsSent& sent) {
  if (sent.gap > 0) spdlog::warn("{} spectra are gaps, and were not sent as data", sent.gap);
  if (sent.left_out > 0) {
    spdlog::warn(
        "{} spectra were left out: they do not fill a block of packets, which cannot say "
        "that samples are missing",
        sent.left_out);
  }
  if (sent.loss.rounded > 0) {
    spdlog::warn("{} samples were rounded, by at most {:.3g}: packets hold them no better",
                 sent.loss.rounded, sent.loss.worst);
  }
  if (sent.loss.clipped > 0) {
    spdlog::warn("{} samples were clipped to what packets hold", sent.loss.clipped);
  }
}

int send_as_packets(const SendSettings& settings, const PacketUrl& url, Interrupt& interrupt) {
  BeamBlocks beams{open_beams(settings.files)};
  for (const auto& warning : beams.warnings()) spdlog::warn("{}", warning);
  PacketStream stream = make_packet_stream(url, beams.observation(), beams.beams());
  for (const auto& warning : stream.warnings) spdlog::warn("{}", warning);
  const std::string told_url = stream.url.describe();
  spdlog::info("draftstream live '{}' takes this stream", told_url);

  Sending sending{settings, interrupt, beams.observation()};
  UdpSink sink{url, sending.stop, [](const std::string& text) { spdlog::warn("{}", text); }};
  PacketsSent result;
  const int status = sending.run(told_url.substr(0, told_url.find('?')), [&](const auto& sent) {
    SendSchedule schedule{beams.observation().time.sample_time, settings.speed,
                          settings.faults.stalls, make_send_clock(sending.stop)};
    PacketSendOptions options;
    options.faults = settings.faults;
    options.longest_gap = Seconds{url.number("longest_gap_s", 0.0, 1e9, 600.0)};
    options.sent = sent;
    result = send_packets(
        beams, stream, schedule,
        [&sink](std::span<const std::byte> datagram) { return sink.send(datagram); }, options);
  });
  tell_of(result);
  spdlog::info("sent {} datagrams, of {} packets that were made", result.line.sent,
               result.line.made);
  if (!settings.plan.empty()) {
    write_send_plan(settings.plan, told_url, settings.faults_as_given, settings.faults.seed,
                    result);
  }
  return status;
}

int run(const SendArguments& arguments) {
  const SendSettings settings = read_arguments(arguments);
  const bool packets = is_packet_url(settings.url);
  const bool ring = settings.url.starts_with("dada:");
  PacketUrl packet_url;
  DadaTarget target;
  StreamUrl stream_url;
  if (packets) {
    packet_url = parse_argument<PacketUrl>("URL", settings.url, parse_packet_url);
  } else if (ring) {
    target = parse_argument<DadaTarget>("URL", settings.url, parse_dada_target);
  } else {
    stream_url = parse_argument<StreamUrl>("URL", settings.url, parse_bytes_url);
  }
  if (!packets) refuse_packet_faults(settings);
  start_log(settings.quiet);
  Interrupt interrupt;  // before any other thread
  std::signal(SIGPIPE, SIG_IGN);
  if (packets) return send_as_packets(settings, packet_url, interrupt);
  if (ring) return send_to_ring(settings, target, interrupt);
  return send_bytes(settings, stream_url, interrupt);
}

}  // namespace

Command add_send_command(CLI::App& program) {
  auto arguments = std::make_shared<SendArguments>();
  CLI::App* parser = program.add_subcommand(
      "send",
      "Play recordings as a live stream: a SIGPROC header and samples to -, file:PATH, fifo:PATH, "
      "tcp://HOST:PORT or tcp+listen://ADDRESS:PORT; to a PSRDADA ring, dada:KEYHEX; packets to "
      "udp+KIND://[IFACE@]ADDRESS:PORT, KIND chime, spead, fast, pbeam or counter");
  const auto add_many = [parser](const char* flag, std::vector<std::string>& values,
                                 const char* help, const char* type) {
    parser->add_option(flag, values, help)
        ->type_name(type)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  parser
      ->add_option("FILE", arguments->files_then_url,
                   "Recordings that continue each other, and at last the URL that they go to")
      ->type_name("")
      ->required();
  add_many("--beam", arguments->beams,
           "Recordings of beam N, whatever their headers say; repeatable", "N:FILE");
  parser->add_option("--speed", arguments->speed, "x real time, or as fast as it goes (default 1)")
      ->type_name("max|X");
  add_many("--faults", arguments->faults,
           "What is to go wrong, as loss=0.01,stall=2@10; repeatable", "LIST");
  parser->add_option("--seed", arguments->seed, "Of the faults (default 1)")->type_name("N");
  parser->add_option("--plan", arguments->plan, "Write there, as JSON, what went wrong")
      ->type_name("FILE");
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
