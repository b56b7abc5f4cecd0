// What an operator looks at: a page, the data it shows, and figures for Prometheus, by HTTP.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "publishers/page/live_waterfall.hpp"
#include "publishers/page/page_guard.hpp"

namespace draftstream {

struct PageCounts {
  std::size_t streams = 0;            ///< Now.
  std::uint64_t streams_dropped = 0;  ///< That did not take what they were sent.
  std::uint64_t streams_refused = 0;  ///< Beyond the most.
};

/// Where what is shown comes from. All may be called from any thread, several at a time, until the
/// server is gone; none may wait for the search.
struct PageSources {
  std::function<std::string(const PageCounts&)> metrics;  ///< In the text format of Prometheus.
  std::function<std::string(const PageCounts&)> state;    ///< JSON on one line.
  std::function<std::uint64_t()> last_seq;  ///< Of the last event that is in the journal.
  std::filesystem::path journal;
  /// A picture of a cutout. @param row  Of the store. @param event_id  That it must be of.
  /// @param kind  "png" or "svg". @throws std::exception, with a sentence for whoever asked.
  std::function<std::string(const std::filesystem::path& store, std::size_t row,
                            const std::string& event_id, const std::string& kind)>
      draw;
  /// Nothing while nothing is searched.
  std::function<std::optional<WaterfallPicture>()> waterfall;
};

struct PageOptions {
  Endpoint endpoint;                               ///< page_endpoint().
  std::optional<std::string> token{};              ///< page_token().
  std::filesystem::path files;                     ///< index.html and what belongs to it.
  std::size_t most_streams = 8;                    ///< Pages that are kept up to date at once.
  std::chrono::milliseconds patience{2000};        ///< With one who asks and does not take.
  std::chrono::milliseconds between_states{1000};  ///< Told to each page.
};

/// Answers GET and HEAD; changes nothing. Its threads are its own, and as many as at first: a slow
/// or malicious client costs itself, and others like it, the page, and never the search.
/// docs/interfaces/http.md has the paths.
///
/// Threads: any.
class PageServer {
 public:
  /// Binds and starts.
  /// @throws ConfigError if the endpoint cannot be bound.
  PageServer(PageOptions options, PageSources sources);
  /// Ends all streams.
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  /// "http://127.0.0.1:8080/", with the real port.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] PageCounts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
