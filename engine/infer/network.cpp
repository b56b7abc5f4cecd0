#include "engine/infer/network.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr const char* library = "libdraftstream_networks.so";

// Beside the program, or where it was built; see CMAKE_BUILD_RPATH. Never closed again: LibTorch
// has threads.
OpenNetwork* network_opener() {
  void* const handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void* const symbol = handle == nullptr ? nullptr : ::dlsym(handle, open_network_symbol);
  if (symbol == nullptr) {
    throw ConfigError(fmt::format(
        "networks: found no usable {} ({}), expected a build with LibTorch; --no-networks searches "
        "without",
        library, ::dlerror()));
  }
  return reinterpret_cast<OpenNetwork*>(symbol);
}

std::string content_of(const std::filesystem::path& path) {
  const auto refused = [&](int error) {
    return MissingInput(fmt::format("{}: cannot be read: {}", path.string(),
                                    std::generic_category().message(error)));
  };
  if (std::filesystem::is_directory(path)) throw refused(EISDIR);
  std::ifstream file{path, std::ios::binary};
  if (!file.is_open()) throw refused(errno);
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) throw refused(EIO);
  return bytes;
}

// Two inputs of nothing: the same twice, and numbers.
void dry_run(InferenceModel& model, NetworkKind kind) {
  const NetworkShape shape = shape_of(kind);
  const std::vector<std::uint8_t> inputs(2 * shape.bytes(), 0);
  std::vector<float> outputs(2 * shape.outputs);
  model.run(inputs, 2, outputs);
  if (!std::all_of(outputs.begin(), outputs.end(), [](float one) { return std::isfinite(one); })) {
    throw std::runtime_error("found outputs that are no numbers, expected numbers");
  }
}

}  // namespace

bool can_compute_networks() {
  try {
    return network_opener() != nullptr;
  } catch (const ConfigError&) {
    return false;
  }
}

Network load_network(const std::filesystem::path& path, NetworkKind kind,
                     const NetworkOptions& options) {
  const std::string bytes = content_of(path);
  OpenNetwork* const open = network_opener();
  Network network;
  try {
    network.model.reset(open(path.c_str(), kind, options));
    network.info = read_metadata(network.model->metadata(), network.model->metadata_sha256(), kind);
    if (const std::string& told = network.info.weights_sha256;
        !told.empty() && network.model->weights_sha256() != told) {
      throw InputError{"weights", "SHA-256 " + network.model->weights_sha256(),
                       told + ", which its metadata tell: the file is damaged"};
    }
    dry_run(*network.model, kind);
  } catch (const InputError& error) {
    throw error.in_file(path.string());
  } catch (const std::invalid_argument& error) {
    throw ConfigError(fmt::format("networks: {}", error.what()));
  } catch (const std::exception& error) {
    throw InputError{path.string(),
                     fmt::format("no {} that can be used ({})", name(kind), error.what()),
                     "a network in TorchScript"};
  }
  network.info.sha256 = sha256_of(bytes);
  return network;
}

}  // namespace draftstream
