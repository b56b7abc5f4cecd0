#include "replay/dada_ring_maker.hpp"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/dada_sync.hpp"
#include "ingest/live/system_v.hpp"

namespace draftstream {
namespace {

constexpr int for_all = IPC_CREAT | IPC_EXCL | 0666;
constexpr unsigned short outstanding = dada_transfers;  // starts and ends that nobody has seen

// semctl() takes this by value, and leaves it to the caller to declare.
union SemaphoreArgument {
  int value;
  semid_ds* state;
  unsigned short* values;
};

// Keys of a ring's parts: 1 is of who connects, 2 of the first reader, 10 of the first buffer.
key_t part(key_t key, std::uint64_t number) {
  return static_cast<key_t>(static_cast<std::uint64_t>(key) + 0x10000 * number);
}

[[noreturn]] void fail(const char* what, key_t key) {
  const std::string reason = std::generic_category().message(errno);
  throw ConfigError(
      fmt::format("{} of key {}: found that none can be made ({}), expected a free "
                  "key, and room (kernel.shmmax, kernel.sem)",
                  what, describe_key(key), reason));
}

}  // namespace

MadeDadaRing::MadeDadaRing(key_t key, const DadaRingShape& shape) : key_{key} {
  try {
    make(shape);
  } catch (...) {
    remove();
    throw;
  }
}

MadeDadaRing::~MadeDadaRing() {
  remove();
}

void MadeDadaRing::remove() noexcept {
  for (const int id : segments_) ::shmctl(id, IPC_RMID, nullptr);
  for (const int id : semaphores_) ::semctl(id, 0, IPC_RMID);
}

int MadeDadaRing::add_segment(key_t key, std::size_t bytes) {
  const int id = ::shmget(key, bytes, for_all);
  if (id < 0) fail("shared memory", key);
  segments_.push_back(id);
  return id;
}

void MadeDadaRing::add_semaphores(key_t key, std::vector<unsigned short> values) {
  const int id = ::semget(key, static_cast<int>(values.size()), for_all);
  if (id < 0) fail("semaphores", key);
  semaphores_.push_back(id);
  SemaphoreArgument argument{};
  argument.values = values.data();
  if (::semctl(id, 0, SETALL, argument) != 0) fail("semaphores", key);
}

void MadeDadaRing::make(const DadaRingShape& shape) {
  const std::size_t bytes = sizeof(DadaSync) + shape.buffers * (1 + sizeof(key_t));
  add_segment(key_, bytes);  // all of it is 0
  const SharedSegment segment{key_, SharedSegment::Access::read_write};
  auto& sync = *reinterpret_cast<DadaSync*>(segment.bytes().data());
  sync.connect_key = part(key_, 1);
  add_semaphores(sync.connect_key, {1, static_cast<unsigned short>(shape.readers)});
  for (unsigned reader = 0; reader < most_dada_readers; ++reader) {
    sync.data_keys[reader] = part(key_, 2 + reader);
    if (reader < shape.readers) {
      add_semaphores(sync.data_keys[reader], {outstanding, outstanding, 0, 0, 1});
    }
  }
  sync.buffer_bytes = shape.buffer_bytes;
  sync.readers = shape.readers;
  sync.device = -1;
  for (std::uint64_t buffer = 0; buffer < shape.buffers; ++buffer) {
    const key_t key = part(key_, 10 + buffer);
    add_segment(key, shape.buffer_bytes);
    // Behind the fields, and a count of one byte for each buffer; not aligned there.
    std::memcpy(segment.bytes().data() + sizeof(DadaSync) + shape.buffers + sizeof key * buffer,
                &key, sizeof key);
  }
  store(sync.buffers, shape.buffers);  // last: until then it is a ring that is being made
}

}  // namespace draftstream
