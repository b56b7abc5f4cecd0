#include "app/dump_file.hpp"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/exit_status.hpp"
#include "publishers/append_file.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

// Which of its samples are none: integers cannot say so themselves.
void write_gap_map(const DumpFile& file, const RingDump& dump, const std::string& obs_id) {
  Json gaps = Json::array();
  for (const Gap& gap : dump.gaps) {
    gaps.push_back({{"first", gap.first - dump.written.first},
                    {"samples", gap.samples},
                    {"fate", name(gap.fate)}});
  }
  Json holes = Json::array();
  for (const Hole& hole : dump.holes) {
    holes.push_back({{"first", hole.first - dump.written.first},
                     {"samples", hole.samples},
                     {"first_channel", hole.first_channel},
                     {"channels", hole.channels}});
  }
  const Json map{{"recording", file.path.filename().string()},
                 {"event_id", file.event_id ? Json(*file.event_id) : Json()},
                 {"obs_id", obs_id},
                 {"first_sample", dump.written.first},
                 {"samples", dump.written.end - dump.written.first},
                 {"gaps", std::move(gaps)},
                 {"holes", std::move(holes)}};
  std::filesystem::path path = file.path;
  write_atomically(path.replace_extension(".gaps.json"), map.dump(1) + "\n");
}

bool is_overrun_in(const RingDump& dump, const RingStretch& sweep) {
  return std::any_of(dump.gaps.begin(), dump.gaps.end(), [&](const Gap& gap) {
    return gap.fate == Fate::overrun && gap.first < sweep.end && gap.end() > sweep.first;
  });
}

DumpResult write(const DumpedBeam& beam, const DumpFile& file) {
  std::filesystem::create_directories(file.path.parent_path());
  const RingDump dump = dump_ring(*beam.ring, *beam.observation, file.stretch.wanted, file.path);
  if (dump.bytes == 0) {
    return {DumpOutcome::missed, {}, "all of it was overwritten, or never came"};
  }
  write_gap_map(file, dump, beam.obs_id);
  const RingStretch& sweep = file.stretch.sweep;
  if (dump.written.holds(sweep) && !is_overrun_in(dump, sweep)) {
    return {DumpOutcome::complete, dump.bytes, {}};
  }
  return {DumpOutcome::truncated, dump.bytes,
          file.event_id ? "a part of the sweep was overwritten, or never came"
                        : "a part of it was overwritten, or never came"};
}

}  // namespace

std::string_view name(DumpOutcome outcome) {
  switch (outcome) {
    case DumpOutcome::complete:
      return "complete";
    case DumpOutcome::truncated:
      return "truncated";
    case DumpOutcome::missed:
      return "missed";
    case DumpOutcome::failed:
      break;
  }
  return "failed";
}

DumpResult write_dump(const DumpedBeam& beam, const DumpFile& file) {
  try {
    return write(beam, file);
  } catch (...) {
    return {DumpOutcome::failed, {}, sentence_of(std::current_exception())};
  }
}

}  // namespace draftstream
