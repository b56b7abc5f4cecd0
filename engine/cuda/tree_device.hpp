// The tree and its boxes on another processor: int8 channels in, cells with boxes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/cuda/box_steps.hpp"
#include "engine/tree/tree_plan.hpp"

namespace draftstream {

/// A device that is not there, or that refused something; the text says what, in its driver's
/// words.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Sums and searches several beams of one plan, chunk after chunk:
///
///     put(chunk 0)
///     repeat: start(), put(next chunk), finish()
///
/// so that samples travel while others are summed. What is found are the same bits as by
/// TreeDedisperser and BoxSearch. Nothing is allocated after construction, but for cells that
/// `found` grows by.
///
/// Threads: one at a time per object; objects share nothing but the device.
class TreeDevice {
 public:
  TreeDevice() = default;
  TreeDevice(const TreeDevice&) = delete;
  TreeDevice& operator=(const TreeDevice&) = delete;
  virtual ~TreeDevice() = default;

  /// Takes the next chunk of all beams: `rows` are read before it returns, and travel while it goes
  /// on. Two chunks at most may wait to be started.
  /// @param rows    Shape [beam]: channel c's sample t is rows[beam][c * stride + t]; channel 0 is
  ///                the highest.
  /// @throws DeviceError, as do all the others.
  virtual void put(const std::int8_t* const* rows, std::size_t stride) = 0;

  /// Begins to sum and search the oldest chunk that was put.
  /// @param thresholds  Shape [beam][trial].
  virtual void start(const BoxThresholds* thresholds) = 0;

  /// Forgets all samples: what comes before the next chunk, which begins with sample `first`, is 0.
  /// Not while a chunk waits to be started, or to be finished.
  /// @param first  A multiple of the chunk's length.
  virtual void restart(std::uint64_t first) = 0;

  /// Like start(), with the samples that the chunk before the last one had: what is on the device
  /// already. For measurements.
  virtual void start_again(const BoxThresholds* thresholds) = 0;

  /// Waits for what start() began, and appends the cells in which there is something, in no order.
  virtual void finish(std::vector<FoundCell>& found) = 0;

  /// Of the newest samples of a series, once start() has been finished.
  /// @param first    Of all samples of the series; from max(0, samples so far - kept) on.
  /// @param to       Room for `samples`.
  virtual void series(std::size_t beam, std::size_t trial, std::uint64_t first, std::size_t samples,
                      std::int16_t* to) = 0;

  /// What the first look at the newest chunk saw. Shape [beam][trial][segment]: bits of
  /// pyramid_widths.
  [[nodiscard]] virtual std::vector<std::uint32_t> seen() = 0;

  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;  ///< Of the device's memory.
};

struct TreeDeviceOptions {
  std::size_t beams = 1;
  std::size_t samples = 2048;         ///< Of a chunk; a multiple of segment_samples.
  std::size_t kept = 0;               ///< Samples of each series that series() can be asked for.
  std::size_t most_cells = 1U << 16;  ///< Handed over at once; more take further rounds.
};

/// The device's work, walked by the CPU thread by thread: the same functions of tree_steps.hpp and
/// box_steps.hpp over the same blocks. Slow; it is what kernels are compared with, and how they are
/// tested where there is no device.
/// @throws std::invalid_argument as TreeLayout does.
std::unique_ptr<TreeDevice> make_tree_twin(const TreePlan& plan, const TreeDeviceOptions& options);

/// On the first CUDA device.
/// @throws DeviceError if there is none that can be used, or this build has no CUDA;
///     std::invalid_argument as TreeLayout does.
std::unique_ptr<TreeDevice> make_tree_cuda(const TreePlan& plan, const TreeDeviceOptions& options);

/// Whether make_tree_cuda() has a device to run on.
struct CudaPresence {
  bool usable = false;
  std::string words;  ///< The device's name and capability, or in one sentence why there is none.
};
CudaPresence cuda_presence();

}  // namespace draftstream
