// Files of keys: what is written is read, and what is none is refused with a sentence.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/key_files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// The example of zmq_curve(7).
const KeyPair known{"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
                    "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"};

std::string content(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

fs::path write(const TemporaryFolder& folder, const std::string& name, const std::string& text,
               mode_t mode = 0600) {
  const fs::path path = folder.file(name);
  std::ofstream{path, std::ios::binary} << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

mode_t mode_of(const fs::path& path) {
  struct stat state {};
  REQUIRE(::stat(path.c_str(), &state) == 0);
  return state.st_mode & 07777;
}

std::string lines_of(const std::string& public_key, const std::string& secret_key = "") {
  std::string text = "metadata\n    name = me\ncurve\n    public-key = \"" + public_key + "\"\n";
  if (!secret_key.empty()) text += "    secret-key = \"" + secret_key + "\"\n";
  return text;
}

}  // namespace

TEST_CASE("pairs are made, written and read back", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const KeyPair pair = make_key_pair();
  CHECK(pair.public_key.size() == 40);
  CHECK(pair.secret_key.size() == 40);
  CHECK(make_key_pair().secret_key != pair.secret_key);
  const KeyFiles files = write_key_files(pair, "alice", folder.path());
  CHECK(files.public_file == folder.file("alice.pub"));
  CHECK(files.secret_file == folder.file("alice.key"));
  CHECK(mode_of(files.public_file) == 0644);
  CHECK(mode_of(files.secret_file) == 0600);
  CHECK(content(files.public_file).find(pair.secret_key) == std::string::npos);
  CHECK(read_public_key(files.public_file) == pair.public_key);
  CHECK(read_public_key(files.secret_file) == pair.public_key);
  CHECK(read_key_pair(files.secret_file).public_key == pair.public_key);
  CHECK(read_key_pair(files.secret_file).secret_key == pair.secret_key);
}

TEST_CASE("keys that are there are not replaced", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const std::string there = GENERATE(as<std::string>{}, "alice.pub", "alice.key");
  const std::string other = there == "alice.pub" ? "alice.key" : "alice.pub";
  write(folder, there, "mine");
  CHECK_THROWS_AS(write_key_files(known, "alice", folder.path()), ConfigError);
  CHECK_THROWS_WITH(write_key_files(known, "alice", folder.path()),
                    ContainsSubstring(there + ": found a file, expected none"));
  CHECK(content(folder.file(there)) == "mine");
  CHECK_FALSE(fs::exists(folder.file(other)));
  CHECK_THROWS_WITH(write_key_files(known, "bob", folder.file("none")),
                    ContainsSubstring("none/bob.key: cannot be opened for writing: No such file"));
}

TEST_CASE("certificates of czmq and pyzmq are read", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const std::string text = GENERATE_COPY(
      "#   ****  Generated on 2023-01-01 by pyzmq  ****\n#   secret-key = \"nothing\"\n\nmetadata\n"
      "    name = \"x\"\ncurve\n    public-key = \"" +
          known.public_key + "\"\n    secret-key = \"" + known.secret_key + "\"\n",
      "public-key=" + known.public_key + "\r\nsecret-key='" + known.secret_key + "'",
      "secret-key = " + known.secret_key + "\npublic-key-before = \"x\"\n\tpublic-key =\t\"" +
          known.public_key + "\"\n");
  const fs::path path = write(folder, "pair", text);
  CHECK(read_public_key(path) == known.public_key);
  CHECK(read_key_pair(path).secret_key == known.secret_key);
}

TEST_CASE("what is no key is refused, with its place and without itself",
          "[publishers][key_files]") {
  const TemporaryFolder folder;
  struct Row {
    const char* name;
    std::string text;
    const char* sentence;
  };
  const std::string short_key = known.public_key.substr(1);
  const std::vector<Row> rows{
      {"empty", "", "found no public-key, expected a line public-key = "},
      {"something else", "\x89PNG\r\n\x1a\n", "found no public-key"},
      {"only a key", known.public_key, "found no public-key"},
      {"too short", "curve\n" + lines_of(short_key), "line 5: found a public-key of 39 characters"},
      {"too long", lines_of(known.public_key + "x"), "line 4: found a public-key of 41 characters"},
      {"no key", lines_of(""), "line 4: found a public-key of 0 characters"},
      {"not of Z85", lines_of("~" + short_key), "expected 40 characters of Z85"},
      {"a space within", lines_of(" x" + short_key.substr(1)), "expected 40 characters of Z85"},
      {"beyond ASCII", lines_of("\xff" + short_key), "expected 40 characters of Z85"},
      {"more than 32 bytes hold", lines_of(std::string(40, '#')), "expected 40 characters of Z85"},
      {"bad secret key", lines_of(known.public_key, known.secret_key.substr(2)),
       "line 5: found a secret-key of 38 characters"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const fs::path path = write(folder, "keys", row.text);
    CHECK_THROWS_AS(read_public_key(path), InputError);
    CHECK_THROWS_WITH(read_public_key(path), ContainsSubstring(path.string() + ": ") &&
                                                 ContainsSubstring(row.sentence) &&
                                                 !ContainsSubstring(short_key) &&
                                                 !ContainsSubstring(known.secret_key.substr(2)));
    CHECK_THROWS_AS(read_key_pair(path), InputError);
    CHECK_THROWS_AS(read_allowed_keys(path), InputError);
  }
}

TEST_CASE("no prefix of a pair is taken for one", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const std::string whole = lines_of(known.public_key, known.secret_key);
  const std::size_t needed = whole.find(known.secret_key) + known.secret_key.size();
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    const fs::path path = write(folder, "pair", whole.substr(0, length));
    if (length < needed) {
      CHECK_THROWS_AS(read_key_pair(path), InputError);
    } else {
      CHECK(read_key_pair(path).secret_key == known.secret_key);
    }
  }
}

TEST_CASE("a pair is two keys that belong together", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const KeyPair other = make_key_pair();
  const auto path = write(folder, "pub", lines_of(known.public_key));
  CHECK_THROWS_WITH(read_key_pair(path), ContainsSubstring("public keys: 1, secret keys: 0"));
  write(folder, "pub", lines_of(other.public_key, known.secret_key));
  CHECK_THROWS_AS(read_key_pair(path), InputError);
  CHECK_THROWS_WITH(read_key_pair(path), ContainsSubstring("not the secret one's"));
  write(folder, "pub", lines_of(known.public_key) + lines_of(other.public_key));
  CHECK_THROWS_WITH(read_public_key(path), ContainsSubstring("found 2 public keys, expected one"));
}

TEST_CASE("a secret key that others may read is refused", "[publishers][key_files]") {
  const TemporaryFolder folder;
  const std::string text = lines_of(known.public_key, known.secret_key);
  for (const mode_t mode : {0400, 0600, 0700}) {
    CAPTURE(mode);
    CHECK(read_key_pair(write(folder, "key", text, mode)).secret_key == known.secret_key);
  }
  for (const mode_t mode : {0644, 0640, 0620, 0604, 0601}) {
    CAPTURE(mode);
    const auto path = write(folder, "key", text, mode);
    CHECK_THROWS_AS(read_key_pair(path), ConfigError);
    CHECK_THROWS_WITH(read_key_pair(path), ContainsSubstring("expected 0600 or less"));
    CHECK(read_public_key(path) == known.public_key);
  }
}

TEST_CASE("files that are none are refused", "[publishers][key_files]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(read_public_key(folder.file("none")), MissingInput);
  CHECK_THROWS_AS(read_key_pair(folder.file("none")), MissingInput);
  CHECK_THROWS_AS(read_allowed_keys(folder.file("none")), MissingInput);
  CHECK_THROWS_WITH(read_public_key(folder.file("none")),
                    ContainsSubstring("none: cannot be read"));
  CHECK_THROWS_WITH(read_public_key(folder.path()), ContainsSubstring("found no regular file"));
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_AS(read_public_key(pipe), InputError);  // and nobody waits for who writes to it
  write(folder, "large", std::string((1 << 20) + 1, '\n'));
  CHECK_THROWS_WITH(read_public_key(folder.file("large")),
                    ContainsSubstring("found 1048577 bytes"));
}

TEST_CASE("an allow-list is a folder, or a file", "[publishers][key_files]") {
  const TemporaryFolder folder;
  CHECK(read_allowed_keys(folder.path()).empty());
  const KeyPair other = make_key_pair();
  const KeyPair third = make_key_pair();
  const PublicKeys all{known.public_key, other.public_key, third.public_key};
  SECTION("a folder") {
    write(folder, "a.pub", lines_of(known.public_key));
    write(folder, "b.key", lines_of(other.public_key));  // as pyzmq names public ones
    write_key_files(third, "c", folder.path());
    write(folder, "README", "Who may listen.");
    write(folder, "d.pub~", lines_of(make_key_pair().public_key));
    fs::create_directory(folder.file("old"));
    CHECK(read_allowed_keys(folder.path()) == all);
    write(folder, "bad.pub", "nothing");
    CHECK_THROWS_WITH(read_allowed_keys(folder.path()), ContainsSubstring("bad.pub: found no"));
  }
  SECTION("a file") {
    const auto path = write(folder, "clients",
                            lines_of(known.public_key) + lines_of(other.public_key) +
                                lines_of(third.public_key) + lines_of(known.public_key));
    CHECK(read_allowed_keys(path) == all);
  }
}
