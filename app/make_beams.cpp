#include "app/make_beams.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

namespace draftstream {
namespace {

constexpr std::uint64_t fewest_samples = 256;

Beams make_with_chunks(std::span<const BeamInput> inputs, const Settings& settings,
                       const RunNetworks& networks, std::optional<std::uint64_t> chunk_samples) {
  const auto count = static_cast<unsigned>(inputs.size());
  const unsigned threads = threads_of(settings);
  Beams beams;
  for (unsigned i = 0; i < count; ++i) {
    SearchConfig config = settings.search;
    config.threads = std::max(1U, threads / count + (i < threads % count ? 1 : 0));
    config.condition.masked_channels = inputs[i].masked_channels;
    LookSettings looks;
    looks.networks = networks.networks;
    looks.policy = settings.judging;
    const bool plots = settings.plots.choice != PlotChoice::none;
    looks.keep = keeps_cutouts(settings) || (plots && config.engine == EngineKind::tree);
    beams.push_back(std::make_unique<BeamSearch>(*inputs[i].feed, config, chunk_samples,
                                                 std::move(looks), settings.dumps, plots));
  }
  return beams;
}

// That travel at once, in the beam that has the most.
std::uint64_t longest_chunk(std::span<const BeamInput> inputs, const Settings& settings) {
  std::uint64_t longest = 0;
  for (const BeamInput& input : inputs) {
    const BufferPlan plan =
        plan_buffers(input.feed->observation(), settings.chunk_samples, input.feed->reader());
    longest = std::max(longest, plan.travel_samples);
  }
  return longest;
}

bool is_out_of_memory(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (const std::system_error& failed) {
    return failed.code() == std::errc::not_enough_memory;
  } catch (...) {
    return false;
  }
}

}  // namespace

void halve_until_it_fits(std::uint64_t samples, const std::function<void(std::uint64_t)>& make) {
  for (;; samples /= 2) {
    try {
      return make(samples);
    } catch (...) {
      if (!is_out_of_memory(std::current_exception()) || samples < 2 * fewest_samples) throw;
      spdlog::warn("not enough memory for chunks of {} samples: halved to {}", samples,
                   samples / 2);
    }
  }
}

Beams make_beams(std::span<const BeamInput> inputs, const Settings& settings,
                 const RunNetworks& networks) {
  Beams beams;
  const std::uint64_t longest = longest_chunk(inputs, settings);
  halve_until_it_fits(longest, [&](std::uint64_t samples) {
    const bool first = samples == longest;
    beams = make_with_chunks(inputs, settings, networks,
                             first ? settings.chunk_samples : std::optional{samples});
  });
  return beams;
}

}  // namespace draftstream
