#include "publishers/event_log.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {

EventLog::EventLog(const std::filesystem::path& path, Existing existing, std::uint64_t first_seq,
                   std::size_t max_index)
    : file_{path, existing},
      first_seq_{first_seq},
      max_index_{std::max<std::size_t>(max_index, 2)},
      next_seq_{first_seq},
      end_{file_.size()} {}

std::string EventLog::append(const Event& event) {
  if (event.seq != last_seq() + 1) {
    throw std::logic_error(fmt::format("EventLog: event {} after event {}", event.seq, last_seq()));
  }
  std::string json = to_json(event);
  file_.append(json + "\n");

  const std::lock_guard lock{mutex_};
  const std::uint64_t index = next_seq_ - first_seq_;
  if (index % stride_ == 0) {
    if (places_.size() == max_index_) {  // keep every other place
      for (std::size_t i = 0; 2 * i < places_.size(); ++i) places_[i] = places_[2 * i];
      places_.resize((places_.size() + 1) / 2);
      stride_ *= 2;
    }
    if (index % stride_ == 0) places_.push_back(end_);
  }
  end_ += json.size() + 1;
  ++next_seq_;
  return json;
}

void EventLog::sync() {
  file_.sync();
}

std::uint64_t EventLog::last_seq() const {
  const std::lock_guard lock{mutex_};
  return next_seq_ - 1;
}

std::vector<std::string> EventLog::read(std::uint64_t from, std::uint64_t to,
                                        std::size_t limit) const {
  std::uint64_t seq = 0;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  {
    const std::lock_guard lock{mutex_};
    from = std::max(from, first_seq_);
    to = std::min(to, next_seq_ - 1);
    if (from > to || limit == 0) return {};
    const std::uint64_t place = (from - first_seq_) / stride_;
    seq = first_seq_ + place * stride_;
    offset = places_[place];
    end = end_;
  }
  if (to - from >= limit) to = from + (limit - 1);

  constexpr std::size_t block = 65536;
  std::vector<std::string> events;
  std::string line;
  while (seq <= to && offset < end) {
    const std::string bytes =
        file_.read(offset, static_cast<std::size_t>(std::min<std::uint64_t>(block, end - offset)));
    if (bytes.empty()) break;  // someone cut the file: what is left is given
    offset += bytes.size();
    for (std::size_t begin = 0; begin < bytes.size() && seq <= to;) {
      const auto feed = bytes.find('\n', begin);
      if (seq >= from) line.append(bytes, begin, feed == std::string::npos ? feed : feed - begin);
      if (feed == std::string::npos) break;
      if (seq >= from) events.push_back(std::move(line));
      line.clear();
      ++seq;
      begin = feed + 1;
    }
  }
  return events;
}

}  // namespace draftstream
