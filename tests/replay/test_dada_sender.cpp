// Recordings in PSRDADA rings: as dada_db would make them, through the product's reader and back.
#include "replay/dada_sender.hpp"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/live/dada_source.hpp"
#include "tests/ingest/live/dada_stream.hpp"
#include "tests/ingest/live/system_v_ring.hpp"
#include "tests/replay/band_recording.hpp"
#include "tests/replay/sent_packets.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::Band;
using test::BandRecording;
using test::RingPair;

namespace {

std::vector<std::byte> all_of(BandRecording& recording) {
  const Observation& seen = recording.observation();
  std::vector<std::byte> bytes(*seen.samples * seen.spectrum_bytes());
  recording.read(0, bytes);
  return bytes;
}

DadaTarget target_of(key_t key) {
  DadaTarget target;
  target.key = key;
  return target;
}

// Without waiting for anything but readers.
std::uint64_t send_at_once(const DadaTarget& target, const Band& band, const StopEvent& stop) {
  BandRecording recording{band};
  DadaSender sender{target, recording};
  test::NotingClock noting;
  SendSchedule schedule{band.sample_time, 0.0, {}, noting.clock()};
  return sender.send(recording, schedule, stop, {});
}

test::Fed read_next(DadaSource& source) {
  const auto observation = source.next_observation();
  REQUIRE(observation);
  return test::feed_through(source, *observation, 4096);
}

struct KeptRing {
  std::size_t semaphores = 0;
  std::vector<int> values;
  unsigned mode = 0;
};

KeptRing semaphores_of(key_t key) {
  KeptRing ring;
  const int id = ::semget(key, 0, 0);
  if (id < 0) return ring;
  semid_ds state{};
  union {
    semid_ds* state;
  } argument{&state};
  REQUIRE(::semctl(id, 0, IPC_STAT, argument) == 0);
  ring.semaphores = state.sem_nsems;
  for (int i = 0; i < static_cast<int>(ring.semaphores); ++i) {
    ring.values.push_back(::semctl(id, i, GETVAL));
  }
  ring.mode = state.sem_perm.mode & 0777U;
  return ring;
}

std::size_t bytes_at(key_t key) {
  const int id = ::shmget(key, 0, 0);
  shmid_ds state{};
  if (id < 0 || ::shmctl(id, IPC_STAT, &state) != 0) return 0;
  CHECK((state.shm_perm.mode & 0777U) == 0666);
  return state.shm_segsz;
}

}  // namespace

TEST_CASE("a ring is made as the layout has it, and removed", "[replay][dada]") {
  key_t key = 0;
  {
    const RingPair used{{2, 64}};  // a key that nobody else uses, right after
    key = used.key();
  }
  {
    const MadeDadaRing ring{key, {5, 1000, 3}};
    CHECK(bytes_at(key) == 528 + 5 + 20);
    for (int buffer = 0; buffer < 5; ++buffer)
      CHECK(bytes_at(key + 0x10000 * (10 + buffer)) == 1000);
    CHECK(bytes_at(key + 0x10000 * 15) == 0);
    CHECK(semaphores_of(key + 0x10000).values == std::vector<int>{1, 3});
    CHECK(semaphores_of(key + 0x10000).mode == 0666);
    for (int reader = 0; reader < 3; ++reader) {
      CHECK(semaphores_of(key + 0x10000 * (2 + reader)).values == std::vector<int>{8, 8, 0, 0, 1});
    }
    CHECK(semaphores_of(key + 0x10000 * 5).values.empty());
    const void* const memory = ::shmat(::shmget(key, 0, 0), nullptr, SHM_RDONLY);
    std::vector<std::byte> sync(553);
    std::memcpy(sync.data(), memory, sync.size());
    ::shmdt(memory);
    const auto number = [&sync](std::size_t at, std::size_t bytes) {
      std::uint64_t value = 0;
      std::memcpy(&value, sync.data() + at, bytes);
      return value;
    };
    const auto plain = static_cast<std::uint64_t>(key);
    CHECK(number(0, 4) == plain + 0x10000);
    CHECK(number(4, 4) == plain + 0x20000);
    CHECK(number(40, 8) == 5);
    CHECK(number(48, 8) == 1000);
    CHECK(number(56, 8) == 0);
    CHECK(number(248, 4) == 3);
    CHECK(number(520, 4) == 0xffffffff);
    for (std::size_t b = 0; b < 5; ++b) CHECK(number(533 + 4 * b, 4) == plain + 0x10000 * (10 + b));
    CHECK_THROWS_AS((MadeDadaRing{key, {2, 64, 1}}), ConfigError);
  }
  CHECK(bytes_at(key) == 0);
  CHECK(semaphores_of(key + 0x10000).values.empty());
}

TEST_CASE("what was sent into a ring comes out of it, with its header", "[replay][dada]") {
  const auto block = GENERATE(as<std::size_t>{}, 1000, 8000, 1 << 20);
  Band band{.samples = 3000, .beam = 7};
  band.format = GENERATE(SampleFormat{}, float_samples);
  band.sample_time = Seconds{6.5536e-5};
  BandRecording recording{band};
  const RingPair rings{{4, block}};
  const StopEvent stop;
  DadaSource source{{rings.key(), {}}};
  for (int round = 0; round < 2; ++round) {
    std::uint64_t sent = 0;
    std::thread sending{[&] { sent = send_at_once(target_of(rings.key()), band, stop); }};
    const auto got = source.next_observation();
    REQUIRE(got);
    const test::Fed fed = test::feed_through(source, *got, 4096);
    sending.join();
    const Observation& seen = recording.observation();
    CHECK(sent == 3000);
    CHECK(fed.bytes == all_of(recording));
    CHECK(fed.warnings.empty());
    CHECK(got->time.sample_time == seen.time.sample_time);
    CHECK(got->time.start == seen.time.start);
    CHECK(got->frequency == seen.frequency);
    CHECK(got->format == seen.format);
    CHECK(got->beam == 7);
  }
}

TEST_CASE("a sender waits for a slow reader, and loses nothing", "[replay][dada]") {
  const Band band{.samples = 500};
  BandRecording recording{band};
  const RingPair rings{{2, 300}};
  const StopEvent stop;
  std::thread sending{[&] { (void)send_at_once(target_of(rings.key()), band, stop); }};
  // Both blocks are full, and it waits for one to be cleared.
  const int semaphores = ::semget(rings.key() + 0x20000, 0, 0);
  while (::semctl(semaphores, test::clear, GETNCNT) == 0) std::this_thread::yield();
  CHECK(rings.data().value(test::full) == 2);
  DadaSource source{{rings.key(), {}}};
  CHECK(read_next(source).bytes == all_of(recording));
  sending.join();
}

TEST_CASE("stop() ends a wait for a reader that never comes", "[replay][dada]") {
  const Band band{.samples = 500};
  const RingPair rings{{2, 304}};
  StopEvent stop;
  std::uint64_t sent = 500;
  std::thread sending{[&] { sent = send_at_once(target_of(rings.key()), band, stop); }};
  const int semaphores = ::semget(rings.key() + 0x20000, 0, 0);
  while (::semctl(semaphores, test::clear, GETNCNT) == 0) std::this_thread::yield();
  stop.stop();
  sending.join();
  CHECK(sent == 2 * 304 / 8);
}

TEST_CASE("a killed sender leaves a ring that the next one can use", "[replay][dada][killed]") {
  const Band band{.samples = 500};
  BandRecording recording{band};
  const auto whole = all_of(recording);
  const RingPair rings{{2, 400}};
  test::ChildProcess child{[&] {
    const StopEvent stop;
    (void)send_at_once(target_of(rings.key()), band, stop);
  }};
  DadaSource source{{rings.key(), {}}};
  const int semaphores = ::semget(rings.key() + 0x20000, 0, 0);
  while (::semctl(semaphores, test::clear, GETNCNT) == 0) std::this_thread::yield();
  child.kill();
  CHECK(rings.data().value(test::full) == 2);
  CHECK(rings.data().value(test::clear) == 0);
  // The lock for writing is free again, and so is what was taken.
  CHECK(semaphores_of(rings.key() + 0x10000).values.at(0) == 1);
  StopEvent stop;
  std::thread sending{[&] { (void)send_at_once(target_of(rings.key()), band, stop); }};
  // The first observation ends where it was killed.
  const auto first = read_next(source).bytes;
  CHECK(first == std::vector<std::byte>(whole.begin(), whole.begin() + 800));
  CHECK(read_next(source).bytes == whole);
  sending.join();
}

TEST_CASE("a sender that is killed with a block in hand gives it back", "[replay][dada][killed]") {
  const Band band{.samples = 500};
  const RingPair rings{{2, 400}};  // blocks of 50 spectra
  test::ChildProcess child{[&] {
    const StopEvent stop;
    BandRecording recording{band};
    DadaSender sender{target_of(rings.key()), recording};
    // Inside the third block it waits for ever.
    const SendClock clock{[] { return Seconds{}; },
                          [&](Seconds moment) {
                            while (moment > 120.0 * band.sample_time) ::pause();
                            return true;
                          }};
    SendSchedule schedule{band.sample_time, 1.0, {}, clock};
    (void)sender.send(recording, schedule, stop, {});
  }};
  DadaRing reader{rings.key()};
  const std::atomic<bool> never{false};
  for (int block = 0; block < 2; ++block) {
    REQUIRE(reader.next(never));
    reader.clear();
  }
  while (rings.data().value(test::clear) != 1) std::this_thread::yield();  // it has taken one
  child.kill();
  CHECK(rings.data().value(test::clear) == 2);
  CHECK(rings.data().value(test::full) == 0);
  CHECK(semaphores_of(rings.key() + 0x10000).values.at(0) == 1);
}

TEST_CASE("only one writes a ring", "[replay][dada]") {
  const RingPair rings{{2, 400}};
  const BandRecording recording{Band{}};
  const DadaSender sender{target_of(rings.key()), recording};
  CHECK_THROWS_WITH((DadaSender{target_of(rings.key()), recording}),
                    ContainsSubstring("somebody writes it"));
  CHECK_THROWS_AS((DadaSender{target_of(0x7ffffff0), recording}), TryAgain);
}

TEST_CASE("targets of rings, and what has no DADA header", "[replay][dada]") {
  const DadaTarget target = parse_dada_target("dada:0xdada?create=yes&nbufs=6&bufsz=500&readers=2");
  CHECK(target.key == 0xdada);
  CHECK(target.create);
  CHECK(target.data.buffers == 6);
  CHECK(target.data.buffer_bytes == 500);
  CHECK(target.data.readers == 2);
  CHECK_FALSE(parse_dada_target("dada:b0ba").create);
  for (const char* bad :
       {"dada:", "dada:xyz", "dada:0", "dada:7fffffff", "dada:dada?nbufs=4", "dada:dada?create=no",
        "dada:dada?create=yes&nbufs=1", "dada:dada?create=yes&readers=9", "dada:dada?tsamp=us"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(parse_dada_target(bad), ContainsSubstring(std::string{"URL '"} + bad + "'") &&
                                                  ContainsSubstring("expected"));
    CHECK_THROWS_AS(parse_dada_target(bad), ConfigError);
  }
  Observation odd = BandRecording{Band{.channels = 3}}.observation();
  odd.format.bits = 1;
  CHECK_THROWS_AS(make_dada_header(odd), ConfigError);
  odd.format.bits = 8;
  CHECK_NOTHROW(make_dada_header(odd));
  odd.frequency = FrequencyAxis{{Megahertz{1.0}, Megahertz{2.0}, Megahertz{4.0}}};
  CHECK_THROWS_AS(make_dada_header(odd), ConfigError);
}
