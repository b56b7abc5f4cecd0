#include "publishers/cutouts/hdf5_handles.hpp"

namespace draftstream {

QuietHdf5::QuietHdf5() noexcept {
  [[maybe_unused]] static const herr_t once = H5dont_atexit();
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietHdf5::~QuietHdf5() {
  H5Eset_auto2(H5E_DEFAULT, function_, data_);
}

bool Hdf5Handle::close() noexcept {
  if (id_ < 0) return true;
  const hid_t id = std::exchange(id_, H5I_INVALID_HID);
  const QuietHdf5 quiet;
  // Files, data sets and types need their own ends: H5Idec_ref would do for them, too, but would
  // not say when a file cannot be flushed.
  switch (H5Iget_type(id)) {
    case H5I_FILE:
      return H5Fclose(id) >= 0;
    case H5I_DATASET:
      return H5Dclose(id) >= 0;
    default:
      return H5Idec_ref(id) >= 0;
  }
}

std::string hdf5_reason() {
  std::string reason;
  const auto keep = [](unsigned depth, const H5E_error2_t* error, void* kept) -> herr_t {
    // Downward the cause comes last; with it the call that failed, as a second best.
    if (error->desc != nullptr && (depth == 0 || *error->desc != '\0')) {
      *static_cast<std::string*>(kept) = error->desc;
    }
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep, &reason);
  // "file write failed: time = ..., errno = 28, error message = 'No space left on device', ...":
  // what failed, and the system's words.
  const std::string mark = "error message = '";
  const auto said = reason.find(mark);
  if (said != std::string::npos) {
    const auto begin = said + mark.size();
    reason = reason.substr(0, reason.find(':')) + ": " +
             reason.substr(begin, reason.find('\'', begin) - begin);
  }
  for (char& letter : reason) {
    if (letter == '\n' || letter == '\t') letter = ' ';
  }
  return reason.empty() ? "no reason given" : reason;
}

}  // namespace draftstream
