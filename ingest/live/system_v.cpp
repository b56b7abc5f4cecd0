#include "ingest/live/system_v.hpp"

#include <sys/shm.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// semctl() takes this by value, and leaves it to the caller to declare.
union SemaphoreArgument {
  int value;
  semid_ds* state;
  unsigned short* values;
};

[[noreturn]] void refuse_key(const char* what, key_t key) {
  const int error = errno;
  if (error == ENOENT || error == EIDRM || error == EINVAL) {
    throw TryAgain(
        fmt::format("found no {} of key {}, expected that of a ring", what, describe_key(key)));
  }
  throw MissingInput(
      fmt::format("{} of key {}: {}", what, describe_key(key), std::strerror(error)));
}

}  // namespace

SharedSegment::SharedSegment(key_t key, Access access) {
  const int id = ::shmget(key, 0, 0);
  shmid_ds state{};
  if (id < 0 || ::shmctl(id, IPC_STAT, &state) != 0) refuse_key("shared memory", key);
  void* const memory = ::shmat(id, nullptr, access == Access::read_only ? SHM_RDONLY : 0);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): shmat's own sign of failure
  if (memory == reinterpret_cast<void*>(-1)) refuse_key("shared memory", key);
  bytes_ = {static_cast<std::byte*>(memory), state.shm_segsz};
}

SharedSegment::~SharedSegment() {
  if (!bytes_.empty()) ::shmdt(bytes_.data());
}

SharedSegment::SharedSegment(SharedSegment&& other) noexcept
    : bytes_{std::exchange(other.bytes_, {})} {}

SemaphoreSet::SemaphoreSet(key_t key, int semaphores) : id_{::semget(key, 0, 0)} {
  semid_ds state{};
  SemaphoreArgument argument{};
  argument.state = &state;
  if (id_ < 0 || ::semctl(id_, 0, IPC_STAT, argument) != 0) refuse_key("semaphores", key);
  if (state.sem_nsems < static_cast<unsigned long>(semaphores)) {
    throw InputError(fmt::format("semaphores of key {}", describe_key(key)),
                     fmt::format("{} of them", state.sem_nsems),
                     fmt::format("{}, as a PSRDADA ring has", semaphores));
  }
}

SemaphoreSet::Outcome SemaphoreSet::operate(std::span<sembuf> operations,
                                            std::chrono::milliseconds longest) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
  const std::chrono::nanoseconds rest = longest - seconds;
  const timespec limit{seconds.count(), rest.count()};
  if (::semtimedop(id_, operations.data(), operations.size(), &limit) == 0) return Outcome::done;
  if (errno == EAGAIN || errno == EINTR) return Outcome::would_wait;
  if (errno == EIDRM || errno == EINVAL) return Outcome::destroyed;
  throw std::system_error(errno, std::generic_category(), "semtimedop");
}

SemaphoreSet::Outcome SemaphoreSet::operate(std::span<sembuf> operations) const {
  return operate(operations, std::chrono::milliseconds{0});
}

int SemaphoreSet::value(int semaphore) const noexcept {
  return ::semctl(id_, semaphore, GETVAL);
}

std::string describe_key(key_t key) {
  return fmt::format("0x{:x}", static_cast<unsigned>(key));
}

}  // namespace draftstream
