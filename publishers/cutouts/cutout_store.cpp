#include "publishers/cutouts/cutout_store.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "ingest/errors.hpp"
#include "publishers/cutouts/hdf5_store.hpp"
#include "publishers/cutouts/listed_store.hpp"

namespace draftstream {
namespace {

constexpr std::array kind_names{"hdf5", "npy", "dat", "pt", "virtual"};

// Its first bytes; fewer if it is shorter.
std::string beginning(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", path.string(),
                                   std::generic_category().message(errno)));
  }
  std::string bytes(8, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

std::string_view name(StoreKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::optional<StoreKind> store_kind(std::string_view text) {
  for (std::size_t index = 0; index < kind_names.size(); ++index) {
    if (text == kind_names[index]) return static_cast<StoreKind>(index);
  }
  return std::nullopt;
}

void CutoutStore::read_many(std::span<const std::size_t> rows, CutoutPart part,
                            std::span<std::byte> out) const {
  const std::size_t bytes = format().of(part) ? format().of(part)->bytes() : 0;
  if (out.size() != rows.size() * bytes) {
    throw std::invalid_argument(
        fmt::format("read_many: room for {} bytes, expected {}", out.size(), rows.size() * bytes));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) read(rows[i], part, out.subspan(i * bytes, bytes));
}

void CutoutStore::check_read(std::size_t row, CutoutPart part, std::size_t bytes) const {
  check_rows(row, 1);
  const auto& array = format().of(part);
  if (!array) throw std::invalid_argument(fmt::format("read: the store has no {}", name(part)));
  if (bytes != array->bytes()) {
    throw std::invalid_argument(
        fmt::format("read: room for {} bytes, expected {}", bytes, array->bytes()));
  }
}

void CutoutStore::check_rows(std::size_t first, std::size_t count) const {
  if (first > size() || count > size() - first) {
    throw std::out_of_range(
        fmt::format("cutouts {} to {} of a store of {}", first, first + count, size()));
  }
}

std::unique_ptr<CutoutStore> open_cutout_store(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return open_npy_store(path);
  const std::string bytes = beginning(path);
  if (bytes.rfind("\x89HDF", 0) == 0) return open_hdf5_store(path);
  if (bytes.rfind("PK", 0) == 0) return open_pt_store(path);
  if (std::filesystem::exists(layout_path(path, StoreKind::dat), error)) {
    return open_dat_store(path);
  }
  if (bytes.rfind('{', 0) == 0) return open_cut_out_store(path);
  throw InputError{path.string(), "no cutouts",
                   "HDF5, a folder of .npy, a .dat with its .json, a .pt, or a virtual store"};
}

std::unique_ptr<CutoutWriter> make_cutout_writer(const std::filesystem::path& path, StoreKind kind,
                                                 const CutoutFormat& format, Existing existing) {
  if (kind != StoreKind::hdf5 && existing == Existing::append && std::filesystem::exists(path)) {
    throw InputError{path.string(), fmt::format("a store of kind {}", name(kind)),
                     "hdf5, the only kind that can be appended to"};
  }
  switch (kind) {
    case StoreKind::hdf5:
      return make_hdf5_writer(path, format, existing);
    case StoreKind::npy:
      return make_npy_writer(path, format);
    case StoreKind::dat:
      return make_dat_writer(path, format);
    case StoreKind::pt:
      return make_pt_writer(path, format);
    case StoreKind::cut_out:
      break;
  }
  throw std::invalid_argument("make_cutout_writer: a virtual store has no arrays to be written");
}

}  // namespace draftstream
