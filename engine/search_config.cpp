#include "engine/search_config.hpp"

namespace draftstream {

std::string_view name(BackEnd back_end) {
  switch (back_end) {
    case BackEnd::cpu:
      return "cpu";
    case BackEnd::cuda:
      return "cuda";
    case BackEnd::walked:
      return "walked";
  }
  return "cpu";
}

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
