// Who may look at the page: methods, names, tokens.
#include <filesystem>
#include <fstream>
#include <string>

#include "ingest/errors.hpp"
#include "publishers/page/page_guard.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;

namespace {

const std::string token = "0123456789abcdef-._~";

Endpoint loopback_endpoint() {
  return page_endpoint("127.0.0.1:8080", false);
}

std::string token_file(const test::TemporaryFolder& folder, const std::string& text,
                       std::filesystem::perms mode = std::filesystem::perms::owner_read) {
  const std::string path = folder.file("token");
  std::ofstream{path} << text;
  std::filesystem::permissions(path, mode);
  return path;
}

}  // namespace

TEST_CASE("without a token, who asks for a name of this machine may look", "[publishers][page]") {
  struct Row {
    std::string method, host;
    Admission expected;
  };
  const auto row = GENERATE(values<Row>({
      {"GET", "127.0.0.1:8080", Admission::admitted},
      {"HEAD", "127.0.0.1:8080", Admission::admitted},
      {"GET", "localhost:8080", Admission::admitted},
      {"GET", "localhost", Admission::admitted},
      {"GET", "[::1]:8080", Admission::admitted},
      {"GET", "[::1]", Admission::admitted},
      {"POST", "127.0.0.1:8080", Admission::wrong_method},
      {"DELETE", "127.0.0.1:8080", Admission::wrong_method},
      {"OPTIONS", "localhost", Admission::wrong_method},
      {"GET", "evil.example:8080", Admission::wrong_host},
      {"GET", "127.0.0.1.evil.example", Admission::wrong_host},
      {"GET", "localhost.evil.example:8080", Admission::wrong_host},
      {"GET", "evil.example:127.0.0.1", Admission::wrong_host},
      {"GET", "192.168.0.1:8080", Admission::wrong_host},
      {"GET", "", Admission::wrong_host},
      {"GET", "lo", Admission::wrong_host},
  }));
  CAPTURE(row.method, row.host);
  const PageGuard guard{loopback_endpoint(), {}};
  CHECK(guard.judge({row.method, row.host, "", "", ""}) == row.expected);
}

TEST_CASE("with a token, who shows it may look", "[publishers][page]") {
  const PageGuard guard{page_endpoint("0.0.0.0:8080", true), token};
  struct Row {
    std::string authorization, cookie, parameter;
    Admission expected;
  };
  const auto row = GENERATE(values<Row>({
      {"", "", "", Admission::no_token},
      {"Bearer " + token, "", "", Admission::admitted},
      {"bearer " + token, "", "", Admission::no_token},
      {"Bearer " + token + "x", "", "", Admission::no_token},
      {"Bearer 0123456789abcdef-._!", "", "", Admission::no_token},
      {"Bearer ", "", "", Admission::no_token},
      {"Basic " + token, "", "", Admission::no_token},
      {"", "", token, Admission::by_parameter},
      {"", "", token.substr(1), Admission::no_token},
      {"", "draftstream_8080=" + token, "", Admission::admitted},
      {"", "a=b; draftstream_8080=" + token + "; c=d", "", Admission::admitted},
      {"", "draftstream_8081=" + token, "", Admission::no_token},
      {"", "xdraftstream_8080=" + token, "", Admission::no_token},
      {"", "draftstream_8080", "", Admission::no_token},
      {"", ";;;=", "", Admission::no_token},
  }));
  CAPTURE(row.authorization, row.cookie, row.parameter);
  const PageRequest request{"GET", "any.example", row.authorization, row.cookie, row.parameter};
  CHECK(guard.judge(request) == row.expected);
  CHECK(guard.judge({"POST", "", row.authorization, "", ""}) == Admission::wrong_method);
  CHECK(guard.cookie() == "draftstream_8080=" + token + "; Path=/; HttpOnly; SameSite=Strict");
}

TEST_CASE("addresses that other machines reach need a token", "[publishers][page]") {
  CHECK(page_endpoint("127.0.0.1:0", false).port == 0);
  CHECK(page_endpoint("[::1]:81", false).host == "[::1]");
  CHECK(page_endpoint("0.0.0.0:80", true).port == 80);
  for (const char* reached : {"0.0.0.0:80", "192.168.0.1:80", "*:80", "[::]:80"}) {
    CAPTURE(reached);
    CHECK_THROWS_WITH(page_endpoint(reached, false),
                      ContainsSubstring("which other machines reach"));
  }
  for (const char* no_address : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:x", "a:-1"}) {
    CAPTURE(no_address);
    CHECK_THROWS_WITH(page_endpoint(no_address, true), ContainsSubstring("expected ADDRESS:PORT"));
  }
}

TEST_CASE("a token is read from a file of its owner", "[publishers][page]") {
  const test::TemporaryFolder folder;
  CHECK(page_token(token_file(folder, " " + token + "\n")) == token);
  CHECK_THROWS_AS(page_token(folder.file("none")), MissingInput);
  for (const std::string& text : {std::string{}, std::string{"short"}, "two words " + token,
                                  std::string(257, 'a'), token + "\n" + token, token + '\0'}) {
    const test::TemporaryFolder other;
    CAPTURE(text);
    CHECK_THROWS_WITH(page_token(token_file(other, text)),
                      ContainsSubstring("expected a token") && !ContainsSubstring("0123456789"));
  }
  const test::TemporaryFolder open;
  const auto readable = token_file(
      open, token, std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  CHECK_THROWS_WITH(page_token(readable), ContainsSubstring("found mode 0404"));
}
