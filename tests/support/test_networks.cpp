#include "tests/support/test_networks.hpp"

#include <cstdio>

namespace draftstream::test {

std::string network_folder() {
#ifdef DRAFTSTREAM_TEST_NETWORKS
  return DRAFTSTREAM_TEST_NETWORKS;
#else
  std::fputs("no networks to test: python3-torch or LibTorch is missing\n", stderr);
  return "";
#endif
}

}  // namespace draftstream::test
