// Writes messages of every sort to a journal, for tests that come from outside.
//
//   write_journal DIR BURSTS   appends that many bursts to DIR/journal.sqlite, and among them what
//                              must not go out; prints the event_id of each burst
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "publishers/iso8601.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"

using namespace draftstream;

namespace {

// The same sky in each session, a second further.
Event burst(std::uint64_t seq) {
  Event event = test::current_event(seq);
  event.created = utc_now();
  event.signal.snr = 12.0;
  event.classifier.probability = 0.97;
  event.observation.backend = "BPSR";
  return event;
}

void append_kept(test::TestJournal& journal, std::uint64_t seq) {
  Event event = burst(seq);
  event.event_id += "-test";
  event.alert_tense = AlertTense::test;
  journal.append(event);
  event = burst(seq);
  event.event_id += "-injection";
  event.alert_tense = AlertTense::injection;
  event.injection = {true, "inj-1"};
  journal.append(event);
  event = burst(seq);
  event.event_id += "-faint";
  event.signal.snr = 6.0;
  journal.append(event);
  journal.append(test::update_of(event));
}

void write(const std::string& folder, std::uint64_t bursts) {
  test::TestJournal journal{folder + "/journal.sqlite", Existing::append};
  for (std::uint64_t i = 0; i < bursts; ++i) {
    const std::uint64_t seq = journal.journal().last_seq() + 1;
    const Event event = burst(seq);
    journal.append(event);
    fmt::print("{}\n", event.event_id);
    append_kept(journal, seq);
    if (i % 3 == 1) journal.append(test::update_of(event));
    if (i % 3 != 2) continue;
    Event retraction = test::update_of(event, AlertType::retraction);
    retraction.retraction_reason = "it was a microwave oven";
    journal.append(retraction);
  }
  journal.journal().end_session("ended");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) {
      fmt::print(stderr, "write_journal: expected DIR BURSTS\n");
      return 2;
    }
    write(argv[1], std::stoull(argv[2]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "write_journal: {}\n", error.what());
    return 1;
  }
  return 0;
}
