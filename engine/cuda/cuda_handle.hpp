// Owners of what CUDA lends. None can be copied or moved: captured work holds their addresses.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>

#include "engine/cuda/tree_device.hpp"

namespace draftstream {

inline std::string cuda_words(cudaError_t code) {
  return std::string{cudaGetErrorName(code)} + ", " + cudaGetErrorString(code);
}

/// @throws DeviceError unless `code` is success: what could not be done, and CUDA's words.
inline void cuda_check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) {
    throw DeviceError("CUDA: could not " + std::string{what} + ": " + cuda_words(code));
  }
}

/// Device memory for values of type T, all bytes 0.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t count) : count_{count} {
    void* memory = nullptr;
    cuda_check(cudaMalloc(&memory, bytes() == 0 ? 1 : bytes()),
               ("allocate " + std::to_string(bytes()) + " bytes of device memory").c_str());
    data_.reset(static_cast<T*>(memory));
    cuda_check(cudaMemset(memory, 0, bytes()), "clear device memory");
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  [[nodiscard]] T* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return count_ * sizeof(T); }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { cudaFree(memory); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t count_;
};

/// Host memory that the device reads and writes without the CPU, uninitialised.
template <class T>
class PinnedArray {
 public:
  explicit PinnedArray(std::size_t count) : count_{count} {
    void* memory = nullptr;
    cuda_check(cudaMallocHost(&memory, bytes() == 0 ? 1 : bytes()),
               ("pin " + std::to_string(bytes()) + " bytes of host memory").c_str());
    data_.reset(static_cast<T*>(memory));
  }
  PinnedArray(const PinnedArray&) = delete;
  PinnedArray& operator=(const PinnedArray&) = delete;

  [[nodiscard]] T* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return count_ * sizeof(T); }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { cudaFreeHost(memory); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t count_;
};

/// Work in order, beside that of other streams.
class CudaStream {
 public:
  CudaStream() {
    cuda_check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "create a stream");
  }
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;
  ~CudaStream() {
    cudaStreamSynchronize(stream_);  // what it still does is done to memory that goes next
    cudaStreamDestroy(stream_);
  }
  [[nodiscard]] cudaStream_t get() const noexcept { return stream_; }

  /// @param what  Is being waited for.
  void wait(const char* what) const { cuda_check(cudaStreamSynchronize(stream_), what); }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A point in a stream that others can wait for. Before it is recorded, nobody waits.
class CudaEvent {
 public:
  CudaEvent() {
    cuda_check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "create an event");
  }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;
  ~CudaEvent() { cudaEventDestroy(event_); }

  void record(const CudaStream& stream) const {
    cuda_check(cudaEventRecord(event_, stream.get()), "record an event");
  }
  void hold(const CudaStream& stream) const {
    cuda_check(cudaStreamWaitEvent(stream.get(), event_, 0), "make a stream wait");
  }
  void wait() const { cuda_check(cudaEventSynchronize(event_), "wait for an event"); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Work that was recorded once and is launched as a whole.
class CudaGraph {
 public:
  CudaGraph() = default;
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  ~CudaGraph() {
    if (ready_ != nullptr) cudaGraphExecDestroy(ready_);
  }

  /// Records what `work` puts into the stream, instead of doing it.
  template <class Work>
  void capture(const CudaStream& stream, Work work) {
    cuda_check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal),
               "begin to record a graph");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream.get(), &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    cuda_check(cudaStreamEndCapture(stream.get(), &graph), "record a graph");
    const cudaError_t made = cudaGraphInstantiateWithFlags(&ready_, graph, 0);
    cudaGraphDestroy(graph);
    cuda_check(made, "make a graph ready");
  }

  void launch(const CudaStream& stream) const {
    cuda_check(cudaGraphLaunch(ready_, stream.get()), "launch a graph");
  }

 private:
  cudaGraphExec_t ready_ = nullptr;
};

}  // namespace draftstream
