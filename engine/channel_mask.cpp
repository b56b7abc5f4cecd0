#include "engine/channel_mask.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::string_view separators = " \t\r,";

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class MaskParser {
 public:
  explicit MaskParser(const FrequencyAxis& frequency)
      : frequency_{frequency}, masked_(frequency.channels(), false) {}

  void line(std::string_view text) {
    ++line_;
    text = text.substr(0, text.find('#'));
    while (true) {
      const std::size_t begin = text.find_first_not_of(separators);
      if (begin == std::string_view::npos) return;
      text.remove_prefix(begin);
      const std::size_t length = std::min(text.find_first_of(separators), text.size());
      entry(text.substr(0, length));
      text.remove_prefix(length);
    }
  }

  std::vector<bool> result() && { return std::move(masked_); }

 private:
  void entry(std::string_view text) {
    if (text.ends_with("MHz")) return band(text);
    const std::size_t dash = text.find('-', 1);
    const auto first = whole_number<std::size_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : whole_number<std::size_t>(text.substr(dash + 1));
    if (!first || !last) {
      refuse(text, "a channel (12), a range (20-30) or a band (1200:1215.5MHz)");
    }
    if (*first > *last || *last >= masked_.size()) {
      refuse(text, fmt::format("channels from 0 to {}, the lower first", masked_.size() - 1));
    }
    for (std::size_t channel = *first; channel <= *last; ++channel) masked_[channel] = true;
  }

  void band(std::string_view text) {
    const std::string_view numbers = text.substr(0, text.size() - 3);
    const std::size_t colon = numbers.find(':');
    if (colon == std::string_view::npos) refuse(text, "a band such as 1200:1215.5MHz");
    const auto a = whole_number<double>(numbers.substr(0, colon));
    const auto b = whole_number<double>(numbers.substr(colon + 1));
    if (!a || !b || !std::isfinite(*a) || !std::isfinite(*b)) {
      refuse(text, "a band such as 1200:1215.5MHz");
    }
    const auto [low, high] = std::minmax(*a, *b);
    for (std::size_t channel = 0; channel < masked_.size(); ++channel) {
      const double centre = frequency_.centre(channel).value();
      if (centre >= low && centre <= high) masked_[channel] = true;
    }
  }

  [[noreturn]] void refuse(std::string_view found, const std::string& expected) const {
    throw InputError(fmt::format("line {}", line_), fmt::format("'{}'", found), expected);
  }

  const FrequencyAxis& frequency_;
  std::vector<bool> masked_;
  std::size_t line_ = 0;
};

}  // namespace

std::vector<bool> parse_channel_mask(std::string_view text, const FrequencyAxis& frequency) {
  MaskParser parser{frequency};
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    parser.line(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return std::move(parser).result();
}

}  // namespace draftstream
