// What the experiment with cutouts found: table, JSON, figures, and sentences made of its numbers.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "app/cutout_bench.hpp"
#include "publishers/plots/figure.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;
using Figure = std::function<double(const StorageFigures&)>;

constexpr double megabyte = 1e6;
constexpr double microsecond = 1e-6;

double disk_mb(const StorageFigures& storage) {
  return static_cast<double>(storage.disk_bytes) / megabyte;
}
double open_us(const StorageFigures& storage) {
  return storage.open_cold_s / microsecond;
}
double cold_us(const StorageFigures& storage) {
  return storage.cold_s / microsecond;
}
double warm_us(const StorageFigures& storage) {
  return storage.warm_s / microsecond;
}
double one_mb(const StorageFigures& storage) {
  return static_cast<double>(storage.memory_one) / megabyte;
}
double all_mb(const StorageFigures& storage) {
  return static_cast<double>(storage.memory_all) / megabyte;
}

// Those of float32, which hold the same bytes; by rising figure.
std::vector<StorageFigures> ranked(const CutoutBenchResult& result, const Figure& figure) {
  std::vector<StorageFigures> all;
  for (const auto& storage : result.storages) {
    if (storage.type == ElementType::float32) all.push_back(storage);
  }
  std::sort(all.begin(), all.end(),
            [&](const auto& a, const auto& b) { return figure(a) < figure(b); });
  return all;
}

const StorageFigures& find(const CutoutBenchResult& result, StoreKind kind, ElementType type) {
  return *std::find_if(result.storages.begin(), result.storages.end(), [&](const auto& storage) {
    return storage.kind == kind && storage.type == type;
  });
}

std::string ranking(const std::string& what, const std::string& unit,
                    const CutoutBenchResult& result, const Figure& figure) {
  std::string text = what + ", from the least to the most: ";
  const auto all = ranked(result, figure);
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += fmt::format("{}{} {:.4g}{}", i == 0 ? "" : "; ", all[i].name, figure(all[i]),
                        i == 0 ? " " + unit : "");
  }
  return text + ".";
}

std::vector<double> values(const CutoutBenchResult& result, const Figure& figure) {
  std::vector<double> all;
  for (const auto& storage : result.storages) all.push_back(figure(storage));
  return all;
}

Picture picture_of(const CutoutStore& store, std::size_t row) {
  const auto& shape = store.format().tile->shape;
  Picture picture{fmt::format("cutout {}", row), shape[0], shape[1], {}};
  picture.values.resize(shape[0] * shape[1]);
  store.read(row, CutoutPart::tile, std::as_writable_bytes(std::span{picture.values}));
  return picture;
}

// Times of two runs differ by some 20 % on their own.
const char* in_words(double times) {
  if (times < 0.8) return "faster";
  return times <= 1.25 ? "about as fast" : "slower";
}

}  // namespace

std::vector<std::string> conclude(const CutoutBenchResult& result) {
  const auto& npy = find(result, StoreKind::npy, ElementType::float32);
  const auto& hdf5 = find(result, StoreKind::hdf5, ElementType::float32);
  const auto& pt = find(result, StoreKind::pt, ElementType::float32);
  const auto& cut_out = find(result, StoreKind::cut_out, ElementType::float32);
  const auto& uint8 = find(result, StoreKind::hdf5, ElementType::uint8);
  const double data_mb = static_cast<double>(result.plan.cutouts) *
                         static_cast<double>(result.plan.cutout_side) *
                         static_cast<double>(result.plan.cutout_side) * 4.0 / megabyte;
  const auto coldest = ranked(result, cold_us);
  const auto percent = [&](const StorageFigures& storage) {
    return 100.0 * (disk_mb(storage) / data_mb - 1.0);
  };
  std::vector<std::string> all;
  all.push_back(fmt::format(
      "Of {:.1f} MB of float32 cutouts, {} files of npy take {:+.1f} % beside the pixels, one of "
      "HDF5 {:+.1f} %, a tensor {:+.1f} %; virtual cutouts take {:.2f} MB beside a mosaic of "
      "{:.1f} MB, {:.3g} times less than npy with the mosaic counted.",
      data_mb, npy.files, percent(npy), percent(hdf5), percent(pt), disk_mb(cut_out),
      static_cast<double>(result.mosaic_bytes) / megabyte,
      disk_mb(npy) / (disk_mb(cut_out) + static_cast<double>(result.mosaic_bytes) / megabyte)));
  all.push_back(ranking("Cold access once it is open", "us", result, cold_us));
  all.push_back(ranking("Warm access", "us", result, warm_us));
  all.push_back(ranking("Memory to read one cutout", "MB", result, one_mb));
  all.push_back(fmt::format(
      "A tensor is {} once it is read, but takes {:.1f} MB and {:.3g} ms before the first cutout; "
      "HDF5 takes {:.2f} MB and {:.3g} ms.",
      ranked(result, warm_us).front().kind == StoreKind::pt ? "the fastest" : "not the fastest",
      one_mb(pt), (pt.open_cold_s + pt.cold_s) * 1e3, one_mb(hdf5),
      (hdf5.open_cold_s + hdf5.cold_s) * 1e3));
  const double behind = cold_us(hdf5) / cold_us(npy);
  all.push_back(fmt::format(
      "HDF5 reads a cold cutout in {:.3g} times the time of npy ({}); in uint8 it takes {:.3g} "
      "times less disk than npy and {:.3g} times its cold time.",
      behind, in_words(behind), disk_mb(npy) / disk_mb(uint8), cold_us(uint8) / cold_us(npy)));
  const bool within = hdf5.open_cold_s < 0.2 && hdf5.cold_s < 1e-3 && uint8.open_cold_s < 0.2 &&
                      uint8.cold_s < 1e-3;
  all.push_back(fmt::format(
      "The default (HDF5) {} its limits of 0.2 s to open and 1 ms to read a cold cutout at {} "
      "cutouts: {:.3g} ms and {:.3g} ms; in uint8 {:.3g} ms and {:.3g} ms.",
      within ? "keeps" : "breaks", result.plan.cutouts, hdf5.open_cold_s * 1e3, hdf5.cold_s * 1e3,
      uint8.open_cold_s * 1e3, uint8.cold_s * 1e3));
  return all;
}

std::string to_text(const CutoutBenchResult& result) {
  const CutoutBenchPlan& plan = result.plan;
  std::string text = fmt::format(
      "{} cutouts of {} x {} pixels from a mosaic of {} x {} float32 with {} sources; cold: means "
      "of {}\n{:<13}{:>9}{:>10}{:>10}{:>11}{:>10}{:>10}{:>10}{:>10}\n",
      plan.cutouts, plan.cutout_side, plan.cutout_side, plan.mosaic_side, plan.mosaic_side,
      plan.sources, result.cold_reads, "", "files", "disk MB", "write s", "open ms", "cold us",
      "warm us", "one MB", "all MB");
  for (const auto& storage : result.storages) {
    text += fmt::format(
        "{:<13}{:>9}{:>10.2f}{:>10.2f}{:>11.3f}{:>10.1f}{:>10.2f}{:>10.2f}{:>10.2f}\n",
        storage.name, storage.files, disk_mb(storage), storage.write_s, storage.open_cold_s * 1e3,
        cold_us(storage), warm_us(storage), one_mb(storage), all_mb(storage));
  }
  text +=
      "one, all: resident memory added by opening and reading one cutout, all of them twice; of a\n"
      "mapped file it is the system's page cache, which it can take back.\n\n";
  for (const auto& sentence : result.conclusions) text += "- " + sentence + "\n";
  return text;
}

std::string to_json(const CutoutBenchResult& result) {
  Json storages = Json::array();
  for (const auto& storage : result.storages) {
    storages.push_back({{"name", storage.name},
                        {"kind", name(storage.kind)},
                        {"type", name(storage.type)},
                        {"write_s", storage.write_s},
                        {"files", storage.files},
                        {"file_bytes", storage.file_bytes},
                        {"disk_bytes", storage.disk_bytes},
                        {"open_cold_s", storage.open_cold_s},
                        {"cold_s", storage.cold_s},
                        {"warm_s", storage.warm_s},
                        {"memory_one_bytes", storage.memory_one},
                        {"memory_all_bytes", storage.memory_all},
                        {"memory_mapped_bytes", storage.memory_mapped}});
  }
  const Json json{{"schema", "draftstream-cutout-bench/1.0.0"},
                  {"mosaic_side", result.plan.mosaic_side},
                  {"mosaic_bytes", result.mosaic_bytes},
                  {"sources", result.plan.sources},
                  {"cutouts", result.plan.cutouts},
                  {"cutout_side", result.plan.cutout_side},
                  {"seed", result.plan.seed},
                  {"cold_reads", result.cold_reads},
                  {"storages", storages},
                  {"conclusions", result.conclusions}};
  return json.dump(2) + "\n";
}

void draw_cutout_bench(const CutoutBenchResult& result, const CutoutStore& store,
                       const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& storage : result.storages) names.push_back(storage.name);
  const std::string of = fmt::format("{} cutouts of {} x {}", result.plan.cutouts,
                                     result.plan.cutout_side, result.plan.cutout_side);
  draw_bars(
      folder / "disk.png",
      {"Disk space of " + of, "disk space [MB]", names, {{"", values(result, disk_mb)}}, false});
  draw_bars(folder / "access.png", {"Mean times for " + of,
                                    "time [us]",
                                    names,
                                    {{"to open the store, cold", values(result, open_us)},
                                     {"to read one, cold", values(result, cold_us)},
                                     {"to read one, warm", values(result, warm_us)}},
                                    true});
  draw_bars(folder / "memory.png", {"Resident memory for " + of,
                                    "memory [MB]",
                                    names,
                                    {{"to open it and read one", values(result, one_mb)},
                                     {"after all were read", values(result, all_mb)}},
                                    false});
  constexpr std::size_t most_samples = 10;
  std::vector<Picture> samples;
  const std::size_t count = std::min(most_samples, store.size());
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(picture_of(store, i * store.size() / count));
  }
  draw_pictures(folder / "cutouts.png", "Some of " + of + ", as read from HDF5", samples, 5);
}

}  // namespace draftstream
