#include "publishers/journal/earlier_journal.hpp"

#include <cstddef>

#include "publishers/journal/journal_database.hpp"

namespace draftstream {
namespace {

using std::filesystem::exists;

std::filesystem::path earlier(std::filesystem::path path) {
  path += ".earlier";
  return path;
}

void rename_if_there(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (exists(from)) std::filesystem::rename(from, to);
}

}  // namespace

// The file itself goes first and comes back last: where it is says, after a kill at any moment,
// what the files beside it belong to.
EarlierJournal::EarlierJournal(const std::filesystem::path& path)
    : path_{path}, kept_{earlier(path)}, was_there_{exists(path_) || exists(kept_)} {
  if (exists(kept_)) put_back();
  if (!is_journal(path_)) return;
  remove_journal(kept_);  // what a kill in forget() left
  const auto files = journal_files(path_);
  const auto places = journal_files(kept_);
  for (std::size_t i = 0; i < files.size(); ++i) rename_if_there(files[i], places[i]);
  is_kept_ = true;
}

EarlierJournal::~EarlierJournal() {
  if (is_forgotten_) return;
  try {
    if (is_kept_) put_back();
    if (!was_there_) remove_journal(path_);
  } catch (const std::filesystem::filesystem_error&) {
    // It stays where it is, and the next run tries again.
  }
}

void EarlierJournal::forget() {
  is_forgotten_ = true;
  if (is_kept_) remove_journal(kept_);
}

void EarlierJournal::put_back() const {
  const auto files = journal_files(path_);
  const auto places = journal_files(kept_);
  if (exists(path_)) {
    for (std::size_t i = files.size(); i > 0; --i) std::filesystem::remove(files[i - 1]);
  }
  for (std::size_t i = files.size(); i > 0; --i) rename_if_there(places[i - 1], files[i - 1]);
}

}  // namespace draftstream
