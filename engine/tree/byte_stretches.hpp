// How the sums over stretches of a row of bytes scatter. Sums are of integers, or of floats in one
// order: no instruction set changes a bit of a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tree/byte_rows.hpp"

namespace draftstream {

/// out[i] = sums[8i] + ... + sums[8i + 7]. @param out  Any length.
void add_eights(const std::uint32_t* sums, std::span<std::uint32_t> out);

/// powers[i] = (sums[i] - goods[i] * mean)^2 * weights[i].
/// @param sums  A multiple of 16.
void stretch_powers(std::span<const std::uint32_t> sums, const float* goods, const float* weights,
                    float mean, float* powers);

/// Sum of all but the `left_out` largest.
/// @param values   >= 0; a multiple of 16; more than left_out.
/// @param typical  About their mean, if they are powers of white noise: for speed only.
double sum_without_largest(std::span<const float> values, std::size_t left_out, float typical);

}  // namespace draftstream
