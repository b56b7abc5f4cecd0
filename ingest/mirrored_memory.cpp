#include "ingest/mirrored_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace draftstream {
namespace {

constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr unsigned huge_page_flag = 21U << 26U;  // MFD_HUGE_2MB: log2 of the size, from bit 26 on

std::error_code last_error() {
  return {errno, std::generic_category()};
}

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Of the mapping that begins at `address`, the bytes the kernel has put into transparent huge
// pages.
std::size_t transparent_huge_bytes(const void* address) {
  std::ifstream smaps{"/proc/self/smaps"};
  const std::string begin = fmt::format("{:x}-", reinterpret_cast<std::uintptr_t>(address));
  bool ours = false;
  for (std::string line; std::getline(smaps, line);) {
    std::istringstream words{line};
    std::string key;
    words >> key;
    if (key.find('-') != std::string::npos) ours = key.starts_with(begin);
    std::size_t kilobytes = 0;
    if (ours && key == "ShmemPmdMapped:" && words >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// Memory that can be had without taking it from others [bytes]; what the machine has, where the
// system does not tell.
std::size_t available_bytes() {
  std::ifstream meminfo{"/proc/meminfo"};
  std::size_t kilobytes = 0;
  for (std::string key; meminfo >> key;) {
    if (key == "MemAvailable:" && meminfo >> kilobytes) return kilobytes * 1024;
  }
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

// Delegates, so that the destructor cleans up if the body throws.
MirroredMemory::MirroredMemory(std::size_t bytes, const Options& options) : MirroredMemory() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const bool fills_huge_page = bytes >= huge_page;
  const bool try_huge = options.huge_pages && fills_huge_page;
  memory_.bytes = round_up(bytes, std::max(page, try_huge ? huge_page : page));
  if (options.huge_pages && !fills_huge_page) {
    memory_.notes.push_back(
        fmt::format("ring buffer: {} bytes do not fill a huge page of {}; ordinary pages are used",
                    bytes, huge_page));
  }

  // The kernel would grant more than there is and end the process when it is touched.
  const std::size_t available = available_bytes();
  if (memory_.bytes > available) {
    throw std::system_error(
        std::make_error_code(std::errc::not_enough_memory),
        fmt::format("ring buffer of {} bytes where {} are left", memory_.bytes, available));
  }

  std::error_code huge_error;
  if (try_huge) {
    huge_error = map(MFD_HUGETLB | huge_page_flag);
    memory_.huge_pages = !huge_error;
  }
  if (!memory_.huge_pages) {
    if (const std::error_code error = map(0)) {
      throw std::system_error(error, fmt::format("ring buffer of {} bytes", memory_.bytes));
    }
  }
  take_memory(try_huge);
  if (try_huge && !memory_.huge_pages) {
    const std::size_t transparent = transparent_huge_bytes(data_);
    memory_.huge_pages = transparent >= memory_.bytes;
    if (!memory_.huge_pages) {
      memory_.notes.push_back(fmt::format(
          "ring buffer: {} of {} bytes are in huge pages: reserved ones: {} (vm.nr_hugepages); "
          "transparent ones: see /sys/kernel/mm/transparent_hugepage/shmem_enabled",
          transparent, memory_.bytes, huge_error.message()));
    }
  }
  if (options.lock) lock();
}

MirroredMemory::~MirroredMemory() {
  release();
}

std::error_code MirroredMemory::map(unsigned memfd_flags) {
  const std::size_t bytes = memory_.bytes;
  const auto map_twice = [&]() -> std::error_code {
    descriptor_ = memfd_create("draftstream-ring", MFD_CLOEXEC | memfd_flags);
    if (descriptor_ < 0) return last_error();
    if (ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) return last_error();

    // Addresses first, memory second: nothing else can be mapped between the two halves.
    reserved_ = 2 * bytes + huge_page;
    reservation_ =
        mmap(nullptr, reserved_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reservation_ == MAP_FAILED) {
      reservation_ = nullptr;
      return last_error();
    }
    auto* const start = static_cast<std::byte*>(reservation_);
    const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(start) % huge_page;
    data_ = start + (huge_page - misaligned) % huge_page;
    for (std::byte* half : {data_, data_ + bytes}) {
      if (mmap(half, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor_, 0) ==
          MAP_FAILED) {
        return last_error();
      }
    }
    return {};
  };
  const std::error_code error = map_twice();
  if (error) release();
  return error;
}

// Only the first half is touched: a page that is mapped in both halves counts twice in the
// process's resident size, and the second half is used by spans across the end alone.
void MirroredMemory::take_memory(bool huge_pages) {
  if (huge_pages) {
    madvise(data_, 2 * memory_.bytes, MADV_HUGEPAGE);  // whether it helped is looked up afterwards
  }
  if (madvise(data_, memory_.bytes, MADV_POPULATE_WRITE) == 0) return;
  // Kernels before 5.14 do not know it; there the file is given its pages.
  if (errno != EINVAL || fallocate(descriptor_, 0, 0, static_cast<off_t>(memory_.bytes)) != 0) {
    throw std::system_error(last_error(), fmt::format("ring buffer of {} bytes", memory_.bytes));
  }
}

void MirroredMemory::lock() {
  memory_.locked = mlock(data_, memory_.bytes) == 0;
  if (!memory_.locked) {
    memory_.notes.push_back(
        fmt::format("ring buffer: {} bytes are not locked into memory: {} (ulimit -l, "
                    "LimitMEMLOCK=)",
                    memory_.bytes, last_error().message()));
  }
}

void MirroredMemory::release() noexcept {
  if (reservation_ != nullptr) munmap(reservation_, reserved_);
  if (descriptor_ >= 0) close(descriptor_);
  reservation_ = nullptr;
  data_ = nullptr;
  descriptor_ = -1;
}

void MirroredMemory::copy_out(std::size_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const std::size_t piece = std::min(out.size(), memory_.bytes - offset);
    const ssize_t got = pread(descriptor_, out.data(), piece, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::system_error(last_error(), "ring buffer: copy out");
    out = out.subspan(static_cast<std::size_t>(got));
    offset = (offset + static_cast<std::size_t>(got)) % memory_.bytes;
  }
}

}  // namespace draftstream
