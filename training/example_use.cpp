#include "training/example_use.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t validating = 20;  // one scene of so many

}  // namespace

ExampleUse use_of(std::uint64_t seed) noexcept {
  // A bijection of 64 bits (Stafford's variant 13 of the finaliser of MurmurHash3).
  seed = (seed ^ (seed >> 30U)) * 0xbf58476d1ce4e5b9U;
  seed = (seed ^ (seed >> 27U)) * 0x94d049bb133111ebU;
  seed ^= seed >> 31U;
  return seed % validating == 0 ? ExampleUse::validation : ExampleUse::training;
}

}  // namespace draftstream
