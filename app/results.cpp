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

Results::Results(const OutputFolder& folder, const Settings& settings, EventContext context,
                 std::span<const RecordedFile> files, std::uint64_t chunk_samples)
    : maker_{std::move(context)},
      log_{folder.events()},
      table_{folder.table()},
      files_{files.begin(), files.end()},
      chunk_samples_{chunk_samples},
      topic_{make_topic(settings, maker_.context(), log_)} {}

void Results::take(const Candidate& candidate) {
  const Event event = maker_.make(candidate);
  std::string json = log_.append(event);
  table_.append(make_row(event, file_of(files_, candidate.sample_index),
                         candidate.sample_index / chunk_samples_));
  if (topic_ != nullptr) topic_->publish(event, std::move(json));
  if (!strongest_ || candidate.snr > strongest_->snr) {
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
