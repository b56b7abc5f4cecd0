// Putting events in order, without sockets.
#include <algorithm>
#include <random>
#include <vector>

#include "publishers/event_sequence.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

ReceivedMessage message(std::uint64_t seq) {
  ReceivedMessage received;
  received.json = std::to_string(seq);
  return received;
}

std::vector<std::uint64_t> pop_all(EventSequence& sequence) {
  std::vector<std::uint64_t> numbers;
  while (const auto received = sequence.pop()) numbers.push_back(std::stoull(received->json));
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("events come out in order and once", "[publishers][event_sequence]") {
  EventSequence sequence{1, 100};
  CHECK_FALSE(sequence.missing().has_value());
  CHECK(sequence.add(1, message(1)));
  CHECK_FALSE(sequence.add(1, message(1)));
  CHECK(sequence.add(4, message(4)));
  CHECK(pop_all(sequence) == Numbers{1});
  CHECK_FALSE(sequence.add(1, message(1)));
  REQUIRE(sequence.missing().has_value());
  CHECK(sequence.missing()->from == 2);
  CHECK(sequence.missing()->to == 3);
  CHECK(sequence.add(3, message(3)));
  CHECK(sequence.missing()->to == 2);
  CHECK(pop_all(sequence).empty());
  CHECK(sequence.add(2, message(2)));
  CHECK(pop_all(sequence) == Numbers{2, 3, 4});
  CHECK(sequence.next() == 5);
  CHECK_FALSE(sequence.missing().has_value());
}

TEST_CASE("a lost tail is known from what was announced", "[publishers][event_sequence]") {
  EventSequence sequence{3, 100};
  sequence.announce(2);
  CHECK_FALSE(sequence.missing().has_value());
  sequence.announce(5);
  sequence.announce(4);
  REQUIRE(sequence.missing().has_value());
  CHECK(sequence.missing()->from == 3);
  CHECK(sequence.missing()->to == 5);
}

TEST_CASE("what will not come is passed over", "[publishers][event_sequence]") {
  EventSequence sequence{1, 100};
  for (const std::uint64_t seq : {3, 6, 9}) sequence.add(seq, message(seq));
  sequence.settle(4);
  CHECK(pop_all(sequence) == Numbers{3});
  CHECK(sequence.next() == 5);
  CHECK(sequence.missing()->from == 5);
  CHECK(sequence.missing()->to == 5);
  sequence.settle(7);
  CHECK(pop_all(sequence) == Numbers{6});
  CHECK(sequence.next() == 8);
  CHECK_FALSE(sequence.add(7, message(7)));  // too late
}

TEST_CASE("a full buffer forgets the last, which are asked for again",
          "[publishers][event_sequence]") {
  EventSequence sequence{1, 2};
  for (const std::uint64_t seq : {5, 4, 3, 2}) CHECK(sequence.add(seq, message(seq)));
  CHECK(sequence.add(1, message(1)));
  sequence.settle(5);  // the answer held all of them: 3, 4 and 5 were forgotten here
  CHECK(pop_all(sequence) == Numbers{1, 2});
  REQUIRE(sequence.missing().has_value());
  CHECK(sequence.missing()->from == 3);
  CHECK(sequence.missing()->to == 5);
}

TEST_CASE("whatever is lost, doubled and shuffled, all events come out",
          "[publishers][event_sequence][property]") {
  const auto seed = GENERATE(range(0U, 60U));
  std::mt19937 random{seed};
  const std::uint64_t first = 1 + random() % 5;
  const std::uint64_t count = 1 + random() % 200;
  const std::size_t buffer = 1 + random() % 50;
  const std::uint64_t batch = 1 + random() % 20;
  CAPTURE(seed, first, count, buffer, batch);
  const std::uint64_t last = first + count - 1;
  const auto filtered = [](std::uint64_t seq) { return seq % 7 == 3; };  // of another beam

  std::vector<std::uint64_t> live;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    if (filtered(seq) || random() % 3 == 0) continue;
    live.push_back(seq);
    if (random() % 5 == 0) live.push_back(seq);
  }
  std::shuffle(live.begin(), live.end(), random);

  EventSequence sequence{first, buffer};
  Numbers out;
  const auto take = [&] {
    const auto popped = pop_all(sequence);
    out.insert(out.end(), popped.begin(), popped.end());
  };
  const auto ask = [&] {
    const auto missing = sequence.missing();
    if (!missing) return false;
    const std::uint64_t to = std::min(missing->to, missing->from + batch - 1);
    for (std::uint64_t seq = missing->from; seq <= to; ++seq) {
      if (!filtered(seq)) sequence.add(seq, message(seq));
    }
    sequence.settle(to);
    return true;
  };
  for (const std::uint64_t seq : live) {
    sequence.add(seq, message(seq));
    take();
    if (random() % 10 == 0) ask();
  }
  sequence.announce(last);
  take();
  for (std::uint64_t rounds = 0; ask(); ++rounds) {
    take();
    REQUIRE(rounds < 10 * count + 10);  // every answer brings it further
  }

  Numbers expected;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    if (!filtered(seq)) expected.push_back(seq);
  }
  CHECK(out == expected);
  CHECK(sequence.next() == last + 1);
}
