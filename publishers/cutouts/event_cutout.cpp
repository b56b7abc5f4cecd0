#include "publishers/cutouts/event_cutout.hpp"

#include <cstddef>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace draftstream {
namespace {

template <class Array>
std::vector<std::byte> bytes_of(const Array& codes) {
  const auto bytes = std::as_bytes(std::span{codes});
  return {bytes.begin(), bytes.end()};
}

// Of a list with commas.
std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> all;
  std::istringstream stream{list};
  for (std::string word; std::getline(stream, word, ',');) all.push_back(word);
  return all;
}

}  // namespace

Cutout cutout_of(const Event& event, const Look& look, const Observation& observation,
                 std::string file) {
  Cutout cutout;
  CutoutInfo& info = cutout.info;
  info.event_id = event.event_id;
  info.file = std::move(file);
  info.sample_index = event.time.sample_index;
  info.start_mjd_utc = to_mjd(event.time.obs_start);
  info.toa_s = event.time.toa_s;
  info.dm_pc_cm3 = event.dm.value_pc_cm3;
  info.width_ms = event.signal.width_ms;
  info.snr = event.signal.snr;
  info.tsamp_s = observation.time.sample_time.value();
  info.first_mhz = observation.frequency.first().value();
  info.step_mhz = observation.frequency.step().value();
  info.channels = static_cast<std::uint32_t>(observation.frequency.channels());
  info.detector_score = event.classifier.detector_score;
  info.classifier_score = event.classifier.classifier_score;
  info.label = event.classifier.label;
  // An event names the run's networks whether they judged it or not.
  if (info.classifier_score) info.model_sha256 = event.classifier.model_sha256.value_or("");
  cutout.tile = bytes_of(look.tile->codes);
  cutout.patch = bytes_of(look.patch.codes);
  return cutout;
}

AttachedFrames attach_cutout(Event& event, Cutout cutout) {
  constexpr int first_frame = 2;  // after the topic and the JSON
  AttachedFrames frames;
  const auto attach = [&](CutoutPart part, std::vector<std::byte> bytes) {
    const ArrayFormat format = *default_cutout_format().of(part);
    EventAttachment attachment;
    attachment.frame = first_frame + static_cast<int>(frames.size());
    attachment.name = name(part);
    attachment.dtype = format.type == ElementType::uint8 ? "|u1" : "|i1";
    attachment.shape.assign(format.shape.begin(), format.shape.end());
    attachment.axes = words(format.axes);
    event.attachments.push_back(std::move(attachment));
    frames.push_back(std::move(bytes));
  };
  attach(CutoutPart::tile, std::move(cutout.tile));
  attach(CutoutPart::patch, std::move(cutout.patch));
  return frames;
}

}  // namespace draftstream
