// Cutouts as a data set of LibTorch's, for its loaders and for training loops of others.
#pragma once

#include <torch/data/datasets/base.h>
#include <torch/data/example.h>
#include <torch/types.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// What a network should say of a cutout; 1 for the label "burst", else 0.
using CutoutTarget = std::function<double(const CutoutInfo&)>;
[[nodiscard]] double is_burst(const CutoutInfo& info);

/// The cutouts of any store (CutoutStore: HDF5, a folder of .npy, .pt, .dat, virtual) that have one
/// part, in the order of the store. An example is the array as it is in the store, and its target,
/// a scalar, float. Its twin is CutoutDataset in training/python/draftstream_dataset.py.
///
///     auto loader = torch::data::make_data_loader<torch::data::samplers::RandomSampler>(
///         CutoutDataset{"cutouts.h5", CutoutPart::patch}.map(torch::data::transforms::Stack<>()),
///         torch::data::DataLoaderOptions().batch_size(32).workers(2));
///
/// Threads: one at a time per object; copies, which is what each worker of a loader has, side by
/// side. A copy opens the store anew when it is first asked. Of all HDF5 stores one is read at a
/// time, as some builds of HDF5 want it.
class CutoutDataset : public torch::data::datasets::Dataset<CutoutDataset> {
 public:
  /// @param part    Cutouts without it are left out.
  /// @param target  Called once for each cutout, now.
  /// @throws MissingInput, InputError as open_cutout_store; InputError if the store has no such
  ///     part.
  CutoutDataset(std::filesystem::path store, CutoutPart part,
                const CutoutTarget& target = is_burst);
  CutoutDataset(const CutoutDataset& other);
  CutoutDataset(CutoutDataset&&) noexcept = default;
  CutoutDataset& operator=(const CutoutDataset&) = delete;
  CutoutDataset& operator=(CutoutDataset&&) = delete;
  ~CutoutDataset() override;

  /// @throws std::out_of_range unless index < size(); InputError if it cannot be read.
  torch::data::Example<> get(std::size_t index) override;
  [[nodiscard]] torch::optional<std::size_t> size() const override { return items_->size(); }

  /// Its number in the store.
  [[nodiscard]] std::size_t row(std::size_t index) const { return items_->at(index).row; }

 private:
  struct Item {
    std::size_t row = 0;
    float target = 0.0F;
  };

  std::filesystem::path path_;
  CutoutPart part_;
  std::shared_ptr<const std::vector<Item>> items_;  // shared by copies, and never changed
  std::unique_ptr<CutoutStore> store_;              // null: not opened by this copy yet
};

}  // namespace draftstream
