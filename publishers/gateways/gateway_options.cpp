#include "publishers/gateways/gateway_options.hpp"

namespace draftstream {
namespace {

struct NameOfKind {
  std::string operator()(const WebhookOptions&) const { return "webhook"; }
  std::string operator()(const VtpAuthorOptions&) const { return "voevent"; }
  std::string operator()(const VtpBrokerOptions&) const { return "voevent_server"; }
  std::string operator()(const KafkaOptions&) const { return "kafka"; }
  std::string operator()(const TnsOptions&) const { return "tns"; }
};

struct Maker {
  const GatewayNews& news;

  std::unique_ptr<Gateway> operator()(const WebhookOptions& options) const {
    return std::make_unique<WebhookGateway>(options);
  }
  std::unique_ptr<Gateway> operator()(const VtpAuthorOptions& options) const {
    return std::make_unique<VtpAuthor>(options);
  }
  std::unique_ptr<Gateway> operator()(const VtpBrokerOptions& options) const {
    return std::make_unique<VtpBroker>(options, news);
  }
  std::unique_ptr<Gateway> operator()(const KafkaOptions& options) const {
    return std::make_unique<KafkaGateway>(options);
  }
  std::unique_ptr<Gateway> operator()(const TnsOptions& options) const {
    return std::make_unique<TnsFiles>(options);
  }
};

}  // namespace

std::string kind_of(const GatewayTarget& target) {
  return std::visit(NameOfKind{}, target);
}

std::unique_ptr<Gateway> make_gateway(const GatewayTarget& target, const GatewayNews& news) {
  return std::visit(Maker{news}, target);
}

}  // namespace draftstream
