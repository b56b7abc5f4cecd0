// The page of a run: what it shows, and from where.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/announcer.hpp"
#include "app/candidate_drawer.hpp"
#include "app/networks.hpp"
#include "app/run_monitor.hpp"
#include "app/settings.hpp"
#include "publishers/page/page_server.hpp"

namespace draftstream {

/// What else is known of a process.
struct PageProcess {
  std::string source;                               ///< URL of a stream; "" for recordings.
  std::string models;                               ///< names_of().
  std::function<double(const RunReport&)> rate;     ///< x real time.
  std::function<std::vector<std::string>()> stuck;  ///< Stages that are.
};

/// "FRB-detector 1.2, FRB-classifier 1.0"; "" where none judge.
[[nodiscard]] std::string names_of(const RunNetworks& networks);

/// Serves the page while it lives, where the settings want one.
class PageService {
 public:
  /// @param monitor, announcer  Must outlive this.
  /// @throws ConfigError, MissingInput, InputError  on an address or a token that cannot be used.
  PageService(const Settings& settings, RunMonitor& monitor, const Announcer& announcer,
              PageProcess process);
  /// Without waiting for a picture that is being drawn.
  ~PageService() { drawer_.stop(); }
  PageService(const PageService&) = delete;
  PageService& operator=(const PageService&) = delete;

 private:
  [[nodiscard]] PageSources sources();
  [[nodiscard]] std::string metrics(const PageCounts& page) const;
  [[nodiscard]] std::string state(const PageCounts& page) const;
  [[nodiscard]] std::optional<WaterfallPicture> waterfall();

  RunMonitor& monitor_;
  const Announcer& announcer_;
  const PageProcess process_;
  CandidateDrawer drawer_;
  std::mutex waterfall_mutex_;  // guards the next two
  std::optional<WaterfallPicture> waterfall_;
  std::chrono::steady_clock::time_point waterfall_made_;
  std::unique_ptr<PageServer> server_;  // last: it uses all of the above; null: there is no page
};

}  // namespace draftstream
