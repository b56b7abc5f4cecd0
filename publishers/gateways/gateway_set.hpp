// All gateways of a process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "publishers/gateways/gateway_options.hpp"
#include "publishers/gateways/gateway_runner.hpp"

namespace draftstream {

/// Feeds them from a journal, each at its own pace.
///
/// Threads: start(), catch_up() and settled() are for one; the rest for any.
class GatewaySet {
 public:
  /// Makes them; nothing is sent, and the journal need not be there.
  /// @param journal  journal.sqlite; records of gateways go into gateways/ beside it.
  /// @throws ConfigError naming the gateway, if one cannot be used or is another process's;
  ///         std::runtime_error if the folder cannot be written.
  GatewaySet(const std::vector<GatewayOptions>& gateways, std::filesystem::path journal,
             DamagedRecord damaged, GatewayNews news);

  /// From here on they send. Once.
  /// @param begin_after  Where those begin that have not seen this journal; empty = its beginning.
  void start(std::optional<std::uint64_t> begin_after);

  /// There is something new in the journal.
  void wake();

  /// Waits until nothing is left that could go out now, for so long at most.
  /// @return Whether that is so.
  bool catch_up(std::chrono::milliseconds patience);

  /// Goes on with the waiting of the last catch_up().
  bool settled(std::chrono::milliseconds patience);

  /// Ends all of them within a moment.
  void stop();

  [[nodiscard]] std::vector<GatewayCounts> counts() const;

 private:
  struct Prepared {
    std::unique_ptr<Gateway> gateway;
    GatewayPlan plan;
    GatewayRecord record;
  };

  const std::filesystem::path journal_;
  const GatewayNews news_;
  std::vector<Prepared> prepared_;  // empty once they are started
  std::vector<std::unique_ptr<GatewayRunner>> runners_;
  std::vector<std::uint64_t> asked_;  // of each runner, by the last catch_up()
};

}  // namespace draftstream
