#include "app/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "app/injections.hpp"
#include "app/plot_files.hpp"
#include "app/plots.hpp"
#include "app/prompt_alerts.hpp"
#include "app/trigger_dumps.hpp"
#include "engine/dispersion.hpp"
#include "engine/infer/look.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/event_cutout.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

std::vector<FormatBeam> format_beams(const std::vector<ResultsOfBeam>& beams,
                                     const SearchConfig& search) {
  const DmRange trials{search.dm_min, search.dm_max, search.dm_tolerance};
  std::vector<FormatBeam> all;
  for (const ResultsOfBeam& beam : beams) {
    all.push_back({beam.context.observation, observation_id(beam.context), {}, trials});
    for (const RecordedFile& file : beam.files) all.back().files.push_back(file.path);
  }
  return all;
}

}  // namespace

Results::Results(const OutputFolder& folder, Announcer& announcer, const Settings& settings,
                 std::vector<ResultsOfBeam> beams, bool cutouts)
    : announcer_{announcer},
      lines_{folder.events(), Existing::replace},
      table_{folder.table()},
      formats_{folder.formats(), settings.formats, format_beams(beams, settings.search)},
      attach_cutouts_{settings.attach_cutouts && announcer.topic() != nullptr} {
  if (settings.attach_cutouts && !cutouts) {
    throw ConfigError(
        "--attach-cutouts: found no cutouts to attach (--no-cutouts, or the engine direct), "
        "expected some");
  }
  if (announcer.topic() != nullptr) counts_before_ = announcer.topic()->counts();
  for (ResultsOfBeam& beam : beams) {
    beams_.push_back({EventMaker{std::move(beam.context)},
                      std::move(beam.files),
                      beam.chunk_samples,
                      beam.ring,
                      {}});
  }
  if (cutouts) {
    store_ = make_cutout_writer(folder.cutouts(), StoreKind::hdf5, default_cutout_format(),
                                Existing::replace);
    cutouts_kept_ = 0;
  } else {
    std::filesystem::remove(folder.cutouts());  // an earlier run's would belong to other events
  }
  if (folder.replaces()) remove_plots(folder.path());  // the same
}

std::optional<TopicCounts> Results::topic_counts() const {
  if (announcer_.topic() == nullptr) return std::nullopt;
  return announcer_.topic()->counts().since(counts_before_);
}

Event Results::make_event(const JudgedCandidate& judged) {
  Event event = beams_.at(judged.beam).maker.make(judged.candidate);
  if (judged.interference) event.message_type = MessageType::candidate;
  if (beams_.size() > 1) event.beam.seen_in = judged.beams;
  for (const BeamSighting& other : judged.others) {
    event.beam.others.push_back(beams_.at(other.beam).maker.sighting(other.candidate));
  }
  return event;
}

// Whoever reads of an event finds its cutout: it is there first, whatever ends this program.
Cutout Results::keep_cutout(Event& event, const JudgedCandidate& judged, const std::string& file) {
  const Observation& observation = beams_[judged.beam].maker.context().observation;
  Cutout cutout = cutout_of(event, *judged.candidate.look, observation, file);
  const std::size_t row = store_->append(cutout);
  store_->flush();
  ++*cutouts_kept_;
  EventProduct product{"cutout", fmt::format("cutouts.h5#{}", row), {}, {}, "complete"};
  event.products.push_back(std::move(product));
  return cutout;
}

void Results::write_row(const Event& event, const JudgedCandidate& judged, const Cutout* cutout) {
  const Beam& beam = beams_[judged.beam];
  const RecordedFile* const file = file_of(beam.files, judged.candidate.sample_index);
  const std::uint64_t chunk = judged.candidate.sample_index / beam.chunk_samples;
  table_.append(make_row(event, file != nullptr ? file->path : "", chunk));
  FoundCandidate found{event, judged.beam};
  if (file != nullptr) {
    found.file = file->path;
    found.file_first = file->first;
  }
  found.chunk = chunk;
  found.chunk_first = chunk * beam.chunk_samples;
  found.cutout = cutout;
  formats_.write(found);
}

void Results::plot(const Event& event, const JudgedCandidate& judged) {
  const Beam& beam = beams_[judged.beam];
  const RecordedFile* const file = file_of(beam.files, judged.candidate.sample_index);
  plots_->take(judged.beam, judged.candidate.sample_index / beam.chunk_samples,
               {event, judged.candidate, file != nullptr ? file->path : ""});
}

// From the arrival of the pulse's last sample, at the bottom of the band, until now.
// @param candidate  Of the full search, which knows when it was found; null of an alert.
void Results::note_latency(Event& event, const Candidate* candidate) const {
  const auto beam = std::find_if(beams_.begin(), beams_.end(), [&event](const Beam& one) {
    return one.maker.context().observation.beam == event.beam.index;
  });
  if (beam == beams_.end() || beam->ring == nullptr) return;
  const Observation& observation = beam->maker.context().observation;
  const FrequencyAxis& band = observation.frequency;
  const Seconds sweep =
      dispersion_delay(DispersionMeasure{event.dm.value_pc_cm3}, band.lowest(), band.highest());
  const auto last =
      event.time.sample_index + static_cast<std::uint64_t>(sweep / observation.time.sample_time);
  const auto came = beam->ring->arrival(last);
  if (!came) return;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto now = std::chrono::steady_clock::now();
  event.latency_ms.total = Milliseconds{now - *came}.count();
  if (candidate == nullptr) return;
  event.latency_ms.search = Milliseconds{candidate->found - *came}.count();
  event.latency_ms.infer = Milliseconds{candidate->handed_on - candidate->found}.count();
  event.latency_ms.publish = Milliseconds{now - candidate->handed_on}.count();
}

// Kept before it is published; numbered in that order.
void Results::tell(Event& event, AttachedFrames frames) {
  const std::lock_guard lock{mutex_};
  std::string json = announcer_.keep(event);
  lines_.append(json + "\n");
  announcer_.publish(event, std::move(json), std::move(frames));
}

void Results::tell_alert(Event& event) {
  if (event.message_type != MessageType::retraction) note_latency(event);
  const std::lock_guard lock{mutex_};
  std::string json = announcer_.keep(event);
  announcer_.publish(event, std::move(json));
}

void Results::update(Event event) {
  event.message_type = MessageType::update;
  event.alert_type = AlertType::update;
  ++event.revision;
  event.attachments.clear();
  event.uuid = make_uuid();
  event.created = utc_now();
  tell(event);
}

void Results::report(const StatusReport& status) {
  announcer_.report(status, std::nullopt);
}

void Results::take(const JudgedCandidate& judged) {
  const Candidate& candidate = judged.candidate;
  Event event = make_event(judged);
  Beam& beam = beams_[judged.beam];
  std::optional<Cutout> cutout;
  if (store_ != nullptr && candidate.look != nullptr) {
    const RecordedFile* const file = file_of(beam.files, candidate.sample_index);
    cutout = keep_cutout(event, judged, file != nullptr ? file->path : "");
  }
  if (injections_ != nullptr) {
    event.injection.injection_id = injections_->claim(judged.beam, candidate);
    event.injection.is_injection = event.injection.injection_id.has_value();
    if (event.injection.is_injection) event.alert_tense = AlertTense::injection;
  }
  if (alerts_ != nullptr) event.confirms = alerts_->confirm(judged);
  const bool is_of_sky = !judged.interference && !event.injection.is_injection;
  const bool dumped = dumps_ != nullptr && is_of_sky && dumps_->promise(event);
  write_row(event, judged, cutout ? &*cutout : nullptr);
  note_latency(event, &candidate);
  AttachedFrames frames;
  if (attach_cutouts_ && cutout) frames = attach_cutout(event, std::move(*cutout));
  tell(event, std::move(frames));
  if (dumped) dumps_->take(judged.beam, event, candidate);
  if (plots_ != nullptr && !event.injection.is_injection) plot(event, judged);
  ++events_;
  ++beam.counts.events;
  for (const BeamSighting& other : judged.others) ++beams_[other.beam].counts.told_with_another;
  if (judged.interference) ++beam.counts.interference;
  if (!event.injection.is_injection) {
    if (candidate.label == "burst") ++beam.counts.bursts;
    beam.counts.highest_probability =
        std::max(beam.counts.highest_probability, candidate.probability);
  }
  if (is_of_sky && (!strongest_ || candidate.snr > strongest_->snr)) {
    strongest_ = {candidate.snr, candidate.dm.value(), candidate.toa.value()};
  }
}

void Results::end() {
  lines_.sync();
  table_.sync();
  if (store_ != nullptr) store_->close();
}

const RecordedFile* file_of(std::span<const RecordedFile> files, std::uint64_t sample) {
  for (const RecordedFile& file : files) {
    if (sample >= file.first && sample - file.first < file.samples) return &file;
  }
  return nullptr;
}

}  // namespace draftstream
