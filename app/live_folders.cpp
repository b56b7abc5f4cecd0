#include "app/live_folders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "publishers/iso8601.hpp"

namespace draftstream {

const OutputFolder& LiveFolders::next() {
  ++number_;
  if (number_ == 1 && !top_.replaces()) return top_;
  number_ = std::max(number_, 2U);
  const auto folder = [this] { return top_.path() / fmt::format("obs_{:04d}", number_); };
  while (std::filesystem::exists(folder())) ++number_;
  inside_ = std::make_unique<OutputFolder>(folder());
  return *inside_;
}

std::filesystem::path default_live_folder() {
  std::string stamp;
  for (const char c : format_iso8601(utc_now()).substr(0, 19)) {  // YYYY-MM-DDTHH:MM:SS
    if (c != '-' && c != ':') stamp += c;
  }
  return "live-" + stamp + ".draftstream";
}

}  // namespace draftstream
