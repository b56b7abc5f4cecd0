// .npy headers and PyTorch's pickles: values worked out by other programs, and all prefixes.
#include <fstream>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/cutouts/npy_file.hpp"
#include "publishers/cutouts/tensor_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using Shape = std::vector<std::size_t>;

TEST_CASE(".npy headers are NumPy's", "[publishers][npy]") {
  // numpy.lib.format.write_array_header_1_0 of numpy 1.24, for uint8 [2, 3].
  const std::string text = std::string{"\x93NUMPY\x01\x00\x76\x00", 10} +
                           "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }" +
                           std::string(58, ' ') + "\n";
  CHECK(npy_header(ElementType::uint8, Shape{2, 3}).size() % 64 == 0);
  const NpyHeader header = parse_npy_header(text);
  CHECK(header.type == ElementType::uint8);
  CHECK(header.shape == Shape{2, 3});
  CHECK(header.bytes == 128);
  for (const auto type : {ElementType::uint8, ElementType::int8, ElementType::float32}) {
    for (const Shape& shape : {Shape{5}, Shape{1, 2, 3, 4}, Shape{1000000, 1}}) {
      const NpyHeader again = parse_npy_header(npy_header(type, shape));
      CHECK(again.type == type);
      CHECK(again.shape == shape);
    }
  }
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK_THROWS_AS(parse_npy_header(text.substr(0, length)), InputError);
  }
}

TEST_CASE("other .npy headers are refused", "[publishers][npy]") {
  const auto header = [](const std::string& dictionary) {
    return std::string{"\x93NUMPY\x01\x00", 8} + static_cast<char>(dictionary.size()) + '\0' +
           dictionary;
  };
  CHECK_NOTHROW(
      parse_npy_header(header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")));
  for (const char* dictionary : {
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
           "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",
           "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
           "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
           "{'descr': '<f4', 'fortran_order': False}",
           "{'descr': '<f4', 'shape': (2,), }",
           "{'descr':",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
           "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
       }) {
    CAPTURE(dictionary);
    CHECK_THROWS_AS(parse_npy_header(header(dictionary)), InputError);
  }
}

namespace {

// data.pkl of torch.save(torch.arange(12, dtype=torch.uint8).reshape(3, 4)), PyTorch 1.13.
const std::string saved_by_torch{
    "\x80\x02"
    "ctorch._utils\n_rebuild_tensor_v2\nq\x00((X\x07\x00\x00\x00storageq\x01"
    "ctorch\nByteStorage\nq\x02X\x01\x00\x00\x00"
    "0q\x03X\x03\x00\x00\x00"
    "cpuq\x04K\x0ctq\x05QK\x00K\x03K\x04\x86q\x06K\x04K\x01\x86q\x07\x89"
    "ccollections\nOrderedDict\nq\x08)Rq\ttq\nRq\x0b.",
    153};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("pickles of tensors are PyTorch's", "[publishers][tensor]") {
  const TensorHeader header = parse_tensor_pickle(saved_by_torch);
  CHECK(header.type == ElementType::uint8);
  CHECK(header.shape == Shape{3, 4});
  CHECK(header.offset == 0);
  CHECK(header.storage == "0");
  for (const auto type : {ElementType::uint8, ElementType::int8, ElementType::float32}) {
    for (const Shape& shape : {Shape{5}, Shape{1, 2, 3, 4}, Shape{300, 70000},
                               Shape{100000, 4, 256, 256}, Shape{0, 3}}) {
      const TensorHeader again = parse_tensor_pickle(tensor_pickle(type, shape));
      CHECK(again.type == type);
      CHECK(again.shape == shape);
    }
  }
  for (std::size_t length = 0; length < saved_by_torch.size(); ++length) {
    CHECK_THROWS_AS(parse_tensor_pickle(saved_by_torch.substr(0, length)), InputError);
  }
}

TEST_CASE("other pickles are refused, and never run", "[publishers][tensor]") {
  CHECK_THROWS_AS(parse_tensor_pickle(replaced(saved_by_torch, "K\x04K\x01\x86", "K\x01K\x03\x86")),
                  InputError);  // a transposed one
  CHECK_THROWS_AS(parse_tensor_pickle(replaced(saved_by_torch, "ByteStorage", "LongStorage")),
                  InputError);
  CHECK_THROWS_AS(parse_tensor_pickle(replaced(saved_by_torch, "_rebuild_tensor_v2", "_rebuild_x")),
                  InputError);
  CHECK_THROWS_AS(parse_tensor_pickle("cos\nsystem\n(X\x02\x00\x00\x00lstR."), InputError);
  CHECK_THROWS_AS(parse_tensor_pickle(std::string(5000, '(') + "."), InputError);
}

TEST_CASE("a tensor file is read back, and refused when it is cut", "[publishers][tensor]") {
  const test::TemporaryFolder folder;
  std::ofstream{folder.file("raw"), std::ios::binary}
      << std::string(24, 'x') + std::string(24, 'y');
  const std::string path = folder.file("a.pt");
  write_tensor(path, ElementType::float32, {2, 6}, folder.file("raw"));
  const Tensor tensor = read_tensor(path);
  CHECK(tensor.header.shape == Shape{2, 6});
  REQUIRE(tensor.elements.size() == 48);
  CHECK(tensor.elements[23] == std::byte{'x'});
  CHECK(tensor.elements[24] == std::byte{'y'});
  write_tensor(path, ElementType::float32, {3, 6}, folder.file("raw"));
  CHECK_THROWS_WITH(read_tensor(path),
                    path + ": entry archive/data/0: found 48 bytes, expected 72 at least");
  CHECK_THROWS_AS(read_tensor(folder.file("absent.pt")), MissingInput);
  CHECK_THROWS_AS(read_tensor(folder.file("raw")), InputError);
}
