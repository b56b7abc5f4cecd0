// Makes PSRDADA rings, as dada_db does.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace draftstream {

/// How a ring is made.
struct DadaRingShape {
  std::uint64_t buffers = 4;
  std::uint64_t buffer_bytes = 4096;
  unsigned readers = 1;  ///< 1 to 8.
};

/// One ring in shared memory, which anyone may use as long as the object lives.
///
/// @source PSRDADA 1.1.0, ipcbuf_create(); its keys, sizes and first values.
class MadeDadaRing {
 public:
  /// @throws ConfigError if something of these keys is there, or the system has no room for it.
  MadeDadaRing(key_t key, const DadaRingShape& shape);
  /// Removes it. Who is attached keeps the memory until they leave.
  ~MadeDadaRing();
  MadeDadaRing(const MadeDadaRing&) = delete;
  MadeDadaRing& operator=(const MadeDadaRing&) = delete;

 private:
  int add_segment(key_t key, std::size_t bytes);
  void add_semaphores(key_t key, std::vector<unsigned short> values);
  void make(const DadaRingShape& shape);
  void remove() noexcept;

  key_t key_;
  std::vector<int> segments_;
  std::vector<int> semaphores_;
};

}  // namespace draftstream
