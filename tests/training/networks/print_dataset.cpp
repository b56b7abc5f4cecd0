// What CutoutDataset has, for comparison with its twin in Python.
//
// usage: print_dataset write FOLDER            stores of the same cutouts: a.h5, npy, a.dat, a.pt
//        print_dataset print STORE tile|patch  a line an example: row, target, bytes; two workers
#include <torch/torch.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "tests/publishers/cutout_cases.hpp"
#include "training/networks/cutout_dataset.hpp"

namespace {

using namespace draftstream;

constexpr std::size_t cutouts = 60;

void write_stores(const std::filesystem::path& folder) {
  for (const auto& [kind, file] : {std::pair{StoreKind::hdf5, "a.h5"},
                                   {StoreKind::npy, "npy"},
                                   {StoreKind::dat, "a.dat"},
                                   {StoreKind::pt, "a.pt"}}) {
    const auto writer =
        make_cutout_writer(folder / file, kind, test::small_format(), Existing::replace);
    for (std::size_t i = 0; i < cutouts; ++i) writer->append(test::numbered_cutout(i));
    writer->close();
  }
}

void print(const std::string& path, CutoutPart part) {
  const CutoutDataset set{path, part};
  auto loader = torch::data::make_data_loader<torch::data::samplers::SequentialSampler>(
      CutoutDataset{set}.map(torch::data::transforms::Stack<>()),
      torch::data::DataLoaderOptions().batch_size(8).workers(2));
  std::size_t index = 0;
  for (const auto& batch : *loader) {
    for (std::int64_t i = 0; i < batch.data.size(0); ++i, ++index) {
      const torch::Tensor array = batch.data[i].contiguous();
      std::string line = fmt::format("{} {:g} ", set.row(index), batch.target[i].item<float>());
      const auto* const bytes = static_cast<const std::uint8_t*>(array.data_ptr());
      for (std::size_t k = 0; k < array.nbytes(); ++k) line += fmt::format("{:02x}", bytes[k]);
      std::puts(line.c_str());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "write" && argc == 3) {
    write_stores(argv[2]);
    return 0;
  }
  if (what == "print" && argc == 4) {
    print(argv[2], argv[3] == std::string{"tile"} ? CutoutPart::tile : CutoutPart::patch);
    return 0;
  }
  return 2;
}
