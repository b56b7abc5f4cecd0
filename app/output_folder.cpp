#include "app/output_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/exit_status.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {
namespace {

// Whether a file that is there begins as ours do. A run that was killed may leave it empty.
bool is_ours(const std::filesystem::path& file, std::string_view mark) {
  std::ifstream stream{file, std::ios::binary};
  std::string begin(256, '\0');
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(stream.gcount()));
  return begin.empty() || begin.find(mark) != std::string::npos;
}

// The store of a run names the events. A training set does not, and took hours to make.
bool is_our_store(const std::filesystem::path& file) {
  try {
    const auto store = open_cutout_store(file);
    if (store->kind() != StoreKind::hdf5) return false;
    return store->size() == 0 || !store->info(0).event_id.empty();
  } catch (const InputError&) {
    return false;
  }
}

UsageError no_result(const std::filesystem::path& file) {
  return UsageError(
      fmt::format("{}: found a file that is no result of an earlier run, "
                  "expected none or one that may be replaced",
                  file.string()));
}

}  // namespace

OutputFolder::OutputFolder(std::filesystem::path path) : path_{std::move(path)} {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) {
    throw std::system_error(error ? error.value() : errno, std::generic_category(),
                            path_.string() + ": cannot become the output folder");
  }
  try {
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      throw TryAgain(path_.string() + ": another run is writing its results there");
    }
    const std::pair<std::filesystem::path, std::string_view> marks[] = {
        {table(), "event_id,"}, {events(), "\"frb-event/"}, {summary(), "\"status\""}};
    for (const auto& [file, mark] : marks) {
      if (!std::filesystem::exists(file)) continue;
      if (!is_ours(file, mark)) throw no_result(file);
      replaces_ = true;
    }
    if (std::filesystem::exists(cutouts())) {
      if (!is_our_store(cutouts())) throw no_result(cutouts());
      replaces_ = true;
    }
    const bool has_formats =
        std::filesystem::exists(formats()) &&
        !(std::filesystem::is_directory(formats()) && std::filesystem::is_empty(formats()));
    if (has_formats && !replaces_) throw no_result(formats());
    // Pictures of earlier runs are removed one by one, whatever else is in their folder.
    if (std::filesystem::exists(chunks()) && !std::filesystem::is_directory(chunks())) {
      throw no_result(chunks());
    }
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

OutputFolder::~OutputFolder() {
  ::close(lock_);
}

std::filesystem::path journal_in(const std::filesystem::path& given) {
  return std::filesystem::is_directory(given) ? given / "journal.sqlite" : given;
}

std::filesystem::path default_folder(const std::string& first_file) {
  return std::filesystem::path{first_file}.stem().string() + ".draftstream";
}

}  // namespace draftstream
