// Cutouts as a data set: all that are there, in order, whatever the store and the workers; and a
// training loop on each.
#include "training/networks/cutout_dataset.hpp"

#include <torch/torch.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/publishers/cutout_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

namespace data = torch::data;

constexpr std::size_t rows = 50;

struct Kind {
  StoreKind kind;
  const char* file;
};
constexpr Kind kinds[] = {{StoreKind::hdf5, "a.h5"},
                          {StoreKind::npy, "npy"},
                          {StoreKind::dat, "a.dat"},
                          {StoreKind::pt, "a.pt"}};

std::string write_store(const test::TemporaryFolder& folder, const Kind& kind) {
  const std::string path = folder.file(kind.file);
  const auto writer = make_cutout_writer(path, kind.kind, test::small_format(), Existing::replace);
  for (std::size_t i = 0; i < rows; ++i) writer->append(test::numbered_cutout(i));
  writer->close();
  return path;
}

// As numbers, which can be shown.
std::vector<int> numbers(std::span<const std::byte> bytes) {
  std::vector<int> all;
  for (const std::byte one : bytes) all.push_back(std::to_integer<int>(one));
  return all;
}

std::vector<int> numbers(const torch::Tensor& tensor) {
  const torch::Tensor whole = tensor.contiguous();
  return numbers(std::span{static_cast<const std::byte*>(whole.data_ptr()), whole.nbytes()});
}

std::vector<std::size_t> rows_with(CutoutPart part) {
  std::vector<std::size_t> with;
  for (std::size_t i = 0; i < rows; ++i) {
    if (!test::numbered_cutout(i).bytes(part).empty()) with.push_back(i);
  }
  return with;
}

// Bursts are bright in the middle of what is else a function of the number.
std::string write_examples(const test::TemporaryFolder& folder, const Kind& kind) {
  CutoutFormat format;
  format.patch = ArrayFormat{ElementType::int8, {2, 8, 8}, "plane,frequency,time", "code"};
  const std::string path = folder.file(kind.file);
  const auto writer = make_cutout_writer(path, kind.kind, format, Existing::replace);
  for (std::size_t i = 0; i < 64; ++i) {
    Cutout cutout;
    cutout.info.label = i % 2 == 0 ? "burst" : "noise";
    cutout.patch.resize(128);
    for (std::size_t k = 0; k < 128; ++k) {
      const bool bright = i % 2 == 0 && k % 8 == 4;
      cutout.patch[k] = static_cast<std::byte>((i * 7 + k * 13) % 11 + (bright ? 20 : 0));
    }
    writer->append(cutout);
  }
  writer->close();
  return path;
}

}  // namespace

TEST_CASE("a data set has the cutouts of its part, byte by byte", "[training][networks][dataset]") {
  const test::TemporaryFolder folder;
  for (const Kind& kind : kinds) {
    CAPTURE(kind.file);
    const std::string path = write_store(folder, kind);
    for (const CutoutPart part : cutout_parts) {
      CutoutDataset set{path, part};
      const auto with = rows_with(part);
      REQUIRE(set.size() == with.size());
      for (std::size_t i = 0; i < with.size(); ++i) {
        CHECK(set.row(i) == with[i]);
        const auto example = set.get(i);
        CHECK(example.data.scalar_type() ==
              (part == CutoutPart::tile ? torch::kByte : torch::kFloat));
        CHECK(example.data.sizes() ==
              (part == CutoutPart::tile ? torch::IntArrayRef{2, 3, 5} : torch::IntArrayRef{3, 4}));
        CHECK(numbers(example.data) == numbers(test::numbered_cutout(with[i]).bytes(part)));
        CHECK(example.target.item<float>() == (with[i] % 2 == 0 ? 1.0F : 0.0F));
      }
      CHECK_THROWS_AS(set.get(with.size()), std::out_of_range);
    }
  }
}

TEST_CASE("workers of a loader change nothing", "[training][networks][dataset]") {
  const test::TemporaryFolder folder;
  for (const Kind& kind : kinds) {
    CAPTURE(kind.file);
    const CutoutDataset set{write_store(folder, kind), CutoutPart::tile};
    const auto with = rows_with(CutoutPart::tile);
    for (const std::size_t workers : {0, 1, 3}) {
      CAPTURE(workers);
      auto loader = data::make_data_loader<data::samplers::SequentialSampler>(
          CutoutDataset{set}.map(data::transforms::Stack<>()),
          data::DataLoaderOptions().batch_size(7).workers(workers));
      std::size_t next = 0;
      for (const auto& batch : *loader) {
        REQUIRE(batch.data.size(0) == batch.target.size(0));
        for (std::int64_t i = 0; i < batch.data.size(0); ++i, ++next) {
          CHECK(numbers(batch.data[i]) == numbers(test::numbered_cutout(with[next]).tile));
        }
      }
      CHECK(next == with.size());
    }
  }
}

TEST_CASE("a training loop learns from a data set", "[training][networks][dataset]") {
  const test::TemporaryFolder folder;
  std::vector<double> ends;
  for (const Kind& kind : kinds) {
    CAPTURE(kind.file);
    torch::manual_seed(5);
    torch::nn::Linear network{128, 1};
    torch::optim::SGD optimizer{network->parameters(), 0.1};
    auto loader = data::make_data_loader<data::samplers::RandomSampler>(
        CutoutDataset{write_examples(folder, kind), CutoutPart::patch}.map(
            data::transforms::Stack<>()),
        data::DataLoaderOptions().batch_size(16).workers(2));
    std::vector<double> losses;
    for (int epoch = 0; epoch < 5; ++epoch) {
      double sum = 0.0;
      for (const auto& batch : *loader) {
        const torch::Tensor inputs = batch.data.to(torch::kFloat).flatten(1) / 20.0;
        const torch::Tensor loss =
            torch::binary_cross_entropy_with_logits(network(inputs).squeeze(1), batch.target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        sum += loss.item<double>();
      }
      losses.push_back(sum / 4.0);
    }
    CHECK(losses.front() > 0.2);
    CHECK(losses.back() < 0.5 * losses.front());
    ends.push_back(losses.back());
  }
  // The same bytes in the same order: the same training, whatever the store.
  for (const double end : ends) CHECK(end == ends.front());
}

TEST_CASE("a target is what is asked for, and what is not there is refused",
          "[training][networks][dataset]") {
  const test::TemporaryFolder folder;
  const std::string path = write_store(folder, kinds[0]);
  CutoutDataset by_snr{path, CutoutPart::tile, [](const CutoutInfo& info) { return info.snr; }};
  CHECK(by_snr.get(3).target.item<float>() ==
        static_cast<float>(7.0 + static_cast<double>(by_snr.row(3)) / 4.0));
  CHECK_THROWS_AS((CutoutDataset{folder.file("none.h5"), CutoutPart::tile}), MissingInput);
  const std::string patches = write_examples(folder, {StoreKind::dat, "patches.dat"});
  CHECK_THROWS_AS((CutoutDataset{patches, CutoutPart::tile}), InputError);
}

}  // namespace draftstream
