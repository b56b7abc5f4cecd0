// Many cutouts in one place: one interface, five ways to keep them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "publishers/append_file.hpp"
#include "publishers/cutouts/cutout.hpp"

namespace draftstream {

/// How cutouts are kept.
enum class StoreKind {
  hdf5,     ///< One file, one chunk a cutout: the default. The only one that survives a kill.
  npy,      ///< A folder with a .npy file for each array.
  dat,      ///< One raw file, memory-mapped, and its layout as JSON beside it.
  pt,       ///< A PyTorch tensor of all cutouts, as torch.save writes it.
  cut_out,  ///< Nothing but places in a larger array ("virtual"); cut again when asked for.
};

[[nodiscard]] std::string_view name(StoreKind kind);  ///< "hdf5", "npy", "dat", "pt", "virtual".
/// @return Nothing for a name that is none.
[[nodiscard]] std::optional<StoreKind> store_kind(std::string_view name);

/// Another process is appending to the store.
class StoreBusy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Cutouts by number, 0 to size() - 1, in the order in which they came.
///
/// Threads: one at a time per object.
class CutoutStore {
 public:
  CutoutStore() = default;
  CutoutStore(const CutoutStore&) = delete;
  CutoutStore& operator=(const CutoutStore&) = delete;
  virtual ~CutoutStore() = default;

  [[nodiscard]] virtual StoreKind kind() const = 0;
  [[nodiscard]] virtual const CutoutFormat& format() const = 0;

  /// Cutouts that are there for this reader: as many as when it was opened, or last refreshed.
  [[nodiscard]] virtual std::size_t size() const = 0;

  /// Looks for cutouts that were appended since. Only hdf5 can be read while it is written.
  /// @return size().
  virtual std::size_t refresh() { return size(); }

  /// What is known of the cutouts [first, first + count).
  /// @throws std::out_of_range unless they are there.
  /// @throws InputError        if they cannot be read.
  [[nodiscard]] virtual std::vector<CutoutInfo> infos(std::size_t first,
                                                      std::size_t count) const = 0;
  [[nodiscard]] CutoutInfo info(std::size_t row) const { return infos(row, 1).front(); }

  /// Copies one array; zeros if the cutout lacks it, which its info tells.
  /// @param out  Exactly format().of(part)->bytes() long.
  /// @throws std::out_of_range     for a row that is not there.
  /// @throws std::invalid_argument for a part the store lacks, or a wrong length of `out`.
  /// @throws InputError            if it cannot be read.
  virtual void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const = 0;

  /// Copies arrays of many rows, in the order asked for; rows may repeat. Zeros where one is
  /// absent.
  /// @param out  rows.size() times format().of(part)->bytes() long: shape [row, ...].
  /// @throws as read().
  void read_many(std::span<const std::size_t> rows, CutoutPart part,
                 std::span<std::byte> out) const;

 protected:
  /// @throws std::invalid_argument, std::out_of_range as read() does.
  void check_read(std::size_t row, CutoutPart part, std::size_t bytes) const;
  /// @throws std::out_of_range as infos() does.
  void check_rows(std::size_t first, std::size_t count) const;
};

/// Puts cutouts into a store.
///
/// Threads: one at a time per object.
class CutoutWriter {
 public:
  CutoutWriter() = default;
  CutoutWriter(const CutoutWriter&) = delete;
  CutoutWriter& operator=(const CutoutWriter&) = delete;
  /// Closes it, without a word about what goes wrong.
  virtual ~CutoutWriter() = default;

  /// @return The cutout's number.
  /// @throws std::invalid_argument if it does not fit the format.
  /// @throws std::runtime_error    naming the file, if it cannot be written; what was flushed is
  ///   kept, and nothing more can be appended by this object.
  virtual std::size_t append(const Cutout& cutout) = 0;

  /// With hdf5, everything appended so far is there for readers, and survives the end of this
  /// process, however it comes. With the others, which are for experiments and other programs, it
  /// is there, and survives unless a later flush() or close() is interrupted.
  /// @throws std::runtime_error
  virtual void flush() = 0;

  /// Flushes, and lets go of the files; nothing may be appended after it.
  /// @throws std::runtime_error
  virtual void close() = 0;
};

/// Opens whichever store it is, by its content.
/// @throws MissingInput if it is not there or cannot be read.
/// @throws InputError   naming file, place, what was found, what was expected.
[[nodiscard]] std::unique_ptr<CutoutStore> open_cutout_store(const std::filesystem::path& path);

/// @param existing  With append, which only hdf5 can, a store that is there is continued; it must
///                  have the same format.
/// @throws std::invalid_argument for a format that is none, or kind cut_out, which has no arrays.
/// @throws StoreBusy             if another process is appending to it.
/// @throws InputError            if it shall be continued and cannot.
/// @throws std::runtime_error    naming the file if it cannot be made.
[[nodiscard]] std::unique_ptr<CutoutWriter> make_cutout_writer(const std::filesystem::path& path,
                                                               StoreKind kind,
                                                               const CutoutFormat& format,
                                                               Existing existing);

}  // namespace draftstream
