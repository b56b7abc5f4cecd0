#include <algorithm>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/cuda/cuda_handle.hpp"
#include "engine/cuda/tree_device.hpp"
#include "engine/cuda/tree_kernels.hpp"
#include "engine/cuda/tree_layout.hpp"

namespace draftstream {
namespace {

template <class T>
void upload(const DeviceArray<T>& to, const std::vector<T>& from) {
  cuda_check(cudaMemcpy(to.data(), from.data(), to.bytes(), cudaMemcpyHostToDevice),
             "copy a table to the device");
}

void must(cudaError_t code, const char* kernel) {
  cuda_check(code, (std::string{"launch "} + kernel).c_str());
}

/// The tables of a stage, in the device's memory.
struct StageTables {
  DeviceArray<SummedRow> rows;
  DeviceArray<LaggedRow> sources;
  std::int16_t factor;

  explicit StageTables(const StageLayout& stage)
      : rows{stage.rows.size()}, sources{stage.sources.size()}, factor{stage.factor} {
    upload(rows, stage.rows);
    upload(sources, stage.sources);
  }
};

/// Throws before anything is allocated.
TreeLayout checked_layout(const TreePlan& plan, const TreeDeviceOptions& options) {
  const CudaPresence presence = cuda_presence();
  if (!presence.usable) throw DeviceError(presence.words);
  return {plan, options.samples, options.kept};
}

class TreeCuda final : public TreeDevice {
 public:
  TreeCuda(const TreePlan& plan, const TreeDeviceOptions& options);

  void put(const std::int8_t* const* rows, std::size_t stride) override;
  void start(const BoxThresholds* thresholds) override;
  void restart(std::uint64_t first) override;
  void start_again(const BoxThresholds* thresholds) override;
  void finish(std::vector<FoundCell>& found) override;
  void series(std::size_t beam, std::size_t trial, std::uint64_t first, std::size_t samples,
              std::int16_t* to) override;
  std::vector<std::uint32_t> seen() override;
  std::size_t bytes() const noexcept override;

 private:
  [[nodiscard]] std::size_t all_series() const { return std::size_t{beams_} * trials_; }
  [[nodiscard]] BoxWork boxes() const;
  [[nodiscard]] CellsWork cells(std::uint32_t first_trial) const;
  void enqueue_chunk();
  void take_cells(std::size_t count, std::vector<FoundCell>& found);
  void find_in_rounds(std::vector<FoundCell>& found);
  void copy_count();

  TreeLayout layout_;
  std::uint32_t beams_;
  std::uint32_t trials_;
  std::uint32_t segments_;
  std::uint32_t most_cells_;

  DeviceArray<RowRing> channels_;
  std::deque<StageTables> stages_;         // [stage - 1]
  DeviceArray<std::uint32_t> incoming_;    // [slot][beam][channel][sample], words of samples
  DeviceArray<std::uint32_t> rows_;        // [beam][row_bytes], likewise
  DeviceArray<std::int16_t> series_;       // [beam][trial][ring]
  DeviceArray<BoxThresholds> thresholds_;  // [beam][trial]
  DeviceArray<std::uint32_t> seen_;        // [beam][trial][1 + segment]
  DeviceArray<TreeState> state_;
  DeviceArray<FoundCell> found_;

  PinnedArray<std::uint32_t> incoming_here_;
  PinnedArray<BoxThresholds> thresholds_here_;
  PinnedArray<FoundCell> found_here_;
  PinnedArray<std::uint32_t> count_here_;

  CudaEvent copied_[2];  // the slot's samples are on the device
  CudaEvent taken_[2];   // and no longer needed there
  CudaGraph chunk_;
  std::size_t put_ = 0;  // chunks
  std::size_t started_ = 0;
  std::size_t launched_ = 0;  // as often did the device change slots
  bool running_ = false;
  // Last, so that they wait for their work before the memory goes.
  CudaStream copies_;
  CudaStream sums_;
};

TreeCuda::TreeCuda(const TreePlan& plan, const TreeDeviceOptions& options)
    : layout_{checked_layout(plan, options)},
      beams_{static_cast<std::uint32_t>(options.beams)},
      trials_{static_cast<std::uint32_t>(layout_.trials())},
      segments_{layout_.chunk / box_segment},
      // In one round, at least all cells of one trial.
      most_cells_{static_cast<std::uint32_t>(
          std::max(options.most_cells, options.beams * options.samples / cell_samples))},
      channels_{layout_.channels.size()},
      incoming_{2 * options.beams * layout_.channels.size() * options.samples / samples_a_word},
      rows_{options.beams * layout_.row_bytes / samples_a_word},
      series_{options.beams * layout_.series_samples},
      thresholds_{all_series()},
      seen_{all_series() * (segments_ + 1)},
      state_{1},
      found_{most_cells_},
      incoming_here_{incoming_.size()},
      thresholds_here_{all_series()},
      found_here_{most_cells_},
      count_here_{1} {
  upload(channels_, layout_.channels);
  for (const StageLayout& stage : layout_.stages) stages_.emplace_back(stage);
  upload(state_, {TreeState{}});
  // Memory was cleared and copied in an order that our streams do not know of.
  cuda_check(cudaDeviceSynchronize(), "clear device memory");
  chunk_.capture(sums_, [this] { enqueue_chunk(); });
}

BoxWork TreeCuda::boxes() const {
  return {state_.data(), series_.data(),     layout_.series_mask, trials_,
          layout_.chunk, thresholds_.data(), seen_.data()};
}

CellsWork TreeCuda::cells(std::uint32_t first_trial) const {
  return {boxes(), first_trial, &state_.data()->found, found_.data(), most_cells_};
}

/// All that is done to one chunk, the same for each.
void TreeCuda::enqueue_chunk() {
  cudaStream_t stream = sums_.get();
  cuda_check(cudaMemcpyAsync(thresholds_.data(), thresholds_here_.data(), thresholds_.bytes(),
                             cudaMemcpyHostToDevice, stream),
             "copy thresholds to the device");
  must(kernels::begin_chunk({state_.data(), seen_.data(), all_series(), segments_, layout_.chunk},
                            stream),
       "begin_chunk");
  must(kernels::take_samples(
           {state_.data(), incoming_.data(), channels_.data(), rows_.data(), layout_.row_bytes,
            static_cast<std::uint32_t>(channels_.size()), beams_, layout_.chunk},
           stream),
       "take_samples");
  for (const StageTables& stage : stages_) {
    const StageWork work{state_.data(),          stage.rows.data(), stage.sources.data(),
                         rows_.data(),           layout_.row_bytes, series_.data(),
                         layout_.series_samples, layout_.chunk,     stage.factor};
    must(kernels::sum_rows(work, static_cast<std::uint32_t>(stage.rows.size()), beams_, stream),
         "sum_rows");
  }
  must(kernels::look(boxes(), beams_, stream), "look");
  must(kernels::find_cells(cells(0), trials_, beams_, stream), "find_cells");
  copy_count();
}

void TreeCuda::copy_count() {
  cuda_check(cudaMemcpyAsync(count_here_.data(), &state_.data()->found, sizeof(std::uint32_t),
                             cudaMemcpyDeviceToHost, sums_.get()),
             "copy a count back");
}

void TreeCuda::put(const std::int8_t* const* rows, std::size_t stride) {
  if (put_ == started_ + 2) throw std::logic_error("TreeDevice: a chunk too many was put");
  const std::size_t slot = put_ % 2;
  const std::size_t size = incoming_.size() / 2;
  copied_[slot].wait();  // the chunk before the last one has left the host
  std::uint32_t* to = incoming_here_.data() + slot * size;
  for (std::uint32_t beam = 0; beam < beams_; ++beam) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      std::memcpy(to, rows[beam] + c * stride, layout_.chunk);
      to += layout_.chunk / samples_a_word;
    }
  }
  taken_[slot].hold(copies_);
  cuda_check(cudaMemcpyAsync(incoming_.data() + slot * size, incoming_here_.data() + slot * size,
                             size * sizeof(std::uint32_t), cudaMemcpyHostToDevice, copies_.get()),
             "copy samples to the device");
  copied_[slot].record(copies_);
  ++put_;
}

void TreeCuda::start(const BoxThresholds* thresholds) {
  if (started_ == put_) throw std::logic_error("TreeDevice: nothing was put");
  start_again(thresholds);
  ++started_;
}

void TreeCuda::restart(std::uint64_t first) {
  if (running_ || started_ != put_) {
    throw std::logic_error("TreeDevice: restarted while a chunk waits");
  }
  for (const auto& [memory, bytes] : {std::pair<void*, std::size_t>{rows_.data(), rows_.bytes()},
                                      {series_.data(), series_.bytes()},
                                      {seen_.data(), seen_.bytes()}}) {
    cuda_check(cudaMemsetAsync(memory, 0, bytes, sums_.get()), "clear device memory");
  }
  cuda_check(cudaMemcpyAsync(&state_.data()->next, &first, sizeof first, cudaMemcpyHostToDevice,
                             sums_.get()),
             "copy an index to the device");
  sums_.wait("forget samples");
}

void TreeCuda::start_again(const BoxThresholds* thresholds) {
  if (running_) throw std::logic_error("TreeDevice: started before it was finished");
  const std::size_t slot = launched_ % 2;
  std::copy_n(thresholds, thresholds_here_.size(), thresholds_here_.data());
  copied_[slot].hold(sums_);
  chunk_.launch(sums_);
  taken_[slot].record(sums_);
  ++launched_;
  running_ = true;
}

void TreeCuda::finish(std::vector<FoundCell>& found) {
  if (!running_) throw std::logic_error("TreeDevice: finished before it was started");
  sums_.wait("sum and search a chunk");
  running_ = false;
  const std::uint32_t count = *count_here_.data();
  if (count <= most_cells_) {
    take_cells(count, found);
  } else {
    find_in_rounds(found);
  }
}

void TreeCuda::take_cells(std::size_t count, std::vector<FoundCell>& found) {
  if (count == 0) return;
  cuda_check(cudaMemcpyAsync(found_here_.data(), found_.data(), count * sizeof(FoundCell),
                             cudaMemcpyDeviceToHost, sums_.get()),
             "copy cells back");
  sums_.wait("copy cells back");
  found.insert(found.end(), found_here_.data(), found_here_.data() + count);
}

/// Too many cells for the room there is: some trials at a time.
void TreeCuda::find_in_rounds(std::vector<FoundCell>& found) {
  const std::size_t most_a_trial = std::size_t{beams_} * layout_.chunk / cell_samples;
  const auto trials_a_round = static_cast<std::uint32_t>(most_cells_ / most_a_trial);
  for (std::uint32_t trial = 0; trial < trials_; trial += trials_a_round) {
    cuda_check(cudaMemsetAsync(&state_.data()->found, 0, sizeof(std::uint32_t), sums_.get()),
               "clear a count");
    must(kernels::find_cells(cells(trial), std::min(trials_a_round, trials_ - trial), beams_,
                             sums_.get()),
         "find_cells");
    copy_count();
    sums_.wait("search a chunk again");
    take_cells(*count_here_.data(), found);
  }
}

void TreeCuda::series(std::size_t beam, std::size_t trial, std::uint64_t first, std::size_t samples,
                      std::int16_t* to) {
  if (running_) throw std::logic_error("TreeDevice: asked for series while it sums");
  const std::size_t ring = std::size_t{layout_.series_mask} + 1;
  const std::int16_t* const from = series_.data() + (beam * trials_ + trial) * ring;
  const std::size_t place = first % ring;
  const std::size_t at_once = std::min(samples, ring - place);  // the rest is at its beginning
  const auto copy = [&](std::int16_t* here, const std::int16_t* there, std::size_t count) {
    cuda_check(cudaMemcpyAsync(here, there, count * sizeof(std::int16_t), cudaMemcpyDeviceToHost,
                               sums_.get()),
               "copy a series back");
  };
  copy(to, from + place, at_once);
  if (at_once < samples) copy(to + at_once, from, samples - at_once);
  sums_.wait("copy a series back");
}

std::vector<std::uint32_t> TreeCuda::seen() {
  if (running_) throw std::logic_error("TreeDevice: asked for what it sees while it looks");
  std::vector<std::uint32_t> seen(all_series() * segments_);
  const std::size_t width = segments_ * sizeof(std::uint32_t);
  cuda_check(cudaMemcpy2D(seen.data(), width, seen_.data() + 1, width + sizeof(std::uint32_t),
                          width, all_series(), cudaMemcpyDeviceToHost),
             "copy the first look back");
  return seen;
}

std::size_t TreeCuda::bytes() const noexcept {
  std::size_t total = channels_.bytes() + incoming_.bytes() + rows_.bytes() + series_.bytes() +
                      thresholds_.bytes() + seen_.bytes() + found_.bytes();
  for (const StageTables& stage : stages_) total += stage.rows.bytes() + stage.sources.bytes();
  return total;
}

}  // namespace

CudaPresence cuda_presence() {
  int devices = 0;
  cudaError_t code = cudaGetDeviceCount(&devices);
  if (code == cudaSuccess && devices == 0) code = cudaErrorNoDevice;
  if (code != cudaSuccess) return {false, "no CUDA device can be used: " + cuda_words(code)};
  cudaDeviceProp device{};
  code = cudaGetDeviceProperties(&device, 0);
  if (code != cudaSuccess) return {false, "CUDA device 0 says nothing: " + cuda_words(code)};
  const std::string words = std::string{device.name} + ", compute capability " +
                            std::to_string(device.major) + "." + std::to_string(device.minor);
  code = kernels::check_device();
  if (code != cudaSuccess) {
    return {false, words + ": this build has no kernels for it: " + cuda_words(code)};
  }
  return {true, words};
}

std::unique_ptr<TreeDevice> make_tree_cuda(const TreePlan& plan, const TreeDeviceOptions& options) {
  return std::make_unique<TreeCuda>(plan, options);
}

}  // namespace draftstream
