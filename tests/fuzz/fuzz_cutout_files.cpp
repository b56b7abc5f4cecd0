// What describes cutouts in files that anyone may have written: .npy headers and PyTorch's pickles.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/errors.hpp"
#include "publishers/cutouts/npy_file.hpp"
#include "publishers/cutouts/tensor_file.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    static_cast<void>(draftstream::parse_npy_header(text));
  } catch (const draftstream::InputError&) {
  }
  try {
    static_cast<void>(draftstream::parse_tensor_pickle(text));
  } catch (const draftstream::InputError&) {
  }
  return 0;
}
