#include "engine/search_config.hpp"

namespace draftstream {

std::string_view name(EngineKind kind) {
  return kind == EngineKind::direct ? "direct" : "tree";
}

std::string_view name(ZeroDm filter) {
  switch (filter) {
    case ZeroDm::off:
      return "off";
    case ZeroDm::plain:
      return "plain";
    case ZeroDm::zdot:
      return "zdot";
  }
  return "off";
}

}  // namespace draftstream
