// Private to publishers/: files that messages name, as JSON.
#pragma once

#include <vector>

#include "publishers/event.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {

OrderedJson products_json(const std::vector<EventProduct>& products);

/// The inverse, of the field `products`; none if it is null or absent.
/// @throws InputError naming the field.
std::vector<EventProduct> products_from(const FieldReader& message);

}  // namespace draftstream
