#include "replay/psrfits_fits.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

#include <fitsio.h>
#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr int most_hdus = 1000;  // a PSRFITS file has about ten

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  });
  return text;
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string{text.substr(begin, text.find_last_not_of(' ') - begin + 1)};
}

// cfitsio's own words for a status, for a person.
std::string reason(int status) {
  std::array<char, FLEN_STATUS> words{};
  fits_get_errstatus(status, words.data());
  fits_clear_errmsg();
  return words.data();
}

// Bytes that `repeat` elements of a column take in a row; nothing for a type FITS does not have.
std::optional<std::uint64_t> element_bytes(char type, std::uint64_t repeat) {
  switch (type) {
    case 'X':
      return (repeat + 7) / 8;
    case 'L':
    case 'B':
    case 'A':
      return repeat;
    case 'I':
      return 2 * repeat;
    case 'J':
    case 'E':
      return 4 * repeat;
    case 'K':
    case 'D':
    case 'C':
    case 'P':
      return 8 * repeat;
    case 'M':
    case 'Q':
      return 16 * repeat;
    default:
      return std::nullopt;
  }
}

}  // namespace

struct FitsHeaders::State {
  fitsfile* file = nullptr;
  void* memory = nullptr;  // cfitsio keeps the addresses of these two
  std::size_t size = 0;
  std::string hdu = "primary HDU";
};

const FitsColumn* FitsTable::find(const std::string& name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(),
                   [&name](const FitsColumn& column) { return upper(column.name) == name; });
  return found == columns.end() ? nullptr : &*found;
}

FitsHeaders::FitsHeaders(std::span<const std::byte> file) : state_{std::make_unique<State>()} {
  // cfitsio's interface knows no const; with READONLY it does not write.
  state_->memory = const_cast<std::byte*>(file.data());
  state_->size = file.size();
  int status = 0;
  fits_open_memfile(&state_->file, "recording", READONLY, &state_->memory, &state_->size, 0,
                    nullptr, &status);
  if (status != 0) {
    throw InputError{"primary HDU",
                     fmt::format("a header that cannot be read ({})", reason(status)),
                     "a FITS header"};
  }
}

FitsHeaders::~FitsHeaders() {
  int status = 0;
  fits_close_file(state_->file, &status);
  fits_clear_errmsg();
}

void FitsHeaders::go_to_table(const std::string& name) {
  for (int hdu = 2; hdu <= most_hdus; ++hdu) {
    int status = 0;
    int type = 0;
    fits_movabs_hdu(state_->file, hdu, &type, &status);
    if (status == END_OF_FILE) break;
    if (status != 0) {
      throw InputError{fmt::format("HDU {}", hdu),
                       fmt::format("a header that cannot be read ({})", reason(status)),
                       "a FITS extension"};
    }
    state_->hdu = fmt::format("HDU {}", hdu);
    if (upper(text("EXTNAME").value_or("")) != name) continue;
    state_->hdu = "HDU " + name;
    if (type == BINARY_TBL) return;
    throw InputError{state_->hdu, "no binary table", "XTENSION = 'BINTABLE'"};
  }
  fits_clear_errmsg();
  throw InputError{"HDUs", "no binary table named " + name, "one"};
}

std::string FitsHeaders::place(const std::string& keyword) const {
  return state_->hdu + ", keyword " + keyword;
}

std::optional<std::string> FitsHeaders::text(const std::string& keyword) const {
  std::array<char, FLEN_VALUE> value{};
  int status = 0;
  fits_read_key_str(state_->file, keyword.c_str(), value.data(), nullptr, &status);
  if (status == 0) {
    const std::string found = trimmed(value.data());
    // PSRFITS templates carry * for what the observer has not filled in.
    if (!found.empty() && found != "*") return found;
    return std::nullopt;
  }
  fits_clear_errmsg();
  if (status == KEY_NO_EXIST || status == VALUE_UNDEFINED) return std::nullopt;
  throw InputError{place(keyword), fmt::format("a card that cannot be read ({})", reason(status)),
                   "a FITS card"};
}

std::optional<double> FitsHeaders::number(const std::string& keyword) const {
  auto found = text(keyword);
  if (!found) return std::nullopt;
  std::string digits = *found;
  std::replace(digits.begin(), digits.end(), 'D', 'E');  // Fortran's exponent is allowed
  if (digits.front() == '+') digits.erase(0, 1);
  double value = 0.0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || rest != end) {
    throw InputError{place(keyword), fmt::format("\"{}\"", *found), "a number"};
  }
  return value;
}

std::optional<std::int64_t> FitsHeaders::integer(const std::string& keyword) const {
  const auto found = number(keyword);
  if (!found) return std::nullopt;
  constexpr double exact = 9007199254740992.0;  // 2^53: beyond, a double is no exact integer
  if (!(std::abs(*found) <= exact) || std::floor(*found) != *found) {
    throw InputError{place(keyword), text(keyword).value_or(""), "an integer"};
  }
  return static_cast<std::int64_t>(*found);
}

FitsTable FitsHeaders::table() const {
  FitsTable table;
  int status = 0;
  LONGLONG data_begin = 0;
  LONGLONG rows = 0;
  int columns = 0;
  fits_get_hduaddrll(state_->file, nullptr, &data_begin, nullptr, &status);
  fits_get_num_rowsll(state_->file, &rows, &status);
  fits_get_num_cols(state_->file, &columns, &status);
  if (status != 0) {
    throw InputError{state_->hdu, fmt::format("a table that cannot be read ({})", reason(status)),
                     "a binary table"};
  }
  const auto row_bytes = integer("NAXIS1").value_or(0);
  if (row_bytes < 1) throw InputError{place("NAXIS1"), std::to_string(row_bytes), "at least 1"};
  if (rows < 0) throw InputError{place("NAXIS2"), std::to_string(rows), "at least 0"};
  table.data_begin = static_cast<std::uint64_t>(data_begin);
  table.row_bytes = static_cast<std::uint64_t>(row_bytes);
  table.rows = static_cast<std::uint64_t>(rows);

  std::uint64_t offset = 0;
  for (int number = 1; number <= columns; ++number) {
    const std::string form = place("TFORM" + std::to_string(number));
    std::array<char, FLEN_VALUE> name{}, unit{}, type{}, display{};
    LONGLONG repeat = 0;
    LONGLONG null_value = 0;
    FitsColumn column;
    fits_get_bcolparmsll(state_->file, number, name.data(), unit.data(), type.data(), &repeat,
                         &column.scale, &column.zero, &null_value, display.data(), &status);
    if (status != 0) {
      throw InputError{form, fmt::format("a column that cannot be read ({})", reason(status)),
                       "a FITS column"};
    }
    column.name = trimmed(name.data());
    column.number = number;
    column.type = type[0];
    column.repeat = static_cast<std::uint64_t>(repeat);
    const auto bytes = element_bytes(column.type, column.repeat);
    if (!bytes) throw InputError{form, fmt::format("type '{}'", type.data()), "a type of FITS"};
    if (repeat < 0 || *bytes > table.row_bytes) {  // which keeps all sums below far from 2^64
      throw InputError{form, fmt::format("{} elements", repeat),
                       fmt::format("a column that fits into NAXIS1 = {} bytes", row_bytes)};
    }
    column.bytes = *bytes;
    column.offset = offset;
    offset += column.bytes;
    column.shape = text("TDIM" + std::to_string(number)).value_or("");
    table.columns.push_back(column);
  }
  if (offset != table.row_bytes) {
    throw InputError{place("NAXIS1"), std::to_string(row_bytes),
                     fmt::format("{} bytes, as the {} columns add up to", offset, columns)};
  }
  return table;
}

}  // namespace draftstream
