#include "publishers/product_json.hpp"

namespace draftstream {

OrderedJson products_json(const std::vector<EventProduct>& products) {
  OrderedJson json = OrderedJson::array();
  for (const auto& product : products) {
    OrderedJson one{{"kind", product.kind},
                    {"uri", product.uri},
                    {"bytes", or_null(product.bytes)},
                    {"sha256", or_null(product.sha256)},
                    {"status", product.status}};
    if (product.reason) one["reason"] = *product.reason;
    json.push_back(std::move(one));
  }
  return json;
}

std::vector<EventProduct> products_from(const FieldReader& message) {
  std::vector<EventProduct> products;
  for (const auto& fields : message.maybe_objects("products")) {
    products.push_back({fields.text("kind"), fields.text("uri"), fields.maybe_count("bytes"),
                        fields.maybe_text("sha256"), fields.text("status"),
                        fields.maybe_text("reason")});
  }
  return products;
}

}  // namespace draftstream
