#include "ingest/live/dada_sync.hpp"

#include <cstring>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

std::string place(key_t key) {
  return fmt::format("shared memory of key {}", describe_key(key));
}

}  // namespace

DadaSyncSegment::DadaSyncSegment(key_t key, SharedSegment::Access access) : segment_{key, access} {
  const std::size_t bytes = segment_.bytes().size();
  if (bytes < sizeof(DadaSync)) {
    throw InputError(place(key), fmt::format("{} bytes", bytes),
                     fmt::format("at least {}, as a PSRDADA ring has", sizeof(DadaSync)));
  }
  const DadaSync& sync = **this;
  const std::uint64_t buffers = load(sync.buffers);
  if (buffers == 0) {
    throw TryAgain(place(key) + ": found a ring without buffers, expected one that is set up");
  }
  // Behind the fields: a count of one byte and a key of four for each buffer.
  if (buffers > (bytes - sizeof(DadaSync)) / 5) {
    throw InputError(place(key), fmt::format("{} bytes for {} buffers", bytes, buffers),
                     fmt::format("{} + 5 for each, as PSRDADA 1.1 has", sizeof(DadaSync)));
  }
  const std::uint32_t readers = load(sync.readers);
  if (readers < 1 || readers > most_dada_readers) {
    throw InputError(place(key), fmt::format("a ring for {} readers", readers),
                     fmt::format("1 to {}", most_dada_readers));
  }
  if (load(sync.buffer_bytes) == 0) {
    throw InputError(place(key), "buffers of 0 bytes", "a PSRDADA ring");
  }
  if (load(sync.device) >= 0) {
    throw InputError(place(key), fmt::format("a ring in the memory of GPU {}", load(sync.device)),
                     "one in that of the machine (dada_db without -g)");
  }
}

DadaSync& DadaSyncSegment::operator*() const noexcept {
  return *reinterpret_cast<DadaSync*>(segment_.bytes().data());
}

key_t DadaSyncSegment::buffer_key(std::uint64_t buffer) const noexcept {
  const std::uint64_t buffers = load((**this).buffers);
  key_t key = 0;  // not aligned there
  const std::size_t byte = sizeof(DadaSync) + buffers + sizeof key * (buffer % buffers);
  std::memcpy(&key, segment_.bytes().data() + byte, sizeof key);
  return key;
}

}  // namespace draftstream
