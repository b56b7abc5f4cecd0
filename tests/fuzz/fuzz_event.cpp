// Whatever the bytes are, what comes over the wire or from a table is read or refused with
// InputError; an event that was read is written and read again as the same one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/errors.hpp"
#include "publishers/candidate_reader.hpp"
#include "publishers/event.hpp"
#include "publishers/replay_protocol.hpp"
#include "publishers/status.hpp"
#include "publishers/topic.hpp"
#include "tests/publishers/sample_events.hpp"

namespace {

template <class Parser>
void attempt(const Parser& parse) {
  try {
    parse();
  } catch (const draftstream::InputError&) {  // refused, as it should be
  }
}

void parse_all(std::string_view text) {
  attempt([text] {
    const draftstream::Event event = draftstream::parse_event(text);
    const std::string json = draftstream::to_json(event);
    if (draftstream::to_json(draftstream::parse_event(json)) != json) std::abort();
    if (draftstream::topic_name(event).back() != '.') std::abort();
  });
  attempt([text] { (void)draftstream::parse_publisher_message(text); });
  attempt([text] { (void)draftstream::parse_replay_request(text); });
  attempt([text] { (void)draftstream::parse_replay_end(text); });
  attempt([text] {
    for (const auto& row : draftstream::parse_candidates(text)) {
      if (draftstream::format_row(row).back() != '\n') std::abort();
    }
  });
}

// Random bytes are hardly ever JSON with our fields, so they are also put into a good event: the
// first two say where, the third how much of it they replace.
std::string spoilt(std::string good, std::string_view text) {
  const std::size_t at =
      (static_cast<unsigned char>(text[0]) * 256U + static_cast<unsigned char>(text[1])) %
      good.size();
  const std::size_t length = static_cast<unsigned char>(text[2]) % 32U;
  return good.replace(at, std::min(length, good.size() - at), text.substr(3));
}

std::string good_table() {
  std::string table;
  for (const auto column : draftstream::candidate_columns) {
    table += std::string{column} + (column == "chunk" ? '\n' : ',');
  }
  return table + draftstream::format_row(
                     draftstream::make_row(draftstream::test::sample_event(1), "a,\"b\".fil", 3));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string event = draftstream::to_json(draftstream::test::sample_event(1));
  static const std::string status = draftstream::status_json(
      {"a/b/c", draftstream::test::session_a, {58225, 0.5}, 3}, draftstream::StatusReport{});
  static const std::string table = good_table();
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  parse_all(text);
  if (size < 3) return 0;
  parse_all(spoilt(event, text));
  parse_all(spoilt(status, text));
  parse_all(spoilt(table, text));
  return 0;
}
