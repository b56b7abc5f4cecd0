#include "app/results.hpp"

#include <utility>

namespace draftstream {
namespace {

std::unique_ptr<TopicPublisher> make_topic(const Settings& settings, const EventContext& context,
                                           EventStore& store) {
  if (settings.topic.endpoints.empty()) return nullptr;
  TopicPublisherOptions options = settings.topic;
  options.publisher = publisher_name(context);
  options.session = context.session;
  options.beam = context.observation.beam;
  return std::make_unique<TopicPublisher>(std::move(options), store);
}

}  // namespace

Results::Results(const OutputFolder& folder, const Settings& settings,
                 std::vector<ResultsOfBeam> beams)
    : log_{folder.events()}, table_{folder.table()} {
  for (ResultsOfBeam& beam : beams) {
    beams_.push_back(
        {EventMaker{std::move(beam.context)}, std::move(beam.files), beam.chunk_samples, {}});
  }
  topic_ = make_topic(settings, beams_.front().maker.context(), log_);
}

Event Results::make_event(const JudgedCandidate& judged) {
  Event event = beams_.at(judged.beam).maker.make(judged.candidate);
  event.seq = last_seq_ + 1;  // of the session, not of the beam
  if (judged.interference) event.message_type = MessageType::candidate;
  if (beams_.size() > 1) event.beam.seen_in = judged.beams;
  for (const BeamSighting& other : judged.others) {
    event.beam.others.push_back(beams_.at(other.beam).maker.sighting(other.candidate));
  }
  return event;
}

void Results::take(const JudgedCandidate& judged) {
  const Candidate& candidate = judged.candidate;
  const Event event = make_event(judged);
  Beam& beam = beams_[judged.beam];
  std::string json = log_.append(event);
  table_.append(make_row(event, file_of(beam.files, candidate.sample_index),
                         candidate.sample_index / beam.chunk_samples));
  if (topic_ != nullptr) topic_->publish(event, std::move(json));
  ++last_seq_;
  ++beam.counts.events;
  for (const BeamSighting& other : judged.others) ++beams_[other.beam].counts.told_with_another;
  if (judged.interference) {
    ++beam.counts.interference;
  } else if (!strongest_ || candidate.snr > strongest_->snr) {
    strongest_ = {candidate.snr, candidate.dm.value(), candidate.toa.value()};
  }
}

void Results::end(const StatusReport& report) {
  log_.sync();
  table_.sync();
  if (topic_ != nullptr) topic_->end(report);
}

std::string file_of(std::span<const RecordedFile> files, std::uint64_t sample) {
  for (const RecordedFile& file : files) {
    if (sample >= file.first && sample - file.first < file.samples) return file.path;
  }
  return "";
}

}  // namespace draftstream
