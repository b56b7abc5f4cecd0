#include "publishers/candidate_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

struct Record {
  std::size_t line = 1;  // where it begins, counted from 1
  std::vector<std::string> fields;
};

// Takes RFC 4180 records off a text one by one.
class Records {
 public:
  explicit Records(std::string_view text) : text_{text} {}

  // Nothing at the end of the text.
  std::optional<Record> next() {
    if (at_ == text_.size()) return std::nullopt;
    Record record{line_, {}};
    bool more = true;
    while (more) {
      record.fields.push_back(field());
      more = at_ < text_.size() && text_[at_] == ',';
      if (more) ++at_;
    }
    end_line();
    return record;
  }

 private:
  std::string field() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_field();
    const auto end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    if (end < text_.size() && text_[end] == '"') {
      throw InputError(fmt::format("line {}", line_), "a quote inside a field without quotes",
                       "the whole field in quotes");
    }
    std::string found{text_.substr(at_, end - at_)};
    at_ = end;
    return found;
  }

  std::string quoted_field() {
    const std::size_t first_line = line_;
    std::string found;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (++at_ == text_.size() || text_[at_] != '"') return found;
      }
      if (text_[at_] == '\n') ++line_;
      found += text_[at_];
    }
    throw InputError(fmt::format("line {}", first_line), "the end of the file in a quoted field",
                     "a closing quote");
  }

  void end_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ == text_.size()) return;
    if (text_[at_] != '\n') {
      throw InputError(fmt::format("line {}", line_),
                       fmt::format("'{}' after a field", text_.substr(at_, 1)),
                       "a comma or the end of the line");
    }
    ++at_;
    ++line_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

// Which field of a record holds each of our columns.
using Places = std::array<std::size_t, candidate_columns.size()>;

Places find_columns(const Record& names) {
  Places places{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto found = std::find(names.fields.begin(), names.fields.end(), candidate_columns[i]);
    if (found == names.fields.end()) {
      throw InputError(fmt::format("line {}", names.line),
                       fmt::format("no column {}", candidate_columns[i]),
                       "the names of all columns of candidates.csv");
    }
    places[i] = static_cast<std::size_t>(found - names.fields.begin());
  }
  return places;
}

// One record, its fields asked for by name.
class Row {
 public:
  Row(const Record& record, const Places& places) : record_{record}, places_{places} {}

  [[nodiscard]] const std::string& text(std::string_view column) const {
    const auto index = static_cast<std::size_t>(
        std::find(candidate_columns.begin(), candidate_columns.end(), column) -
        candidate_columns.begin());
    return record_.fields[places_[index]];
  }

  template <class Number>
  [[nodiscard]] std::optional<Number> maybe(std::string_view column, const char* expected) const {
    const std::string& field = text(column);
    if (field.empty()) return std::nullopt;
    Number number{};
    const auto* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, number);
    bool good = error == std::errc{} && stop == end;
    if constexpr (std::is_floating_point_v<Number>) good = good && std::isfinite(number);
    if (!good) throw fault(column, expected);
    return number;
  }

  template <class Number>
  [[nodiscard]] Number required(std::string_view column, const char* expected) const {
    const auto number = maybe<Number>(column, expected);
    if (!number) throw fault(column, expected);
    return *number;
  }

  [[nodiscard]] double number(std::string_view column) const {
    return required<double>(column, "a number");
  }

  [[nodiscard]] UtcInstant mjd(std::string_view column) const {
    constexpr const char* expected = "an MJD such as 58227.123456789012345";
    constexpr std::size_t most_decimals = 18;
    const std::string& field = text(column);
    const auto* const end = field.data() + field.size();
    std::int64_t day = 0;
    const auto [dot, error] = std::from_chars(field.data(), end, day);
    if (error != std::errc{}) throw fault(column, expected);
    if (dot == end) return {day, 0.0};
    const auto decimals = static_cast<std::size_t>(end - dot) - 1;
    std::int64_t fraction = 0;
    const auto [stop, bad] = std::from_chars(dot + 1, end, fraction);
    if (*dot != '.' || bad != std::errc{} || stop != end || decimals > most_decimals ||
        dot[1] == '-' || day < 0) {
      throw fault(column, expected);
    }
    // A long double, because a double of days holds only 0.6 us.
    const long double of_a_day =
        static_cast<long double>(fraction) / std::pow(10.0L, static_cast<long double>(decimals));
    return {day, static_cast<double>(of_a_day * 86400.0L)};
  }

 private:
  [[nodiscard]] InputError fault(std::string_view column, const char* expected) const {
    return InputError{fmt::format("line {}, column {}", record_.line, column),
                      fmt::format("'{}'", text(column)), expected};
  }

  const Record& record_;
  const Places& places_;
};

CandidateRow read_row(const Row& row) {
  constexpr const char* count = "a count";
  CandidateRow read;
  read.event_id = row.text("event_id");
  read.snr = row.number("snr");
  read.dm_pc_cm3 = row.number("dm_pc_cm3");
  read.toa_s = row.number("toa_s");
  read.toa = row.mjd("toa_mjd_utc");
  read.width_ms = row.number("width_ms");
  read.toa_inf = row.mjd("toa_inf_mjd_utc");
  read.sample_index = row.required<std::uint64_t>("sample_index", count);
  read.boxcar_samples = row.required<std::uint32_t>("boxcar_samples", count);
  read.members = row.required<std::uint32_t>("members", count);
  read.detector_score = row.maybe<double>("detector_score", "a number or nothing");
  read.classifier_score = row.maybe<double>("classifier_score", "a number or nothing");
  read.label = row.text("label");
  read.frac_missing = row.number("frac_missing");
  read.beam = row.maybe<int>("beam", "a beam number or nothing");
  read.file = row.text("file");
  read.chunk = row.maybe<std::uint64_t>("chunk", "a count or nothing");
  return read;
}

}  // namespace

std::vector<CandidateRow> parse_candidates(std::string_view text) {
  Records records{text};
  const auto names = records.next();
  if (!names) throw InputError("line 1", "nothing", "the names of the columns");
  const Places places = find_columns(*names);
  std::vector<CandidateRow> rows;
  while (const auto record = records.next()) {
    if (record->fields.size() != names->fields.size()) {
      throw InputError(fmt::format("line {}", record->line),
                       fmt::format("{} columns", record->fields.size()),
                       fmt::format("{} as in line 1", names->fields.size()));
    }
    rows.push_back(read_row(Row{*record, places}));
  }
  return rows;
}

std::vector<CandidateRow> read_candidates(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw MissingInput(path.string() + ": cannot be opened");
  const std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (file.bad()) throw MissingInput(path.string() + ": cannot be read");
  try {
    return parse_candidates(text);
  } catch (const InputError& fault) {
    throw fault.in_file(path.string());
  }
}

}  // namespace draftstream
