// PSRDADA rings as a back end makes and writes them: from the table of offsets alone, and without a
// line of the code under test.
#pragma once

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace draftstream::test {

/// How a ring is made.
struct RingSetup {
  std::size_t buffers = 4;
  std::size_t buffer_bytes = 4096;
  unsigned readers = 1;
};

/// Semaphores, as they are numbered.
enum RingSemaphore : int { sodack, eodack, full, clear, reader_conn };

/// One ring of PSRDADA's. Whoever makes it removes it; other processes may use a copy of it.
class SystemVRing {
 public:
  /// @throws std::system_error with EEXIST if something of these keys is there.
  SystemVRing(key_t key, const RingSetup& setup) : key_{key}, setup_{setup} {
    try {
      make();
    } catch (...) {
      remove();
      throw;
    }
  }
  ~SystemVRing() {
    for (void* memory : attached_) ::shmdt(memory);
    if (maker_ == ::getpid()) remove();
  }
  SystemVRing(const SystemVRing&) = delete;
  SystemVRing& operator=(const SystemVRing&) = delete;

  void remove() noexcept {
    for (const int id : segments_) ::shmctl(id, IPC_RMID, nullptr);
    for (const int id : semaphores_) ::semctl(id, 0, IPC_RMID);
    segments_.clear();
    semaphores_.clear();
  }

  [[nodiscard]] key_t key() const { return key_; }
  [[nodiscard]] const RingSetup& setup() const { return setup_; }

  /// A field of the sync segment.
  template <class Field>
  [[nodiscard]] volatile Field& at(std::size_t offset) const {
    return *reinterpret_cast<volatile Field*>(sync() + offset);
  }
  [[nodiscard]] volatile std::uint64_t& u64(std::size_t offset, std::uint64_t index = 0) const {
    return at<std::uint64_t>(offset + 8 * (index % 8));
  }
  [[nodiscard]] volatile char& count(std::uint64_t buffer) const {
    return at<char>(528 + buffer % setup_.buffers);
  }
  [[nodiscard]] std::byte* buffer(std::uint64_t number) const {
    return static_cast<std::byte*>(attached_[1 + number % setup_.buffers]);
  }

  [[nodiscard]] int value(int semaphore, unsigned reader = 0) const {
    return ::semctl(semaphores_[1 + reader], semaphore, GETVAL);
  }
  [[nodiscard]] int free_places() const { return ::semctl(semaphores_[0], 1, GETVAL); }
  /// Blocks until somebody waits for a filled buffer.
  void wait_for_waiting_reader(unsigned reader = 0) const {
    while (::semctl(semaphores_[1 + reader], full, GETNCNT) == 0) std::this_thread::yield();
  }
  /// Blocks until `process` was the last to take a filled buffer, and `left` are left.
  void wait_for_taken(pid_t process, int left, unsigned reader = 0) const {
    const int id = semaphores_[1 + reader];
    while (::semctl(id, full, GETVAL) != left || ::semctl(id, full, GETPID) != process) {
      std::this_thread::yield();
    }
  }
  void add(int semaphore, short by) const {
    for (unsigned r = 0; r < setup_.readers; ++r) operate(semaphores_[1 + r], semaphore, by, 0);
  }
  void lock_for_writing() const { operate(semaphores_[0], 0, -1, SEM_UNDO); }
  void unlock_for_writing() const noexcept {
    sembuf operation{0, 1, SEM_UNDO};
    if (!semaphores_.empty()) ::semop(semaphores_[0], &operation, 1);
  }

 private:
  [[nodiscard]] std::byte* sync() const { return static_cast<std::byte*>(attached_[0]); }

  static void check(bool good, const char* what) {
    if (!good) throw std::system_error(errno, std::generic_category(), what);
  }
  static void operate(int set, int semaphore, short by, int flags) {
    sembuf operation{static_cast<unsigned short>(semaphore), by, static_cast<short>(flags)};
    const timespec longest{60, 0};  // a test that would hang fails instead
    while (::semtimedop(set, &operation, 1, &longest) != 0) check(errno == EINTR, "semtimedop");
  }
  void add_segment(key_t key, std::size_t bytes) {
    const int id = ::shmget(key, bytes, IPC_CREAT | IPC_EXCL | 0600);
    check(id >= 0, "shmget");
    segments_.push_back(id);
    void* const memory = ::shmat(id, nullptr, 0);
    check(memory != reinterpret_cast<void*>(-1), "shmat");
    attached_.push_back(memory);
  }
  void add_semaphores(key_t key, const std::vector<int>& values) {
    const int id = ::semget(key, static_cast<int>(values.size()), IPC_CREAT | IPC_EXCL | 0600);
    check(id >= 0, "semget");
    semaphores_.push_back(id);
    for (std::size_t i = 0; i < values.size(); ++i) {
      check(::semctl(id, static_cast<int>(i), SETVAL, values[i]) == 0, "semctl");
    }
  }
  void make() {
    const auto other_key = [&](std::size_t n) { return key_ + 0x10000 * static_cast<key_t>(n); };
    add_segment(key_, 528 + 5 * setup_.buffers);
    at<std::int32_t>(0) = other_key(1);
    add_semaphores(other_key(1), {1, static_cast<int>(setup_.readers)});
    for (unsigned r = 0; r < 8; ++r) at<std::int32_t>(4 + 4 * r) = other_key(2 + r);
    for (unsigned r = 0; r < setup_.readers; ++r) add_semaphores(other_key(2 + r), {8, 8, 0, 0, 1});
    u64(48) = setup_.buffer_bytes;
    at<std::uint32_t>(248) = setup_.readers;
    at<std::int32_t>(520) = -1;
    for (std::size_t b = 0; b < setup_.buffers; ++b) {
      add_segment(other_key(10 + b), setup_.buffer_bytes);
      const std::int32_t key = other_key(10 + b);
      std::memcpy(sync() + 528 + setup_.buffers + 4 * b, &key, sizeof key);
    }
    u64(40) = setup_.buffers;
  }

  key_t key_;
  RingSetup setup_;
  pid_t maker_ = ::getpid();
  std::vector<int> segments_;
  std::vector<int> semaphores_;  // connect, then those of each reader
  std::vector<void*> attached_;  // sync, then each buffer
};

/// A child process; killed if it is still there at the end.
class ChildProcess {
 public:
  /// Runs `body` in a child, which ends with status 0, or 1 if it throws. Fork before you start
  /// threads.
  explicit ChildProcess(const std::function<void()>& body) : process_{::fork()} {
    if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process_ > 0) return;
    int status = 0;
    try {
      body();
    } catch (...) {
      status = 1;
    }
    ::_exit(status);
  }
  ~ChildProcess() { kill(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t process() const { return process_; }
  /// Blocks until it is gone: SIGKILL.
  void kill() {
    if (process_ > 0) ::kill(process_, SIGKILL);
    (void)wait();
  }
  /// @return Its exit status, or 128 + signal.
  int wait() {
    if (process_ <= 0) return status_;
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return status_;
  }

 private:
  pid_t process_;
  int status_ = -1;
};

/// Header and data ring, at keys that nobody else uses, and gone at the end even if the test is
/// killed: a child waits for that.
class RingPair {
 public:
  explicit RingPair(const RingSetup& data, std::size_t header_bytes = 4096) {
    std::random_device random;
    for (;;) {
      const key_t key = 0x10000000 + static_cast<key_t>(random() % 0x40000000U) / 2 * 2;
      try {
        data_ = std::make_unique<SystemVRing>(key, data);
        headers_ = std::make_unique<SystemVRing>(key + 1, RingSetup{8, header_bytes, data.readers});
        break;
      } catch (const std::system_error& error) {
        if (error.code().value() != EEXIST) throw;
      }
    }
    if (::pipe(alive_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    janitor_ = std::make_unique<ChildProcess>([this] {
      ::setsid();  // a Ctrl-C is not for it
      ::close(alive_[1]);
      char nothing = 0;
      while (::read(alive_[0], &nothing, 1) < 0 && errno == EINTR) {
      }
      remove();
    });
    ::close(alive_[0]);
  }
  ~RingPair() {
    janitor_->kill();
    ::close(alive_[1]);
  }
  RingPair(const RingPair&) = delete;
  RingPair& operator=(const RingPair&) = delete;

  void remove() {
    headers_->remove();
    data_->remove();
  }
  [[nodiscard]] key_t key() const { return data_->key(); }
  [[nodiscard]] SystemVRing& headers() const { return *headers_; }
  [[nodiscard]] SystemVRing& data() const { return *data_; }

 private:
  int alive_[2] = {-1, -1};
  std::unique_ptr<SystemVRing> data_;
  std::unique_ptr<SystemVRing> headers_;
  std::unique_ptr<ChildProcess> janitor_;
};

/// Fills buffers of a ring in the order of PSRDADA's writers. Blocks where they would.
class RingWriter {
 public:
  explicit RingWriter(const SystemVRing& ring) : ring_{ring} { ring_.lock_for_writing(); }
  ~RingWriter() { ring_.unlock_for_writing(); }
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;

  /// Writes one buffer; begins a transfer if none is open, at byte `from` of the buffer.
  void write(std::span<const std::byte> bytes, bool last = false, std::size_t from = 0) {
    const std::uint64_t number = ring_.u64(w_buf_curr);
    while (ring_.count(number) > 0) {
      ring_.add(clear, -1);
      ring_.count(number) = static_cast<char>(ring_.count(number) - 1);
    }
    if (ring_.at<std::int32_t>(w_state) != writing) {
      const std::uint64_t transfer = ring_.u64(w_xfer);
      ring_.add(sodack, -1);
      ring_.u64(s_buf, transfer) = number;
      ring_.u64(s_byte, transfer) = from;
      if (number == 0) ring_.at<char>(eod) = 0;
      ring_.at<std::int32_t>(w_state) = writing;
    }
    ring_.u64(w_buf_next) = number + 1;
    std::copy(bytes.begin(), bytes.end(), ring_.buffer(number) + from);
    if (last) end(number, from + bytes.size());
    ring_.count(number) = static_cast<char>(ring_.count(number) + 1);
    ring_.u64(w_buf_curr) = number + 1;
    ring_.add(full, 1);
  }

  /// Writes a whole transfer. It ends in a buffer that is not full: an empty one where need be.
  void write_transfer(std::span<const std::byte> bytes, std::size_t from = 0) {
    for (bool last = false; !last; from = 0) {
      const std::size_t room = ring_.setup().buffer_bytes - from;
      last = bytes.size() < room;
      const auto piece = bytes.first(std::min(room, bytes.size()));
      write(piece, last, from);
      bytes = bytes.subspan(piece.size());
    }
  }

  static constexpr std::size_t w_buf_next = 56;
  static constexpr std::size_t w_buf_curr = 64;
  static constexpr std::size_t w_state = 72;
  static constexpr std::size_t w_xfer = 80;
  static constexpr std::size_t s_buf = 256;
  static constexpr std::size_t s_byte = 320;
  static constexpr std::size_t eod = 384;
  static constexpr std::size_t e_buf = 392;
  static constexpr std::size_t e_byte = 456;

 private:
  static constexpr std::int32_t writing = 3;

  void end(std::uint64_t number, std::size_t bytes) {
    const std::uint64_t transfer = ring_.u64(w_xfer);
    ring_.add(eodack, -1);
    ring_.u64(e_buf, transfer) = number;
    ring_.u64(e_byte, transfer) = bytes;
    ring_.at<char>(eod + transfer % 8) = 1;
    ring_.u64(w_xfer) = transfer + 1;
    ring_.at<std::int32_t>(w_state) = 0;
  }

  const SystemVRing& ring_;
};

/// Writes a header into the ring of headers, NUL padded.
inline void write_header(const RingPair& rings, const std::string& text) {
  std::vector<std::byte> bytes(rings.headers().setup().buffer_bytes);
  std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
  RingWriter{rings.headers()}.write(bytes);
}

/// Values of a seed, never constant.
inline std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random() >> 24U);
  return bytes;
}

}  // namespace draftstream::test
