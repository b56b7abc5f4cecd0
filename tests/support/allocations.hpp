// Counts what is allocated. A program that links draftstream_counted_new has its global operator
// new replaced.
#pragma once

#include <cstdint>

namespace draftstream::test {

/// Allocations so far, of all threads.
std::uint64_t allocations();

}  // namespace draftstream::test
