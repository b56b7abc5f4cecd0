// The table: every option, once.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "app/config.hpp"
#include "app/option_values.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

using Values = std::span<const std::string>;
using Texts = std::vector<std::string>;

constexpr std::uint64_t most_samples = std::uint64_t{1} << 40;

const Option table[] = {
    {"search", "dm_pc_cm3", "--dm", "MIN:MAX", "pc cm^-3", "Dispersion measures searched", false,
     [](Settings& s, Values v) {
       const auto [low, high] = parse_range(v[0], 0.0, 1e5);
       s.search.dm_min = DispersionMeasure{low};
       s.search.dm_max = DispersionMeasure{high};
     },
     [](const Settings& s) {
       return Texts{text(s.search.dm_min.value()) + ":" + text(s.search.dm_max.value())};
     }},
    {"search", "dm_tolerance", "", "FACTOR", "",
     "Smearing between two trials, relative to that of a trial itself", false,
     [](Settings& s, Values v) { s.search.dm_tolerance = parse_number(v[0], 1.01, 2.0); },
     [](const Settings& s) { return Texts{text(s.search.dm_tolerance)}; }},
    {"search", "octave_shift", "", "N", "",
     "Octave k of DM is searched at samples 2^max(0, k - N) as long; see draftstream plan", false,
     [](Settings& s, Values v) {
       s.search.octave_shift = static_cast<unsigned>(parse_count(v[0], 0, 10));
     },
     [](const Settings& s) { return Texts{fmt::format("{}", s.search.octave_shift)}; }},
    {"search", "engine", "--engine", "tree|direct", "",
     "How trials are summed: each by itself, the reference, or by trees in 8 bits, which is fast",
     false,
     [](Settings& s, Values v) {
       constexpr std::string_view known[] = {"tree", "direct"};
       s.search.engine = parse_choice(v[0], known, "tree or direct") == "direct"
                             ? EngineKind::direct
                             : EngineKind::tree;
     },
     [](const Settings& s) { return Texts{std::string{name(s.search.engine)}}; }},
    {"search", "threshold_snr", "--threshold", "SNR", "", "Lowest S/N of a candidate", false,
     [](Settings& s, Values v) { s.search.threshold_snr = parse_number(v[0], 3.0, 1e6); },
     [](const Settings& s) { return Texts{text(s.search.threshold_snr)}; }},
    {"search", "widths_ms", "--widths-ms", "MAX", "ms",
     "Widest boxcar; auto = 512 samples, which is also the most", false,
     [](Settings& s, Values v) {
       if (v[0] == "auto") {
         s.search.widest.reset();
       } else {
         s.search.widest = Seconds{parse_number(v[0], 1e-6, 1e6) / 1e3};
       }
     },
     [](const Settings& s) {
       return Texts{s.search.widest ? text_in_ms(*s.search.widest) : "auto"};
     }},
    {"search", "max_frac_missing", "", "FRACTION", "",
     "Boxes of which a larger part is missing are not searched", false,
     [](Settings& s, Values v) { s.search.max_frac_missing = parse_number(v[0], 0.0, 1.0); },
     [](const Settings& s) { return Texts{text(s.search.max_frac_missing)}; }},
    {"search", "max_candidates_per_s", "", "RATE", "s^-1 of observing time",
     "Candidates kept in a storm, by S/N; the others are counted", false,
     [](Settings& s, Values v) { s.search.max_candidates_per_s = parse_number(v[0], 0.01, 1e6); },
     [](const Settings& s) { return Texts{text(s.search.max_candidates_per_s)}; }},
    {"search", "backend", "--backend", "auto|cpu|cuda", "",
     "What sums the trees; auto = a CUDA device where there is one, else cpu", false,
     [](Settings& s, Values v) {
       constexpr std::string_view known[] = {"auto", "cpu", "cuda"};
       s.backend = parse_choice(v[0], known, "auto, cpu or cuda");
     },
     [](const Settings& s) { return Texts{s.backend}; }},
    {"search", "threads", "--threads", "N", "",
     "Threads that search; auto = one a core; never changes results", false,
     [](Settings& s, Values v) {
       s.search.threads = v[0] == "auto" ? 0 : static_cast<unsigned>(parse_count(v[0], 1, 1024));
     },
     [](const Settings& s) {
       return Texts{s.search.threads == 0 ? "auto" : fmt::format("{}", s.search.threads)};
     }},
    {"search", "networks", "--no-networks", "", "",
     "Judge candidates by networks, where there are any; else events say unjudged", false,
     [](Settings& s, Values v) { s.networks = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.networks)}; }, "false",
     "Do not judge candidates by networks: events say unjudged"},
    {"search", "detector", "--detector", "FILE", "",
     "Network that looks at DM and time around a candidate; needs --classifier, too; \"\" = as "
     "shipped",
     false, [](Settings& s, Values v) { s.detector_file = v[0]; },
     [](const Settings& s) { return Texts{s.detector_file}; }},
    {"search", "classifier", "--classifier", "FILE", "",
     "Network that looks at the candidate by itself; needs --detector, too; \"\" = as shipped",
     false, [](Settings& s, Values v) { s.classifier_file = v[0]; },
     [](const Settings& s) { return Texts{s.classifier_file}; }},

    {"networks", "device", "--networks-device", "cpu|cuda", "", "What computes networks", false,
     [](Settings& s, Values v) {
       constexpr std::string_view known[] = {"cpu", "cuda"};
       s.network_options.device = parse_choice(v[0], known, "cpu or cuda") == "cuda"
                                      ? NetworkDevice::cuda
                                      : NetworkDevice::cpu;
     },
     [](const Settings& s) { return Texts{name(s.network_options.device)}; }},
    {"networks", "precision", "--networks-precision", "single|half", "",
     "half = bfloat16 where that is faster; verdicts may change", false,
     [](Settings& s, Values v) {
       constexpr std::string_view known[] = {"single", "half"};
       s.network_options.precision = parse_choice(v[0], known, "single or half") == "half"
                                         ? NetworkPrecision::half
                                         : NetworkPrecision::single;
     },
     [](const Settings& s) { return Texts{name(s.network_options.precision)}; }},
    {"networks", "most_a_block", "", "N", "candidates",
     "Judged of a block, by S/N; the others are counted; auto = all", false,
     [](Settings& s, Values v) {
       s.judging.most = v[0] == "auto" ? JudgingPolicy{}.most : parse_count(v[0], 0, 1'000'000);
     },
     [](const Settings& s) {
       return Texts{s.judging.most == JudgingPolicy{}.most ? "auto"
                                                           : fmt::format("{}", s.judging.most)};
     }},
    {"networks", "patience_ms", "", "MS", "ms",
     "Candidates wait this long for verdicts, then go on unjudged; auto = until they are there",
     false,
     [](Settings& s, Values v) {
       s.judging.patience.reset();
       if (v[0] != "auto") s.judging.patience = Seconds{parse_number(v[0], 0.0, 1e7) / 1e3};
     },
     [](const Settings& s) {
       return Texts{s.judging.patience ? text_in_ms(*s.judging.patience) : "auto"};
     }},

    {"condition", "block_s", "", "SECONDS", "s", "Shortest block that statistics are taken over",
     false,
     [](Settings& s, Values v) {
       s.search.condition.block = Seconds{parse_number(v[0], 1e-3, 3600.0)};
     },
     [](const Settings& s) { return Texts{text(s.search.condition.block.value())}; }},
    {"condition", "zero_dm", "--zero-dm", "off|plain|zdot", "",
     "What is subtracted from all channels against undispersed interference", false,
     [](Settings& s, Values v) { s.search.condition.zero_dm = parse_zero_dm(v[0]); },
     [](const Settings& s) { return Texts{std::string{name(s.search.condition.zero_dm)}}; }},
    {"condition", "flag_channels", "", "", "",
     "Take out channels that are dead, saturated or too noisy", false,
     [](Settings& s, Values v) { s.search.condition.flag_channels = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.search.condition.flag_channels)}; }},
    {"condition", "flag_kurtosis", "", "", "",
     "Take out channels whose spectral kurtosis is unlike the others'", false,
     [](Settings& s, Values v) { s.search.condition.flag_kurtosis = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.search.condition.flag_kurtosis)}; }},
    {"condition", "flag_iqrm", "", "", "",
     "Take out channels that are noisier than their neighbours (IQRM)", false,
     [](Settings& s, Values v) { s.search.condition.flag_iqrm = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.search.condition.flag_iqrm)}; }},
    {"condition", "flag_periodic", "", "", "",
     "Take out channels that hum or pulse with a period of their own", false,
     [](Settings& s, Values v) { s.search.condition.flag_periodic = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.search.condition.flag_periodic)}; }},
    {"condition", "impulse_sigma", "", "SNR", "",
     "Take out spectra of a larger undispersed S/N; 0 = never", false,
     [](Settings& s, Values v) { s.search.condition.impulse_sigma = parse_number(v[0], 0.0, 1e6); },
     [](const Settings& s) { return Texts{text(s.search.condition.impulse_sigma)}; }},
    {"condition", "mask", "--mask", "FILE", "", "Channels never used; \"\" = none", false,
     [](Settings& s, Values v) { s.mask_file = v[0]; },
     [](const Settings& s) { return Texts{s.mask_file}; }},

    {"beams", "files", "--beam", "N:FILE", "",
     "Recordings of beam N, whatever their headers say; repeatable", true,
     [](Settings& s, Values v) {
       s.beam_files.clear();
       for (const std::string& one : v) s.beam_files.push_back(parse_beam_file(one));
     },
     [](const Settings& s) {
       Texts texts;
       for (const BeamFile& file : s.beam_files) {
         texts.push_back(fmt::format("{}:{}", file.beam.value_or(0), file.path));
       }
       return texts;
     }},
    {"beams", "max_beams", "--max-beams", "N", "",
     "What is seen in more beams at once is interference; 0 = nothing is", false,
     [](Settings& s, Values v) {
       s.beams.max_beams = static_cast<unsigned>(parse_count(v[0], 0, 100'000));
     },
     [](const Settings& s) { return Texts{fmt::format("{}", s.beams.max_beams)}; }},
    {"beams", "contrast", "", "FACTOR", "",
     "Beams that see it this much weaker than the best one do not count", false,
     [](Settings& s, Values v) { s.beams.contrast = parse_number(v[0], 1.0, 1e9); },
     [](const Settings& s) { return Texts{text(s.beams.contrast)}; }},
    {"beams", "time_window_ms", "", "MS", "ms",
     "At once: arriving within this time, beside the pulses' widths", false,
     [](Settings& s, Values v) {
       s.beams.time_window = Seconds{parse_number(v[0], 0.0, 1e6) / 1e3};
     },
     [](const Settings& s) { return Texts{text_in_ms(s.beams.time_window)}; }},
    {"beams", "dm_window_pc_cm3", "", "DM", "pc cm^-3",
     "The same: this far apart in DM, beside what the widths leave open", false,
     [](Settings& s, Values v) {
       s.beams.dm_window = DispersionMeasure{parse_number(v[0], 0.0, 1e5)};
     },
     [](const Settings& s) { return Texts{text(s.beams.dm_window.value())}; }},

    {"replay", "chunk_samples", "--chunk-samples", "N", "samples",
     "Passed on at once; auto = about a second; never changes results", false,
     [](Settings& s, Values v) {
       if (v[0] == "auto") {
         s.chunk_samples.reset();
       } else {
         s.chunk_samples = parse_count(v[0], 1, most_samples);
       }
     },
     [](const Settings& s) {
       return Texts{s.chunk_samples ? fmt::format("{}", *s.chunk_samples) : "auto"};
     }},
    {"replay", "speed", "--speed", "max|X", "x real time", "Pace of a recording", false,
     [](Settings& s, Values v) {
       if (v[0] == "max") {
         s.speed.reset();
       } else {
         s.speed = parse_number(v[0], 1e-3, 1e6);
       }
     },
     [](const Settings& s) { return Texts{s.speed ? text(*s.speed) : "max"}; }},
    {"replay", "resume", "--resume", "", "", "Go on where an earlier run stopped; not yet", false,
     [](Settings&, Values v) {
       if (parse_switch(v[0])) {
         throw BadValue(v[0], "false (this version cannot resume a run; start it anew)");
       }
     },
     [](const Settings&) { return Texts{"false"}; }},

    {"publish", "endpoints", "--publish", "ENDPOINT", "",
     "Where events are published: tcp://HOST:PORT; by replay nowhere, unless given", true,
     [](Settings& s, Values v) { s.topic.endpoints.assign(v.begin(), v.end()); },
     [](const Settings& s) { return s.topic.endpoints; }},
    {"publish", "site", "--site", "NAME", "", "Names this telescope in every topic", false,
     [](Settings& s, Values v) { s.site = parse_name(v[0]); },
     [](const Settings& s) { return Texts{s.site}; }},
    {"publish", "instrument", "", "NAME", "", "Names the receiver among those of the site", false,
     [](Settings& s, Values v) { s.instrument = parse_name(v[0]); },
     [](const Settings& s) { return Texts{s.instrument}; }},
    {"publish", "instance", "", "NAME", "", "Names this process among those of the instrument",
     false, [](Settings& s, Values v) { s.instance = parse_name(v[0]); },
     [](const Settings& s) { return Texts{s.instance}; }},
    {"publish", "send_hwm", "", "N", "messages", "Queued for each subscriber; more are dropped",
     false,
     [](Settings& s, Values v) {
       s.topic.send_hwm = static_cast<int>(parse_count(v[0], 1, 10'000'000));
     },
     [](const Settings& s) { return Texts{fmt::format("{}", s.topic.send_hwm)}; }},
    {"publish", "queue", "", "N", "messages", "Waiting to be published; more are dropped", false,
     [](Settings& s, Values v) { s.topic.queue = parse_count(v[0], 1, 10'000'000); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.topic.queue)}; }},
    {"publish", "linger_ms", "", "MS", "ms", "At the end, for subscribers to take the rest", false,
     [](Settings& s, Values v) { s.topic.linger = parse_ms(v[0], 0); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.topic.linger.count())}; }},
    {"publish", "heartbeat_ms", "", "MS", "ms", "Between two heartbeats", false,
     [](Settings& s, Values v) { s.topic.heartbeat = parse_ms(v[0], 10); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.topic.heartbeat.count())}; }},
    {"publish", "replay_batch", "", "N", "events", "Most that an answer to a request holds", false,
     [](Settings& s, Values v) { s.topic.replay_batch = parse_count(v[0], 1, 1'000'000); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.topic.replay_batch)}; }},
    {"publish", "attach_cutouts", "--attach-cutouts", "", "",
     "Binary frames with each event: its tile and its patch, 270 KB; at most 500 messages wait",
     false, [](Settings& s, Values v) { s.attach_cutouts = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.attach_cutouts)}; }},
    {"publish", "wait_subscribers", "--wait-subscribers", "N", "",
     "Begin once this many subscribers are there", false,
     [](Settings& s, Values v) {
       s.wait_subscribers = static_cast<unsigned>(parse_count(v[0], 0, 1000));
     },
     [](const Settings& s) { return Texts{fmt::format("{}", s.wait_subscribers)}; }},
    {"publish", "insecure_bind", "--insecure-bind", "", "",
     "Allow endpoints that other machines reach, unencrypted", false,
     [](Settings& s, Values v) { s.topic.insecure_bind = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.topic.insecure_bind)}; }},
    {"publish", "gateways", "--gateways", "FILE", "",
     "Who outside is told of what (VOEvent, Kafka, webhooks, TNS files); \"\" = nobody", false,
     [](Settings& s, Values v) { s.gateways_file = v[0]; },
     [](const Settings& s) { return Texts{s.gateways_file}; }},
    {"publish", "gateways_linger_ms", "", "MS", "ms", "At the end, for gateways to send the rest",
     false, [](Settings& s, Values v) { s.gateways_linger = parse_ms(v[0], 0); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.gateways_linger.count())}; }},
    {"publish", "curve_key", "--curve-key", "FILE", "",
     "Key pair to publish by, as draftstream keys makes it: encrypted, for those of --allow only",
     false, [](Settings& s, Values v) { s.curve_key_file = v[0]; },
     [](const Settings& s) { return Texts{s.curve_key_file}; }},
    {"publish", "allow", "--allow", "PATH", "",
     "Public keys of those who may listen: a folder of *.pub, or a file; read anew at SIGHUP",
     false, [](Settings& s, Values v) { s.allow = v[0]; },
     [](const Settings& s) { return Texts{s.allow}; }},

    {"journal", "keep_days", "", "DAYS", "d",
     "Events, and runs that ended, that long ago leave journal.sqlite; none = of any age", false,
     [](Settings& s, Values v) {
       s.journal.age.reset();
       if (v[0] != "none") s.journal.age = Seconds{parse_number(v[0], 0.001, 1e6) * 86'400.0};
     },
     [](const Settings& s) {
       return Texts{s.journal.age ? text(s.journal.age->value() / 86'400.0) : "none"};
     }},
    {"journal", "keep_gb", "", "GB", "10^9 bytes",
     "Size of journal.sqlite; beyond it the oldest events and runs are removed", false,
     [](Settings& s, Values v) {
       s.journal.most_bytes = static_cast<std::uint64_t>(parse_number(v[0], 0.001, 1e9) * 1e9);
     },
     [](const Settings& s) {
       return Texts{text(static_cast<double>(s.journal.most_bytes) / 1e9)};
     }},

    {"injection", "every_s", "--inject-every", "SECONDS", "s",
     "Put a burst into what is searched, this often, and tell it as an injection; none = never",
     false,
     [](Settings& s, Values v) {
       s.injection.every.reset();
       if (v[0] != "none") s.injection.every = Seconds{parse_number(v[0], 1.0, 1e6)};
     },
     [](const Settings& s) {
       return Texts{s.injection.every ? text(s.injection.every->value()) : "none"};
     }},
    {"injection", "snr_range", "", "MIN:MAX", "", "S/N of these bursts", false,
     [](Settings& s, Values v) {
       std::tie(s.injection.snr_min, s.injection.snr_max) = parse_range(v[0], 1.0, 1e4);
     },
     [](const Settings& s) {
       return Texts{text(s.injection.snr_min) + ":" + text(s.injection.snr_max)};
     }},
    {"injection", "width_range_ms", "", "MIN:MAX", "ms", "Their widths", false,
     [](Settings& s, Values v) {
       const auto [low, high] = parse_range(v[0], 1e-3, 1e4);
       s.injection.width_min = Seconds{low / 1e3};
       s.injection.width_max = Seconds{high / 1e3};
     },
     [](const Settings& s) {
       return Texts{text_in_ms(s.injection.width_min) + ":" + text_in_ms(s.injection.width_max)};
     }},
    {"injection", "seed", "", "N", "", "Draws them", false,
     [](Settings& s, Values v) { s.injection.seed = parse_count(v[0], 0, most_samples); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.injection.seed)}; }},

    {"dumps", "above_snr", "--dump-above", "SNR", "",
     "Keep the raw samples around events from this S/N on, in dumps/; none = of none", false,
     [](Settings& s, Values v) {
       s.dumps.above_snr.reset();
       if (v[0] != "none") s.dumps.above_snr = parse_number(v[0], 3.0, 1e6);
     },
     [](const Settings& s) {
       return Texts{s.dumps.above_snr ? text(*s.dumps.above_snr) : "none"};
     }},
    {"dumps", "above_probability", "", "P", "",
     "Of those that networks judged, only what is a burst with this probability", false,
     [](Settings& s, Values v) { s.dumps.above_probability = parse_number(v[0], 0.0, 1.0); },
     [](const Settings& s) { return Texts{text(s.dumps.above_probability)}; }},
    {"dumps", "pad_s", "", "SECONDS", "s", "Kept before and after the sweep, at least", false,
     [](Settings& s, Values v) { s.dumps.pad = Seconds{parse_number(v[0], 0.0, 3600.0)}; },
     [](const Settings& s) { return Texts{text(s.dumps.pad.value())}; }},
    {"dumps", "keep_s", "", "SECONDS", "s",
     "Kept in the ring for dumps that are asked for by draftstream control", false,
     [](Settings& s, Values v) { s.dumps.keep = Seconds{parse_number(v[0], 0.0, 3600.0)}; },
     [](const Settings& s) { return Texts{text(s.dumps.keep.value())}; }},
    {"dumps", "most_waiting", "", "N", "events",
     "Waiting to be kept; the faintest gives way, and says so", false,
     [](Settings& s, Values v) { s.dumps.most_waiting = parse_count(v[0], 1, 100'000); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.dumps.most_waiting)}; }},
    {"dumps", "most_gb", "", "GB", "10^9 bytes", "Of all dumps of an observation", false,
     [](Settings& s, Values v) {
       s.dumps.most_bytes = static_cast<std::uint64_t>(parse_number(v[0], 0.0, 1e9) * 1e9);
     },
     [](const Settings& s) { return Texts{text(static_cast<double>(s.dumps.most_bytes) / 1e9)}; }},
    {"live", "control", "--control", "ENDPOINT", "",
     "Where a live run answers draftstream control: ipc://PATH; \"\" = nowhere", false,
     [](Settings& s, Values v) { s.control = v[0]; },
     [](const Settings& s) { return Texts{s.control}; }},
    {"live", "drain_s", "--drain-s", "S", "s",
     "After a signal, a live run searches what has arrived for so long at most", false,
     [](Settings& s, Values v) { s.drain = std::chrono::seconds{parse_count(v[0], 0, 86'400)}; },
     [](const Settings& s) { return Texts{fmt::format("{}", s.drain.count())}; }},
    {"live", "prompt_alerts", "--no-prompt-alerts", "", "",
     "Tell of pulses at once, as candidates, before the full search has come to them", false,
     [](Settings& s, Values v) { s.prompt_alerts = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.prompt_alerts)}; }, "false",
     "Tell of pulses only when the full search has come to them"},

    {"page", "http", "--http", "ADDR:PORT", "",
     "Serve a page to look at, its data, and /metrics for Prometheus; port 0 = a free one; \"\" = "
     "no",
     false, [](Settings& s, Values v) { s.http = v[0]; },
     [](const Settings& s) { return Texts{s.http}; }},
    {"page", "http_token", "--http-token", "FILE", "",
     "Holds the token that those show who may look; \"\" = this machine may, and no other", false,
     [](Settings& s, Values v) { s.http_token_file = v[0]; },
     [](const Settings& s) { return Texts{s.http_token_file}; }},

    {"overload", "shed", "", "STEP", "",
     "Left out in turn where a stream that does not wait is too fast: networks, octave, blocks",
     true,
     [](Settings& s, Values v) {
       s.overload.steps.clear();
       for (const std::string& one : v) s.overload.steps.push_back(parse_shed_step(one));
     },
     [](const Settings& s) {
       Texts texts;
       for (const ShedStep step : s.overload.steps) texts.emplace_back(name(step));
       return texts;
     }},
    {"overload", "longest_lag_s", "", "SECONDS", "s",
     "Lag at which all of it is left out, about; auto, and at most, the ring less a block", false,
     [](Settings& s, Values v) {
       s.overload.longest_lag.reset();
       if (v[0] != "auto") s.overload.longest_lag = Seconds{parse_number(v[0], 1e-3, 86'400.0)};
     },
     [](const Settings& s) {
       return Texts{s.overload.longest_lag ? text(s.overload.longest_lag->value()) : "auto"};
     }},
    {"overload", "begin_frac", "", "FRACTION", "",
     "Lag at which the first step is left out, of the longest lag", false,
     [](Settings& s, Values v) { s.overload.begin = parse_number(v[0], 0.01, 0.9); },
     [](const Settings& s) { return Texts{text(s.overload.begin)}; }},
    {"overload", "recover_frac", "", "FRACTION", "",
     "Lag below which nothing is left out any more, of that at which it began", false,
     [](Settings& s, Values v) { s.overload.recover = parse_number(v[0], 0.01, 0.99); },
     [](const Settings& s) { return Texts{text(s.overload.recover)}; }},

    {"output", "folder", "-o,--output", "DIR", "",
     "Where results go; \"\" = <stem of the first file>.draftstream, or live-<time>.draftstream",
     false, [](Settings& s, Values v) { s.folder = v[0]; },
     [](const Settings& s) { return Texts{s.folder}; }},
    {"output", "cutouts", "--no-cutouts", "", "",
     "Keep what is seen around each candidate in cutouts.h5", false,
     [](Settings& s, Values v) { s.cutouts = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.cutouts)}; }, "false",
     "Keep nothing of what is seen around candidates: no cutouts.h5"},
    {"output", "formats", "--format", "NAME[,NAME...]", "",
     "Also write candidates as other programs do: heimdall, presto, fetch, drafts++, "
     "drafts++2025-07, transientx, votable",
     true, [](Settings& s, Values v) { s.formats = parse_formats(v); },
     [](const Settings& s) {
       Texts names;
       for (const CandidateFormat format : s.formats) names.emplace_back(name(format));
       return names;
     }},
    {"output", "plots", "--plots", "none|candidates|all", "",
     "Pictures in chunks/, and overview: of blocks with candidates, or of all", false,
     [](Settings& s, Values v) { s.plots.choice = parse_plots(v[0]); },
     [](const Settings& s) { return Texts{std::string{name(s.plots.choice)}}; }},
    {"output", "plot_format", "", "png|pdf|svg", "", "Of these pictures", false,
     [](Settings& s, Values v) {
       constexpr std::string_view known[] = {"png", "pdf", "svg"};
       s.plots.format = parse_choice(v[0], known, "png, pdf or svg");
     },
     [](const Settings& s) { return Texts{s.plots.format}; }},
    {"output", "most_plots_per_block", "", "N", "slices",
     "Drawn of a block, those with the best candidates; others are counted", false,
     [](Settings& s, Values v) { s.plots.most_per_block = parse_count(v[0], 1, 1000); },
     [](const Settings& s) { return Texts{fmt::format("{}", s.plots.most_per_block)}; }},
    {"output", "plots_waiting_mb", "", "MB", "10^6 bytes",
     "Waiting to be drawn; what comes when it is full is skipped, and counted", false,
     [](Settings& s, Values v) {
       s.plots.most_bytes = parse_count(v[0], 1, 1'000'000) * 1'000'000;
     },
     [](const Settings& s) { return Texts{fmt::format("{}", s.plots.most_bytes / 1'000'000)}; }},
    {"output", "plots_end_s", "", "SECONDS", "s",
     "Drawn so long after the search; auto = a recording's to the last, a stream's for 2 s", false,
     [](Settings& s, Values v) {
       s.plots.longest_end.reset();
       if (v[0] != "auto") s.plots.longest_end = Seconds{parse_number(v[0], 0.0, 86'400.0)};
     },
     [](const Settings& s) {
       return Texts{s.plots.longest_end ? text(s.plots.longest_end->value()) : "auto"};
     }},
    {"output", "log_chunks", "--log-chunks", "", "",
     "A log line for each chunk that was searched: samples, times, progress, candidates", false,
     [](Settings& s, Values v) { s.log_chunks = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.log_chunks)}; }},
    {"output", "quiet", "--quiet", "", "", "Warnings and errors only", false,
     [](Settings& s, Values v) { s.quiet = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.quiet)}; }},
    {"output", "json", "--json", "", "", "Print the summary as JSON on stdout", false,
     [](Settings& s, Values v) { s.json = parse_switch(v[0]); },
     [](const Settings& s) { return Texts{text(s.json)}; }},
};

}  // namespace

BeamFile parse_beam_file(const std::string& value) {
  const auto colon = value.find(':');
  const std::string beam = value.substr(0, colon);
  if (colon == std::string::npos || colon + 1 == value.size() || beam.empty() || beam.size() > 5 ||
      beam.find_first_not_of("0123456789") != std::string::npos) {
    throw BadValue(value, "N:FILE, the number of a beam and its recording");
  }
  return {value.substr(colon + 1), std::stoi(beam)};
}

std::span<const Option> options() {
  return table;
}

const Option& nearest_option(std::string_view section, std::string_view key) {
  const auto flag_name = [](const Option& option) {
    return option.flag.substr(std::min(option.flag.rfind("--") + 2, option.flag.size()));
  };
  const auto distance = [&](const Option& option) {
    // Whoever knows the argument writes its name as a key: dm for dm_pc_cm3.
    const std::size_t by_key = 2 * edit_distance(key, option.key);
    const std::size_t by_flag =
        option.flag.empty() ? by_key : 2 * edit_distance(key, flag_name(option)) + 1;
    return std::min(by_key, by_flag) + (section == option.section ? 0 : 1);
  };
  return *std::min_element(
      std::begin(table), std::end(table),
      [&](const Option& a, const Option& b) { return distance(a) < distance(b); });
}

}  // namespace draftstream
