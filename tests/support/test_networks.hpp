// Networks that were made for tests.
#pragma once

#include <string>

namespace draftstream::test {

/// Where `detector.pt`, `classifier.pt` and their `.reference` lie; "" where this build has none.
/// Says so on stderr then.
std::string network_folder();

}  // namespace draftstream::test
