#include "publishers/cutouts/tensor_file.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Discard>;

std::runtime_error write_failure(const std::filesystem::path& path, const char* reason) {
  return std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), reason));
}

// PyTorch reads entries where they lie, so they must not be compressed.
void add(zip_t* archive, const std::string& name, zip_source_t* source,
         const std::filesystem::path& path) {
  const auto index =
      source != nullptr ? zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) {
    zip_source_free(source);
    throw write_failure(path, zip_strerror(archive));
  }
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
}

Archive open_archive(const std::filesystem::path& path) {
  int error = 0;
  Archive archive{zip_open(path.c_str(), ZIP_RDONLY, &error)};
  if (archive) return archive;
  zip_error_t reason;
  zip_error_init_with_code(&reason, error);
  const std::string text = zip_error_strerror(&reason);
  zip_error_fini(&reason);
  if (error == ZIP_ER_OPEN || error == ZIP_ER_NOENT) {
    throw MissingInput(path.string() + ": cannot be read: " + text);
  }
  throw InputError{"", "no zip archive (" + text + ")", "a tensor as torch.save writes it"};
}

// The folder that all entries of the archive lie in.
std::string root_of(zip_t* archive) {
  const char* first = zip_get_name(archive, 0, 0);
  const std::string name = first != nullptr ? first : "";
  const auto slash = name.find('/');
  if (slash == std::string::npos) {
    throw InputError{"", "no folder in the archive", "a tensor as torch.save writes it"};
  }
  return name.substr(0, slash);
}

std::vector<std::byte> read_entry(zip_t* archive, const std::string& name, std::size_t offset,
                                  std::size_t bytes) {
  zip_stat_t state;
  zip_stat_init(&state);
  if (zip_stat(archive, name.c_str(), 0, &state) != 0 || (state.valid & ZIP_STAT_SIZE) == 0) {
    throw InputError{"", "no entry " + name, "one"};
  }
  if (state.size < offset || state.size - offset < bytes) {
    throw InputError{"entry " + name, fmt::format("{} bytes", state.size),
                     fmt::format("{} at least", offset + bytes)};
  }
  const Entry entry{zip_fopen(archive, name.c_str(), 0)};
  // Entries are stored as they are, so what comes before is passed over without reading it.
  if (!entry ||
      (offset > 0 && zip_fseek(entry.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0)) {
    throw InputError{"entry " + name, zip_strerror(archive), "an entry that can be read"};
  }
  std::vector<std::byte> data(bytes);
  std::size_t have = 0;
  while (have < bytes) {
    const auto got = zip_fread(entry.get(), data.data() + have, bytes - have);
    if (got <= 0) throw InputError{"entry " + name, "a damaged end", "all of it"};
    have += static_cast<std::size_t>(got);
  }
  return data;
}

std::size_t entry_size(zip_t* archive, const std::string& name) {
  zip_stat_t state;
  zip_stat_init(&state);
  if (zip_stat(archive, name.c_str(), 0, &state) != 0) throw InputError{"", "no " + name, "one"};
  return static_cast<std::size_t>(state.size);
}

Tensor read(const std::filesystem::path& path) {
  const Archive archive = open_archive(path);
  const std::string root = root_of(archive.get());
  const std::string pickle_name = root + "/data.pkl";
  constexpr std::size_t longest_pickle = 65536;
  const std::size_t pickle_bytes = entry_size(archive.get(), pickle_name);
  if (pickle_bytes > longest_pickle) {
    throw InputError{pickle_name, fmt::format("{} bytes", pickle_bytes), "a single tensor"};
  }
  const auto pickle = read_entry(archive.get(), pickle_name, 0, pickle_bytes);
  Tensor tensor;
  tensor.header =
      parse_tensor_pickle({reinterpret_cast<const char*>(pickle.data()), pickle.size()});
  std::size_t bytes = bytes_of(tensor.header.type);
  for (const std::size_t extent : tensor.header.shape) bytes *= extent;
  if (tensor.header.offset > SIZE_MAX / 8) throw InputError{"pickle", "a huge offset", "a tensor"};
  tensor.elements = read_entry(archive.get(), root + "/data/" + tensor.header.storage,
                               tensor.header.offset * bytes_of(tensor.header.type), bytes);
  return tensor;
}

}  // namespace

void write_tensor(const std::filesystem::path& path, ElementType type,
                  const std::vector<std::size_t>& shape, const std::filesystem::path& elements) {
  int error = 0;
  Archive archive{zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error)};
  if (!archive) throw write_failure(path, "the archive cannot be made");
  const std::string pickle = tensor_pickle(type, shape);
  const std::string version = "3\n";
  const std::string root = "archive";
  add(archive.get(), root + "/data.pkl",
      zip_source_buffer(archive.get(), pickle.data(), pickle.size(), 0), path);
  add(archive.get(), root + "/data/0", zip_source_file(archive.get(), elements.c_str(), 0, -1),
      path);
  add(archive.get(), root + "/version",
      zip_source_buffer(archive.get(), version.data(), version.size(), 0), path);
  if (zip_close(archive.get()) != 0) throw write_failure(path, zip_strerror(archive.get()));
  // Closed is gone; there is nothing left to discard.
  static_cast<void>(archive.release());
}

Tensor read_tensor(const std::filesystem::path& path) {
  try {
    return read(path);
  } catch (const InputError& error) {
    throw error.in_file(path.string());
  }
}

}  // namespace draftstream
