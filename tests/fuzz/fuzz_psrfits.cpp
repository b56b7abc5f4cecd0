// Whatever the bytes of a PSRFITS file are, it is read or refused with InputError.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/psrfits_recording.hpp"
#include "tests/replay/psrfits_file.hpp"

// cfitsio asks for as much memory as a header says, and copes with getting none.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}

namespace {

using draftstream::InputError;

// A good file of a few variants, which inputs then spoil.
std::vector<std::byte> good_file(unsigned variant) {
  draftstream::test::PsrfitsFile file;
  constexpr int depths[] = {1, 2, 4, 8, 8, 16, 16, 32};
  file.bits = depths[variant % 8];
  file.pols = variant / 8 % 3 == 0 ? 1 : (variant / 8 % 3 == 1 ? 2 : 4);
  file.channels = variant / 24 % 2 == 0 ? 16 : 5;
  if (variant % 8 == 4) file.changes = {{"SIGNINT", "1"}};
  if (variant % 8 == 6) file.changes = {{"TZERO7", "32768"}};
  return file.bytes();
}

void open(std::span<const std::byte> bytes) {
  const int descriptor = ::memfd_create("fuzz", 0);
  if (descriptor < 0 ||
      ::write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  try {
    const auto recording = draftstream::open_psrfits(path);
    const auto& observation = recording->observation();
    const std::uint64_t samples = *observation.samples;
    if (samples == 0 || !(observation.time.sample_time.value() > 0.0)) std::abort();
    std::uint64_t end = 0;
    for (const auto& gap : recording->gaps()) {
      if (gap.samples == 0 || gap.first < end || gap.end() > samples) std::abort();
      end = gap.end();
    }
    // Gaps may be long: the ends are enough.
    const std::uint64_t some = std::min<std::uint64_t>(samples, 40);
    std::vector<std::byte> spectra(static_cast<std::size_t>(some) * observation.spectrum_bytes());
    recording->read(0, spectra);
    recording->read(samples - some, spectra);
    recording->forget_before(samples);
  } catch (const InputError&) {  // refused, as it should be
  }
  ::close(descriptor);
}

}  // namespace

// The first byte says what the others are: 0 a whole file; odd: edits of single bytes (where in
// two bytes, what in one); even: values of whole cards (which one, then 20 characters).
// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned kind = data[0];
  if (kind == 0) {
    open(std::as_bytes(std::span{data + 1, size - 1}));
    return 0;
  }
  std::vector<std::byte> file = good_file(data[1]);
  if (kind % 2 == 1) {
    for (std::size_t at = 2; at + 3 <= size; at += 3) {
      const std::size_t where = (data[at] * 256U + data[at + 1]) % file.size();
      file[where] = static_cast<std::byte>(data[at + 2]);
    }
  } else {
    constexpr std::size_t value_bytes = 20;
    for (std::size_t at = 2; at + 1 < size; at += 1 + value_bytes) {
      const std::size_t card = data[at] % std::size_t{72} * 80;
      const std::size_t length = std::min(value_bytes, size - at - 1);
      std::copy_n(reinterpret_cast<const std::byte*>(data + at + 1), length,
                  file.begin() + static_cast<std::ptrdiff_t>(card + 10));
    }
  }
  if (kind >= 250) file.resize(file.size() * (kind - 249U) / 8U);  // and cut short
  open(file);
  return 0;
}
