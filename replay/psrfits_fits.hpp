// Headers and table layouts of a FITS file that lies in memory. The only reader that knows cfitsio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "replay/psrfits_bytes.hpp"

namespace draftstream {

/// A column of a binary table, as it lies in every row.
struct FitsColumn {
  std::string name;
  int number = 0;            ///< Counted from 1, as in TTYPE1.
  char type = ' ';           ///< The letter of TFORM: B, I, E, D, ...
  std::uint64_t repeat = 0;  ///< Elements in a row.
  std::uint64_t offset = 0;  ///< Of its first byte in a row.
  std::uint64_t bytes = 0;   ///< In a row.
  double scale = 1.0;        ///< TSCAL.
  double zero = 0.0;         ///< TZERO.
  std::string shape;         ///< TDIM as written, "" where absent.
};

/// Element `index` of a column of floats (type E or D).
/// @param row  First byte of the row.
[[nodiscard]] inline double float_at(const FitsColumn& column, const std::byte* row,
                                     std::size_t index) noexcept {
  const std::byte* field = row + column.offset;
  return column.type == 'E' ? static_cast<double>(load_big_endian<float>(field + 4 * index))
                            : load_big_endian<double>(field + 8 * index);
}

/// Where the rows of a binary table lie in the file.
struct FitsTable {
  std::uint64_t data_begin = 0;  ///< Byte of the file at which row 1 begins.
  std::uint64_t row_bytes = 0;
  std::uint64_t rows = 0;  ///< As the header says; the file may hold fewer.
  std::vector<FitsColumn> columns;

  /// The column of that name (case does not matter), or null.
  [[nodiscard]] const FitsColumn* find(const std::string& name) const;
};

/// The headers of a FITS file, one HDU at a time; a table's data are never touched.
///
/// Threads: one at a time per object.
class FitsHeaders {
 public:
  /// @param file  The whole file; must outlive this object.
  /// @throws InputError without the file's name if it has no primary header.
  explicit FitsHeaders(std::span<const std::byte> file);
  ~FitsHeaders();
  FitsHeaders(const FitsHeaders&) = delete;
  FitsHeaders& operator=(const FitsHeaders&) = delete;

  /// Goes on to the binary table whose EXTNAME is `name`.
  /// @throws InputError if there is none, or a header on the way cannot be read.
  void go_to_table(const std::string& name);

  /// Value of a keyword of the current HDU; empty where absent, undefined or blank.
  [[nodiscard]] std::optional<std::string> text(const std::string& keyword) const;
  /// @throws InputError if its value is no number.
  [[nodiscard]] std::optional<double> number(const std::string& keyword) const;
  /// @throws InputError if its value is no integer (7.0 is one).
  [[nodiscard]] std::optional<std::int64_t> integer(const std::string& keyword) const;

  /// Layout of the current HDU.
  /// @throws InputError if the columns do not add up to the row.
  [[nodiscard]] FitsTable table() const;

  /// "HDU SUBINT, keyword NBITS": for errors.
  [[nodiscard]] std::string place(const std::string& keyword) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace draftstream
