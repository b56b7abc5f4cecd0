#include "app/cutout_bench.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>

namespace draftstream {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_cold_reads = 2000;

/// A storage, before it is measured.
struct Storage {
  const char* name;
  StoreKind kind;
  ElementType type;
};
constexpr Storage storages[] = {
    {"npy folder", StoreKind::npy, ElementType::float32},
    {"dat, mapped", StoreKind::dat, ElementType::float32},
    {"HDF5", StoreKind::hdf5, ElementType::float32},
    {"pt tensor", StoreKind::pt, ElementType::float32},
    {"virtual", StoreKind::cut_out, ElementType::float32},
    {"HDF5, uint8", StoreKind::hdf5, ElementType::uint8},
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Noise of unit variance, and Gaussian sources of peak 2 to 50.
std::vector<float> make_mosaic(const CutoutBenchPlan& plan, std::mt19937_64& random,
                               std::vector<CutPlace>& centres) {
  const std::size_t side = plan.mosaic_side;
  std::vector<float> mosaic(side * side);
  std::normal_distribution<float> noise;
  for (float& pixel : mosaic) pixel = noise(random);
  std::uniform_real_distribution<double> unit;
  for (std::size_t source = 0; source < plan.sources; ++source) {
    const double y = unit(random) * static_cast<double>(side);
    const double x = unit(random) * static_cast<double>(side);
    const double sigma = 1.5 + 4.5 * unit(random);
    const double peak = 2.0 * std::pow(25.0, unit(random));
    centres.push_back({static_cast<std::uint64_t>(y), static_cast<std::uint64_t>(x)});
    const auto reach = static_cast<std::ptrdiff_t>(std::ceil(4.0 * sigma));
    const auto last = static_cast<std::ptrdiff_t>(side) - 1;
    const auto y0 = static_cast<std::ptrdiff_t>(y);
    const auto x0 = static_cast<std::ptrdiff_t>(x);
    for (auto row = std::max<std::ptrdiff_t>(0, y0 - reach); row <= std::min(last, y0 + reach);
         ++row) {
      for (auto column = std::max<std::ptrdiff_t>(0, x0 - reach);
           column <= std::min(last, x0 + reach); ++column) {
        const double dy = static_cast<double>(row) + 0.5 - y;
        const double dx = static_cast<double>(column) + 0.5 - x;
        mosaic[static_cast<std::size_t>(row) * side + static_cast<std::size_t>(column)] +=
            static_cast<float>(peak * std::exp(-(dx * dx + dy * dy) / (2.0 * sigma * sigma)));
      }
    }
  }
  return mosaic;
}

// Each cutout has a source somewhere in its middle half.
std::vector<CutPlace> make_places(const CutoutBenchPlan& plan, std::mt19937_64& random,
                                  const std::vector<CutPlace>& centres) {
  const std::uint64_t last = plan.mosaic_side - plan.cutout_side;
  std::uniform_int_distribution<std::uint64_t> offset(plan.cutout_side / 4,
                                                      3 * plan.cutout_side / 4);
  std::uniform_int_distribution<std::size_t> any(0, centres.size() - 1);
  const auto begin = [&](std::uint64_t centre) {
    const std::uint64_t before = offset(random);
    return std::min(last, centre - std::min(centre, before));
  };
  std::vector<CutPlace> places;
  for (std::size_t cutout = 0; cutout < plan.cutouts; ++cutout) {
    const CutPlace& centre = centres[any(random)];
    const std::uint64_t row = begin(centre.row);
    places.push_back({row, begin(centre.column)});
  }
  return places;
}

void write_virtual(const CutoutBenchPlan& plan, const std::vector<CutPlace>& places,
                   const fs::path& path) {
  StoreLayout layout;
  layout.kind = StoreKind::cut_out;
  layout.format.tile =
      ArrayFormat{ElementType::float32, {plan.cutout_side, plan.cutout_side}, "y,x", "sigma"};
  layout.source =
      CutSource{"mosaic.raw", 0, ElementType::float32, plan.mosaic_side, plan.mosaic_side};
  layout.places = places;
  CutoutInfo info;
  info.has_tile = true;
  layout.infos.assign(places.size(), info);
  write_layout(path, layout);
}

// 16 steps a sigma, from -4 sigma on.
std::vector<std::byte> as_uint8(const std::vector<std::byte>& pixels) {
  std::vector<std::byte> codes(pixels.size() / sizeof(float));
  const auto* values = reinterpret_cast<const float*>(pixels.data());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const float code = std::clamp(std::round(values[i] * 16.0F + 64.0F), 0.0F, 255.0F);
    codes[i] = static_cast<std::byte>(static_cast<unsigned char>(code));
  }
  return codes;
}

// All of them, cut from the mosaic. Returns the seconds.
double write_store(const CutoutStore& cuts, const Storage& storage, const fs::path& path) {
  const auto begin = Clock::now();
  CutoutFormat format = cuts.format();
  format.tile->type = storage.type;
  if (storage.type == ElementType::uint8) format.tile->units = "round(16 sigma + 64)";
  const auto writer = make_cutout_writer(path, storage.kind, format, Existing::replace);
  Cutout cutout;
  for (std::size_t row = 0; row < cuts.size(); ++row) {
    cutout.tile.resize(cuts.format().tile->bytes());
    cuts.read(row, CutoutPart::tile, cutout.tile);
    if (storage.type == ElementType::uint8) cutout.tile = as_uint8(cutout.tile);
    writer->append(cutout);
  }
  writer->close();
  return seconds_since(begin);
}

// Its files, and what lies beside them.
std::vector<fs::path> files_of(const fs::path& path, StoreKind kind) {
  std::vector<fs::path> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator{path}) files.push_back(entry.path());
    return files;
  }
  files.push_back(path);
  const fs::path list = layout_path(path, kind);
  if (kind != StoreKind::hdf5 && list != path) files.push_back(list);
  return files;
}

void count_bytes(const fs::path& path, StorageFigures& figures) {
  auto files = files_of(path, figures.kind);
  figures.files = files.size();
  if (fs::is_directory(path)) files.push_back(path);  // a large folder takes blocks, too
  for (const fs::path& file : files) {
    struct stat state {};
    if (::stat(file.c_str(), &state) != 0) continue;
    if (S_ISREG(state.st_mode)) figures.file_bytes += static_cast<std::uint64_t>(state.st_size);
    figures.disk_bytes += static_cast<std::uint64_t>(state.st_blocks) * 512;
  }
}

// Of clean files; so everything is written to the disk first.
void drop_from_memory(const std::vector<fs::path>& files) {
  bool written = false;
  for (const fs::path& file : files) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (!written) ::syncfs(descriptor);
    written = true;
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
  }
}

/// Resident bytes of this process.
struct Resident {
  std::int64_t all = 0;
  std::int64_t mapped = 0;
};

Resident resident() {
  std::ifstream status{"/proc/self/status"};
  Resident now;
  std::string key;
  std::int64_t kilobytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (std::sscanf(line.c_str(), "VmRSS: %ld", &kilobytes) == 1) now.all = 1024 * kilobytes;
    if (std::sscanf(line.c_str(), "RssFile: %ld", &kilobytes) == 1) now.mapped = 1024 * kilobytes;
  }
  return now;
}

/// What a process of its own measures; plain, so that a pipe can carry it.
struct Measured {
  double open_cold_s, cold_s, warm_s;
  std::int64_t memory_one, memory_all, memory_mapped;
};

Measured measure(const fs::path& path, std::size_t bytes, const std::vector<std::size_t>& order,
                 std::size_t cold_reads) {
  std::vector<std::byte> out(bytes, std::byte{1});
  Measured measured{};
  const Resident before = resident();
  auto begin = Clock::now();
  const auto store = open_cutout_store(path);
  measured.open_cold_s = seconds_since(begin);
  begin = Clock::now();
  store->read(order[0], CutoutPart::tile, out);
  double cold_s = seconds_since(begin);
  measured.memory_one = resident().all - before.all;
  begin = Clock::now();
  for (std::size_t i = 1; i < cold_reads; ++i) store->read(order[i], CutoutPart::tile, out);
  cold_s += seconds_since(begin);
  measured.cold_s = cold_s / static_cast<double>(cold_reads);
  for (const std::size_t row : order) store->read(row, CutoutPart::tile, out);
  begin = Clock::now();
  for (const std::size_t row : order) store->read(row, CutoutPart::tile, out);
  measured.warm_s = seconds_since(begin) / static_cast<double>(order.size());
  const Resident after = resident();
  measured.memory_all = after.all - before.all;
  measured.memory_mapped = after.mapped - before.mapped;
  return measured;
}

// In a process of its own: memory is counted from nothing, and nothing is left of it.
Measured measure_apart(const fs::path& path, std::size_t bytes,
                       const std::vector<std::size_t>& order, std::size_t cold_reads) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe: cannot be made");
  ::malloc_trim(0);
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 1;
    try {
      const Measured measured = measure(path, bytes, order, cold_reads);
      const auto wrote = ::write(ends[1], &measured, sizeof measured);
      status = wrote == static_cast<ssize_t>(sizeof measured) ? 0 : 1;
    } catch (const std::exception& error) {
      fmt::print(stderr, "draftstream: {}\n", error.what());
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  Measured measured{};
  const bool whole = child > 0 && ::read(ends[0], &measured, sizeof measured) ==
                                      static_cast<ssize_t>(sizeof measured);
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  if (!whole) throw std::runtime_error(path.string() + ": could not be measured");
  return measured;
}

// Every way of keeping them gives the same cutouts.
void compare(const CutoutStore& cuts, const fs::path& path, ElementType type) {
  const auto store = open_cutout_store(path);
  std::vector<std::byte> expected(cuts.format().tile->bytes());
  std::vector<std::byte> found(store->format().tile->bytes());
  const std::size_t step = std::max<std::size_t>(1, cuts.size() / 100);
  for (std::size_t row = 0; row < cuts.size(); row += step) {
    cuts.read(row, CutoutPart::tile, expected);
    store->read(row, CutoutPart::tile, found);
    if (found != (type == ElementType::uint8 ? as_uint8(expected) : expected)) {
      throw std::runtime_error(fmt::format("{}: cutout {} is another one", path.string(), row));
    }
  }
}

}  // namespace

fs::path storage_path(const fs::path& folder, StoreKind kind, ElementType type) {
  if (type == ElementType::uint8) return folder / "cutouts_uint8.h5";
  switch (kind) {
    case StoreKind::npy:
      return folder / "cutouts_npy";
    case StoreKind::dat:
      return folder / "cutouts.dat";
    case StoreKind::pt:
      return folder / "cutouts.pt";
    case StoreKind::cut_out:
      return folder / "cutouts.virtual.json";
    case StoreKind::hdf5:
      break;
  }
  return folder / "cutouts.h5";
}

CutoutBenchResult run_cutout_bench(const CutoutBenchPlan& plan, const fs::path& folder) {
  fs::create_directories(folder);
  std::mt19937_64 random{plan.seed};
  const fs::path mosaic_path = folder / "mosaic.raw";
  const fs::path virtual_path = storage_path(folder, StoreKind::cut_out, ElementType::float32);
  CutoutBenchResult result;
  result.plan = plan;
  double virtual_write_s = 0.0;
  {
    std::vector<CutPlace> centres;
    const auto mosaic = make_mosaic(plan, random, centres);
    result.mosaic_bytes = mosaic.size() * sizeof(float);
    AppendFile{mosaic_path, Existing::replace}.append(
        {reinterpret_cast<const char*>(mosaic.data()), result.mosaic_bytes});
    const auto places = make_places(plan, random, centres);
    std::string table = "cutout,row,column\n";
    for (std::size_t i = 0; i < places.size(); ++i) {
      table += fmt::format("{},{},{}\n", i, places[i].row, places[i].column);
    }
    write_atomically(folder / "coordinates.csv", table);
    const auto begin = Clock::now();
    write_virtual(plan, places, virtual_path);
    virtual_write_s = seconds_since(begin);
  }
  {
    const auto cuts = open_cutout_store(virtual_path);
    for (const Storage& storage : storages) {
      StorageFigures figures;
      figures.name = storage.name;
      figures.kind = storage.kind;
      figures.type = storage.type;
      const fs::path path = storage_path(folder, storage.kind, storage.type);
      figures.write_s =
          storage.kind == StoreKind::cut_out ? virtual_write_s : write_store(*cuts, storage, path);
      compare(*cuts, path, storage.type);
      count_bytes(path, figures);
      result.storages.push_back(std::move(figures));
    }
  }
  std::vector<std::size_t> order(plan.cutouts);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  result.cold_reads = std::min(most_cold_reads, plan.cutouts);
  for (StorageFigures& figures : result.storages) {
    const fs::path path = storage_path(folder, figures.kind, figures.type);
    auto files = files_of(path, figures.kind);
    if (figures.kind == StoreKind::cut_out) files.push_back(mosaic_path);
    drop_from_memory(files);
    const std::size_t bytes = plan.cutout_side * plan.cutout_side * bytes_of(figures.type);
    const Measured measured = measure_apart(path, bytes, order, result.cold_reads);
    figures.open_cold_s = measured.open_cold_s;
    figures.cold_s = measured.cold_s;
    figures.warm_s = measured.warm_s;
    figures.memory_one = measured.memory_one;
    figures.memory_all = measured.memory_all;
    figures.memory_mapped = measured.memory_mapped;
  }
  result.conclusions = conclude(result);
  return result;
}

}  // namespace draftstream
