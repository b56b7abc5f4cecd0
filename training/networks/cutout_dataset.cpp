#include "training/networks/cutout_dataset.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/networks/cutout_tensor.hpp"

namespace draftstream {
namespace {

constexpr std::size_t rows_at_once = 4096;

// HDF5 that is built for threads takes one at a time anyway.
std::mutex& hdf5_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::unique_lock<std::mutex> turn_of(const CutoutStore& store) {
  return store.kind() == StoreKind::hdf5 ? std::unique_lock{hdf5_mutex()}
                                         : std::unique_lock<std::mutex>{};
}

std::unique_ptr<CutoutStore> open_one_at_a_time(const std::filesystem::path& path) {
  const std::lock_guard lock{hdf5_mutex()};  // it may be HDF5
  return open_cutout_store(path);
}

}  // namespace

double is_burst(const CutoutInfo& info) {
  return info.label == "burst" ? 1.0 : 0.0;
}

CutoutDataset::CutoutDataset(std::filesystem::path store, CutoutPart part,
                             const CutoutTarget& target)
    : path_{std::move(store)}, part_{part}, store_{open_one_at_a_time(path_)} {
  const auto lock = turn_of(*store_);
  if (!store_->format().of(part_)) {
    throw InputError{path_.string(), fmt::format("cutouts without {}", name(part_)),
                     "cutouts that have one"};
  }
  auto items = std::make_shared<std::vector<Item>>();
  for (std::size_t first = 0; first < store_->size(); first += rows_at_once) {
    const auto infos = store_->infos(first, std::min(rows_at_once, store_->size() - first));
    for (std::size_t i = 0; i < infos.size(); ++i) {
      if (!infos[i].has(part_)) continue;
      items->push_back({first + i, static_cast<float>(target(infos[i]))});
    }
  }
  items_ = std::move(items);
}

CutoutDataset::CutoutDataset(const CutoutDataset& other)
    : torch::data::datasets::Dataset<CutoutDataset>{other},
      path_{other.path_},
      part_{other.part_},
      items_{other.items_} {}

CutoutDataset::~CutoutDataset() {
  if (store_ == nullptr) return;
  const auto lock = turn_of(*store_);
  store_.reset();
}

torch::data::Example<> CutoutDataset::get(std::size_t index) {
  const Item& item = items_->at(index);
  if (store_ == nullptr) store_ = open_one_at_a_time(path_);
  const auto lock = turn_of(*store_);
  return {read_arrays(*store_, {&item.row, 1}, part_)[0], torch::tensor(item.target)};
}

}  // namespace draftstream
