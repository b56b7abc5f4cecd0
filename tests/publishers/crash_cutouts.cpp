// A store whose writer ends at any moment opens, holds all that was flushed, and can be continued.
//
// usage: crash_cutouts writes SCRATCH_FOLDER ROWS EVERY    after one of EVERY writes, and inside it
//        crash_cutouts kills SCRATCH_FOLDER KILLS          kill -9 at random moments
//        crash_cutouts reads SCRATCH_FOLDER ROWS           while another process writes so many
//        crash_cutouts full SCRATCH_FOLDER KILOBYTES       on a disk that has no more than that
//        crash_cutouts halves FILE ROWS                    writes half of them, tells on stdout how
//                                                          many, waits for a line on stdin, writes
//                                                          the others, tells, and waits again
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"
#include "tests/publishers/cutout_cases.hpp"

using namespace draftstream;

namespace {

/// A change of the file, as HDF5 asked the system for it.
struct Change {
  bool truncates = false;
  std::size_t offset = 0;  // or the new length
  std::vector<char> bytes;
  std::size_t flushed = 0;  // rows that were confirmed before it
};

bool recording = false;
std::size_t flushed_rows = 0;
std::vector<Change> changes;

ssize_t record_write(int descriptor, const void* data, std::size_t bytes, off_t offset) {
  if (recording) {
    const char* begin = static_cast<const char*>(data);
    changes.push_back(
        {false, static_cast<std::size_t>(offset), {begin, begin + bytes}, flushed_rows});
  }
  return ::syscall(SYS_pwrite64, descriptor, data, bytes, offset);
}

int record_truncation(int descriptor, off_t length) {
  if (recording) changes.push_back({true, static_cast<std::size_t>(length), {}, flushed_rows});
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, length));
}

}  // namespace

// In place of the C library's, for all of this process: HDF5 calls these.
extern "C" {
ssize_t pwrite(int descriptor, const void* data, size_t bytes, off_t offset) {
  return record_write(descriptor, data, bytes, offset);
}
ssize_t pwrite64(int descriptor, const void* data, size_t bytes, off64_t offset) {
  return record_write(descriptor, data, bytes, offset);
}
int ftruncate(int descriptor, off_t length) noexcept {
  return record_truncation(descriptor, length);
}
int ftruncate64(int descriptor, off64_t length) noexcept {
  return record_truncation(descriptor, length);
}
}

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t table_row_bytes = 552;

[[noreturn]] void fail(const std::string& sentence) {
  std::fprintf(stderr, "crash_cutouts: %s\n", sentence.c_str());
  std::exit(1);
}

std::vector<char> file_bytes(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_bytes(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream{path, std::ios::binary}.write(bytes.data(),
                                              static_cast<std::streamsize>(bytes.size()));
}

void apply(std::vector<char>& image, const Change& change, std::size_t bytes) {
  if (change.truncates) return image.resize(change.offset);
  image.resize(std::max(image.size(), change.offset + bytes));
  std::copy_n(change.bytes.begin(), bytes,
              image.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

// Rows that a reader finds, all of which are right, at least `flushed` of them.
std::size_t check_store(const std::string& path, std::size_t flushed, const std::string& when) {
  try {
    const auto store = open_cutout_store(path);
    if (store->size() < flushed) {
      fail(when + ": found " + std::to_string(store->size()) + " rows, expected at least " +
           std::to_string(flushed));
    }
    for (std::size_t row = 0; row < store->size(); ++row) {
      const std::string fault = test::fault_of(*store, row);
      if (!fault.empty()) fail(when + ": row " + std::to_string(row) + ": wrong " + fault);
    }
    return store->size();
  } catch (const std::exception& error) {
    fail(when + ": " + error.what());
  }
}

bool all_zero(const CutoutStore& store, std::size_t row, CutoutPart part) {
  std::vector<std::byte> bytes(store.format().of(part)->bytes(), std::byte{1});
  store.read(row, part, bytes);
  return std::count(bytes.begin(), bytes.end(), std::byte{0}) ==
         static_cast<std::ptrdiff_t>(bytes.size());
}

// Cutouts without arrays are appended: whatever the end left in their rows must not be seen.
void continue_store(const std::string& path, std::size_t rows, const std::string& when) {
  constexpr std::size_t more = 3;
  try {
    auto writer = make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::append);
    Cutout bare;
    for (std::size_t row = rows; row < rows + more; ++row) {
      bare.info.event_id = "bare " + std::to_string(row);
      if (writer->append(bare) != row) fail(when + ": another number");
    }
    writer->close();
    const auto store = open_cutout_store(path);
    if (store->size() != rows + more) fail(when + ": other rows");
    for (std::size_t row = 0; row < store->size(); ++row) {
      const bool right = row < rows ? test::fault_of(*store, row).empty()
                                    : store->info(row).event_id == "bare " + std::to_string(row) &&
                                          all_zero(*store, row, CutoutPart::tile) &&
                                          all_zero(*store, row, CutoutPart::patch);
      if (!right) fail(when + ": another row " + std::to_string(row));
    }
  } catch (const std::exception& error) {
    fail(when + ": " + error.what());
  }
}

// What the file is after such an end can be read; then it is continued, and read again.
void check_image(const std::string& path, const std::vector<char>& image, const Change& change,
                 const std::string& when) {
  write_bytes(path, image);
  continue_store(path, check_store(path, change.flushed, when), when + ", continued");
}

// Told by its length: of an array, or of rows of the table, each numbered at its end.
bool is_data(std::size_t bytes) {
  const CutoutFormat format = test::small_format();
  return bytes % table_row_bytes == 0 || bytes == format.tile->bytes() ||
         bytes == format.patch->bytes();
}

void after_every_write(const std::string& folder, std::size_t rows, std::size_t every) {
  const std::string path = folder + "/written.h5";
  const std::string copy = folder + "/copy.h5";
  make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::replace)->close();
  std::vector<char> image = file_bytes(path);
  std::mt19937 random{1};
  recording = true;
  auto writer = make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::append);
  for (std::size_t row = 0; row < rows; ++row) {
    writer->append(test::numbered_cutout(row));
    // Once, more rows at a time than a chunk of the table has.
    const bool many = row > 20 && row < 100;
    if (!many && random() % 3 == 0) {
      writer->flush();
      flushed_rows = row + 1;
    }
  }
  writer->close();
  recording = false;

  std::size_t ends = 0;
  for (std::size_t number = 0; number < changes.size(); ++number) {
    const Change& change = changes[number];
    const std::string when =
        "write " + std::to_string(number) + " of " + std::to_string(changes.size());
    // Opening and closing do what nothing between them does.
    const bool first_or_last = number < 10 || number + 10 > changes.size();
    const bool chosen = first_or_last || random() % every == 0;
    // The system ends a killed process between the pages of a write, too.
    const std::size_t border = (change.offset / page + 1) * page;
    const bool crosses = !change.truncates && border < change.offset + change.bytes.size();
    // Arrays and rows of the table may be cut there: neither counts before it is whole. Nothing
    // else may.
    if (crosses && !is_data(change.bytes.size())) {
      fail(when + ": " + std::to_string(change.bytes.size()) + " bytes cross the border of a page");
    }
    if (chosen && crosses) {
      const std::size_t borders =
          (change.offset + change.bytes.size() - 1) / page - change.offset / page;
      auto torn = image;
      apply(torn, change, border + random() % borders * page - change.offset);
      check_image(copy, torn, change, "inside " + when);
      ++ends;
    }
    apply(image, change, change.bytes.size());
    if (chosen) {
      check_image(copy, image, change, "after " + when);
      ++ends;
    }
  }
  if (image != file_bytes(path)) fail("the record of writes is not whole");
  std::printf("%zu writes of %zu rows; the writer ended %zu times\n", changes.size(), rows, ends);
}

/// What writer and killer share.
struct Progress {
  std::atomic<std::size_t> appended{0};
  std::atomic<std::size_t> flushed{0};
};

Progress& shared_progress() {
  void* shared =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("no shared memory");
  return *new (shared) Progress;
}

[[noreturn]] void write_for_ever(const std::string& path, Progress& progress) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // should its killer fail
  const auto writer =
      make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::append);
  std::mt19937 random{7};
  std::size_t row = open_cutout_store(path)->size();
  progress.flushed = row;
  for (;; ++row) {
    writer->append(test::numbered_cutout(row));
    progress.appended = row + 1;
    if (random() % 4 == 0) {
      writer->flush();
      progress.flushed = row + 1;
    }
  }
}

void after_kills(const std::string& folder, std::size_t kills) {
  const std::string path = folder + "/killed.h5";
  make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::replace)->close();
  void* shared =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("no shared memory");
  auto& progress = *new (shared) Progress;
  std::mt19937 random{static_cast<unsigned>(::getpid())};
  std::size_t rows = 0;
  for (std::size_t kill = 0; kill < kills; ++kill) {
    const std::size_t until = rows + random() % 60;
    const pid_t writer = ::fork();
    if (writer == 0) write_for_ever(path, progress);
    while (progress.appended < until && ::waitpid(writer, nullptr, WNOHANG) == 0) {
    }
    for (std::atomic<unsigned long> turns{random() % 200000}; turns > 0; --turns) {
    }
    ::kill(writer, SIGKILL);
    int status = 0;
    if (::waitpid(writer, &status, 0) != writer || !WIFSIGNALED(status)) {
      fail("kill " + std::to_string(kill) + ": the writer had ended by itself");
    }
    const std::size_t flushed = std::max(progress.flushed.load(), rows);
    rows = check_store(path, flushed, "kill " + std::to_string(kill));
  }
  std::printf("%zu kills, %zu rows\n", kills, rows);
}

void while_written(const std::string& folder, std::size_t rows) {
  const std::string path = folder + "/read.h5";
  make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::replace)->close();
  Progress& progress = shared_progress();
  const pid_t writer = ::fork();
  if (writer == 0) write_for_ever(path, progress);
  std::size_t looks = 0;
  while (progress.flushed == 0 && ::waitpid(writer, nullptr, WNOHANG) == 0) {
  }
  const auto store = open_cutout_store(path);
  std::size_t seen = 0;
  for (; seen < rows; ++looks) {
    const std::size_t flushed = progress.flushed;
    if (store->refresh() < flushed) fail("a row that was flushed is not seen");
    for (; seen < store->size(); ++seen) {
      const std::string fault = test::fault_of(*store, seen);
      if (!fault.empty()) fail("read: row " + std::to_string(seen) + ": wrong " + fault);
    }
  }
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  std::printf("%zu rows seen in %zu looks while they were written\n", seen, looks);
}

// What cannot be written is said, ends appending, and costs nothing that was flushed.
void until_full(const std::string& folder, std::size_t kilobytes) {
  const std::string path = folder + "/full.h5";
  make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::replace)->close();
  Progress& progress = shared_progress();
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit most{1024 * kilobytes, 1024 * kilobytes};
    ::setrlimit(RLIMIT_FSIZE, &most);
    int refusals = 0;
    {
      const auto writer =
          make_cutout_writer(path, StoreKind::hdf5, test::small_format(), Existing::append);
      for (std::size_t row = 0; refusals < 2; ++row) {
        try {
          writer->append(test::numbered_cutout(row));
          writer->flush();
          progress.flushed = row + 1;
        } catch (const std::runtime_error& error) {
          const std::string expected = refusals == 0 ? ": File too large" : "an earlier failure";
          if (std::string{error.what()}.find(expected) == std::string::npos) fail(error.what());
          ++refusals;
        }
      }
    }
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) fail("full: the writer did not end as it should");
  const std::size_t rows = check_store(path, progress.flushed, "full");
  continue_store(path, rows, "full, continued");
  std::printf("%zu rows flushed, %zu read\n", progress.flushed.load(), rows);
}

// For programs of other languages that read beside it; the FETCH layout wants two planes of codes.
void in_halves(const std::string& path, std::size_t rows) {
  CutoutFormat format = test::small_format();
  format.patch = ArrayFormat{ElementType::int8, {2, 3, 4}, "plane,frequency or dm,time", ""};
  const auto writer = make_cutout_writer(path, StoreKind::hdf5, format, Existing::replace);
  for (std::size_t row = 0; row < rows; ++row) {
    writer->append(test::numbered_cutout(row, format));
    if (row + 1 != rows / 2 && row + 1 != rows) continue;
    writer->flush();
    std::printf("%zu\n", row + 1);
    std::fflush(stdout);
    while (std::getchar() != '\n') {
      if (std::feof(stdin) != 0) return;
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given{arguments + 1, arguments + count};
  if (given.size() < 3) fail("usage: writes FOLDER ROWS EVERY | kills FOLDER KILLS");
  if (given[0] == "halves") {
    in_halves(given[1], std::stoul(given[2]));
    return 0;
  }
  std::filesystem::create_directories(given[1]);
  if (given[0] == "writes")
    after_every_write(given[1], std::stoul(given[2]), std::stoul(given.at(3)));
  if (given[0] == "kills") after_kills(given[1], std::stoul(given[2]));
  if (given[0] == "full") until_full(given[1], std::stoul(given[2]));
  if (given[0] == "reads") while_written(given[1], std::stoul(given[2]));
  std::filesystem::remove_all(given[1]);
}
