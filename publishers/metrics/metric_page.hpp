// Figures as Prometheus reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace draftstream {

/// What every name begins with.
inline constexpr const char* metric_prefix = "draftstream_";

/// How often values were at most so large. `counts[i]` are those above bounds[i - 1] and up to
/// bounds[i]; the last one is of those above all bounds.
struct Distribution {
  std::vector<double> bounds;         ///< Ascending.
  std::vector<std::uint64_t> counts;  ///< One more than bounds.
  double sum = 0.0;

  explicit Distribution(std::vector<double> upper_bounds)
      : bounds{std::move(upper_bounds)}, counts(bounds.size() + 1) {}
  void count(double value);
  [[nodiscard]] std::uint64_t total() const;
};

/// One answer to a scrape, put together figure by figure. Figures of one name belong together,
/// whatever was added in between; their help is that of the first.
class MetricPage {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  MetricPage();
  ~MetricPage();
  MetricPage(const MetricPage&) = delete;
  MetricPage& operator=(const MetricPage&) = delete;

  /// @param name  Without the prefix; of a counter it ends in "_total".
  void counter(const std::string& name, const std::string& help, double value,
               const Labels& labels = {});
  void gauge(const std::string& name, const std::string& help, double value,
             const Labels& labels = {});
  void histogram(const std::string& name, const std::string& help, const Distribution& values);

  /// In the text format of Prometheus, version 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace draftstream
