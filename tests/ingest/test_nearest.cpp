// Edit distance and what it is for.
#include <string>
#include <vector>

#include "ingest/nearest.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("the edit distance counts single changes", "[ingest][nearest]") {
  struct Row {
    const char* a;
    const char* b;
    std::size_t distance;
  };
  const auto row = GENERATE(values<Row>({
      {"", "", 0},
      {"", "abc", 3},
      {"threshold", "threshold", 0},
      {"treshold", "threshold", 1},    // one letter left out
      {"thresholdd", "threshold", 1},  // one too many
      {"thrushold", "threshold", 1},   // one replaced
      {"htreshold", "threshold", 1},   // two neighbours swapped
      {"kitten", "sitting", 3},        // the textbook's example
      {"ca", "abc", 3},                // 2 only if a swapped letter might be touched again
  }));
  CAPTURE(row.a, row.b);
  CHECK(edit_distance(row.a, row.b) == row.distance);
  CHECK(edit_distance(row.b, row.a) == row.distance);
}

TEST_CASE("one change of any kind is a distance of one", "[ingest][nearest][property]") {
  const std::string word = "max_candidates_per_s";
  for (std::size_t at = 0; at + 1 < word.size(); ++at) {
    CAPTURE(at);
    std::string removed = word;
    removed.erase(at, 1);
    std::string added = word;
    added.insert(at, 1, '#');
    std::string replaced = word;
    replaced[at] = '#';
    CHECK(edit_distance(word, removed) == 1);
    CHECK(edit_distance(word, added) == 1);
    CHECK(edit_distance(word, replaced) == 1);
    std::string swapped = word;
    std::swap(swapped[at], swapped[at + 1]);
    CHECK(edit_distance(word, swapped) == (word[at] == word[at + 1] ? 0 : 1));
  }
}

TEST_CASE("the nearest name is the first of the closest", "[ingest][nearest]") {
  const std::vector<std::string_view> known{"inspect", "replay", "simulate", "subscribe"};
  CHECK(nearest("repaly", known) == "replay");
  CHECK(nearest("subscrib", known) == "subscribe");
  const std::vector<std::string_view> equals{"ab", "ac"};
  CHECK(nearest("ad", equals) == "ab");
}

TEST_CASE("text from outside is quoted harmlessly", "[ingest][nearest]") {
  CHECK(in_quotes("plain") == "'plain'");
  CHECK(in_quotes("a\nb\x1b[2J") == "'a\\x0ab\\x1b[2J'");
  CHECK(in_quotes(std::string(100, 'x')) == "'" + std::string(60, 'x') + "...'");
}
