#include "publishers/metrics/metric_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>

namespace draftstream {

void Distribution::count(double value) {
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
  ++counts[static_cast<std::size_t>(bound - bounds.begin())];
  sum += value;
}

std::uint64_t Distribution::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

struct MetricPage::Families {
  std::vector<prometheus::MetricFamily> all;

  prometheus::ClientMetric& add(const std::string& name, const std::string& help,
                                prometheus::MetricType type, const Labels& labels) {
    const std::string full_name = metric_prefix + name;
    auto family = std::find_if(all.begin(), all.end(),
                               [&](const auto& one) { return one.name == full_name; });
    if (family == all.end()) family = all.insert(family, {full_name, help, type, {}});
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return metric;
  }
};

MetricPage::MetricPage() : families_{std::make_unique<Families>()} {}

MetricPage::~MetricPage() = default;

void MetricPage::counter(const std::string& name, const std::string& help, double value,
                         const Labels& labels) {
  families_->add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void MetricPage::gauge(const std::string& name, const std::string& help, double value,
                       const Labels& labels) {
  families_->add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricPage::histogram(const std::string& name, const std::string& help,
                           const Distribution& values) {
  auto& histogram = families_->add(name, help, prometheus::MetricType::Histogram, {}).histogram;
  histogram.sample_sum = values.sum;
  for (std::size_t i = 0; i < values.counts.size(); ++i) {
    const bool is_last = i == values.bounds.size();
    histogram.sample_count += values.counts[i];
    histogram.bucket.push_back(
        {histogram.sample_count,
         is_last ? std::numeric_limits<double>::infinity() : values.bounds[i]});
  }
}

std::string MetricPage::text() const {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, families_->all);
  return text.str();
}

}  // namespace draftstream
