// HDF5's C API with handles that close themselves, and with sentences instead of error stacks.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

namespace draftstream {

/// While it lives, HDF5 prints nothing on this thread. Others in the process keep their setting.
/// The first one also keeps HDF5 from closing what is open when the process ends: we close our own
/// files, and what could not be written then would make it crash or print.
class QuietHdf5 {
 public:
  QuietHdf5() noexcept;
  ~QuietHdf5();
  QuietHdf5(const QuietHdf5&) = delete;
  QuietHdf5& operator=(const QuietHdf5&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Owns an identifier of HDF5, of whatever it stands for.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) noexcept : id_{id} {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_{std::exchange(other.id_, H5I_INVALID_HID)} {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Hdf5Handle() { close(); }

  [[nodiscard]] hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

  /// Forgets it: what it stands for stays open for as long as the process lives.
  void abandon() noexcept { id_ = H5I_INVALID_HID; }

  /// Lets go of it; what it stands for ends with its last handle.
  /// @return Whether HDF5 had no complaint. True for a handle of nothing.
  bool close() noexcept;

 private:
  hid_t id_ = H5I_INVALID_HID;
};

/// What HDF5 says about the last call that failed on this thread, in its own words: the innermost
/// line of its error stack, which names the cause. Call it before anything else of HDF5.
[[nodiscard]] std::string hdf5_reason();

}  // namespace draftstream
