// What a store of cutouts in the shapes of the networks costs: writing, opening and reading it with
// none of it in memory, and its limits: 0.2 s to open, 1 ms to read one. Exit status 1: broken.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"

using namespace draftstream;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t rows_a_tile = 4;  // tiles are shared by candidates; every row has a patch
constexpr std::size_t cold_reads = 500;
constexpr double open_limit_s = 0.2;
constexpr double read_limit_s = 1e-3;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<std::byte> noise(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<std::byte> all(bytes);
  for (std::byte& byte : all) byte = static_cast<std::byte>(random() & 0xFFU);
  return all;
}

void write(const std::string& path, std::size_t cutouts) {
  const CutoutFormat format = default_cutout_format();
  const auto writer = make_cutout_writer(path, StoreKind::hdf5, format, Existing::replace);
  Cutout bare;
  bare.patch = noise(format.patch->bytes(), 1);
  Cutout full = bare;
  full.tile = noise(format.tile->bytes(), 2);
  auto begin = Clock::now();
  for (std::size_t row = 0; row < cutouts; ++row) {
    writer->append(row % rows_a_tile == 0 ? full : bare);
  }
  writer->flush();
  fmt::print("{:<44}{:>10.3f} ms\n", "append one, all flushed at the end",
             seconds_since(begin) * 1e3 / static_cast<double>(cutouts));
  constexpr int singly = 100;
  begin = Clock::now();
  for (int i = 0; i < singly; ++i) {
    writer->append(full);
    writer->flush();
  }
  fmt::print("{:<44}{:>10.3f} ms\n", "append one with its tile, flush",
             seconds_since(begin) * 1e3 / singly);
  writer->close();
}

void drop_from_memory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
}

// Mean time to read a part of rows that have it, drawn at random.
double read_some(const CutoutStore& store, CutoutPart part, std::size_t step) {
  std::vector<std::byte> bytes(store.format().of(part)->bytes());
  std::mt19937_64 random{3};
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < cold_reads; ++i) {
    store.read(random() % (store.size() / step) * step, part, bytes);
  }
  return seconds_since(begin) / static_cast<double>(cold_reads);
}

// @return Whether it is within its limits.
bool read(const std::string& path) {
  drop_from_memory(path);
  auto begin = Clock::now();
  const auto store = open_cutout_store(path);
  const double open_s = seconds_since(begin);
  const double patch_s = read_some(*store, CutoutPart::patch, 1);
  const double tile_s = read_some(*store, CutoutPart::tile, rows_a_tile);
  const double warm_s = read_some(*store, CutoutPart::tile, rows_a_tile);
  begin = Clock::now();
  static_cast<void>(store->infos(0, store->size()));
  const double infos_s = seconds_since(begin);
  const auto line = [](const char* what, double seconds) {
    fmt::print("{:<44}{:>10.3f} ms\n", what, seconds * 1e3);
  };
  line("open, cold", open_s);
  line("read a patch, cold", patch_s);
  line("read a tile, cold", tile_s);
  line("read a tile, warm", warm_s);
  line("read all metadata", infos_s);
  return open_s < open_limit_s && patch_s < read_limit_s && tile_s < read_limit_s;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App parser{"Cost of a store of cutouts in the shapes of the networks"};
  std::string path;
  std::size_t cutouts = 20000;
  parser.add_option("-o,--output", path, "The file to write, and to remove")->required();
  parser.add_option("--cutouts", cutouts, "How many (default 20000: 1.5 GB)")
      ->check(CLI::Range(16, 10000000));
  CLI11_PARSE(parser, count, arguments);
  write(path, cutouts);
  const std::uintmax_t bytes = std::filesystem::file_size(path);
  fmt::print("{} cutouts, one in {} with a tile: {:.3f} GB\n", cutouts, rows_a_tile,
             static_cast<double>(bytes) / 1e9);
  const bool within = read(path);
  std::filesystem::remove(path);
  fmt::print("{} the limits: {} s to open, {} ms to read one\n", within ? "within" : "beyond",
             open_limit_s, read_limit_s * 1e3);
  return within ? 0 : 1;
}
