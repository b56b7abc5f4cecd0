// Rows of a mapped PSRFITS file, looked at without keeping them in memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "replay/mapped_file.hpp"
#include "replay/psrfits_fits.hpp"

namespace draftstream {

/// The kernel maps 64 KiB around each small field that is touched: over a long file that would add
/// up to all of it, so everything is forgotten now and then. Pointers stay good throughout.
class PsrfitsRows {
 public:
  /// Both must outlive this object.
  PsrfitsRows(const FitsTable& table, MappedFile& file) : table_{table}, file_{file} {}

  /// First byte of a row, which must be whole in the file.
  [[nodiscard]] const std::byte* at(std::uint64_t row) {
    constexpr unsigned kept_rows = 64;
    if (++touched_ % kept_rows == 0) file_.forget(0, file_.bytes().size());
    return file_.bytes().data() + table_.data_begin + row * table_.row_bytes;
  }

 private:
  const FitsTable& table_;
  MappedFile& file_;
  unsigned touched_ = 0;
};

}  // namespace draftstream
