// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/byte_transpose.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "engine/tree/byte_transpose.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void transpose_here(const std::uint8_t* spectra, std::size_t stride, std::uint8_t flip,
                    std::uint8_t* const* rows, std::size_t channels) {
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t t = 0; t < tile_times; ++t) {
      rows[c][t] = static_cast<std::uint8_t>(spectra[t * stride + c] + flip);
    }
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 64>;
using Vector = hn::Vec<Bytes>;

constexpr std::size_t block = 16;                              // interleaves work on so many bytes
constexpr std::size_t blocks = hn::MaxLanes(Bytes()) / block;  // of a vector
constexpr std::size_t quarters = tile_times / block;

// One step of a transpose of 16 x 16 bytes, in each block of the vectors. Vectors lie in groups,
// each of which holds 16 / groups channels; pairs of times of each group are interleaved, which
// makes two groups of half the channels.
template <std::size_t groups, class Unit>
HWY_INLINE void interleave_times(const Vector (&from)[block], Vector (&to)[block]) {
  const hn::Repartition<Unit, Bytes> units;
  constexpr std::size_t vectors = block / groups;
  for (std::size_t first = 0; first < block; first += vectors) {
    for (std::size_t i = 0; i < vectors / 2; ++i) {
      const auto earlier = hn::BitCast(units, from[first + 2 * i]);
      const auto later = hn::BitCast(units, from[first + 2 * i + 1]);
      to[first + i] = hn::BitCast(Bytes(), hn::InterleaveLower(units, earlier, later));
      to[first + vectors / 2 + i] =
          hn::BitCast(Bytes(), hn::InterleaveUpper(units, earlier, later));
    }
  }
}

// Block b of at[q] holds quarter q of the times of one channel: out[16 * b] is that channel's row.
HWY_INLINE void store_rows(const Vector (&at)[quarters], std::uint8_t* const* out) {
  const Bytes bytes;
  if constexpr (blocks == 4) {
    const auto even = [](Vector a, Vector b) {  // blocks a0 b0 a2 b2
      return hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
    };
    const auto odd = [](Vector a, Vector b) {  // a1 b1 a3 b3
      return hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
    };
    const auto first_even = even(at[0], at[1]);
    const auto last_even = even(at[2], at[3]);
    const auto first_odd = odd(at[0], at[1]);
    const auto last_odd = odd(at[2], at[3]);
    hn::StoreU(hn::ConcatLowerLower(bytes, last_even, first_even), bytes, out[0]);
    hn::StoreU(hn::ConcatLowerLower(bytes, last_odd, first_odd), bytes, out[block]);
    hn::StoreU(hn::ConcatUpperUpper(bytes, last_even, first_even), bytes, out[2 * block]);
    hn::StoreU(hn::ConcatUpperUpper(bytes, last_odd, first_odd), bytes, out[3 * block]);
  } else if constexpr (blocks == 2) {
    for (std::size_t q = 0; q < quarters; q += 2) {
      hn::StoreU(hn::ConcatLowerLower(bytes, at[q + 1], at[q]), bytes, out[0] + q * block);
      hn::StoreU(hn::ConcatUpperUpper(bytes, at[q + 1], at[q]), bytes, out[block] + q * block);
    }
  } else {
    for (std::size_t q = 0; q < quarters; ++q) hn::StoreU(at[q], bytes, out[0] + q * block);
  }
}

void transpose_here(const std::uint8_t* spectra, std::size_t stride, std::uint8_t flip,
                    std::uint8_t* const* rows, std::size_t channels) {
  const Bytes bytes;
  const auto flips = hn::Set(bytes, flip);
  alignas(64) std::uint8_t not_wanted[tile_times];
  for (std::size_t c = 0; c < channels; c += hn::Lanes(bytes)) {
    Vector turned[block][quarters];
    for (std::size_t q = 0; q < quarters; ++q) {
      Vector a[block];
      Vector b[block];
      for (std::size_t t = 0; t < block; ++t) {
        a[t] = hn::Add(hn::LoadU(bytes, spectra + (q * block + t) * stride + c), flips);
      }
      interleave_times<1, std::uint8_t>(a, b);
      interleave_times<2, std::uint16_t>(b, a);
      interleave_times<4, std::uint32_t>(a, b);
      interleave_times<8, std::uint64_t>(b, a);
      for (std::size_t i = 0; i < block; ++i) turned[i][q] = a[i];
    }
    for (std::size_t i = 0; i < block; ++i) {
      std::uint8_t* out[blocks * block];
      for (std::size_t b = 0; b < blocks; ++b) {
        const std::size_t channel = c + b * block + i;
        out[b * block] = channel < channels ? rows[channel] : not_wanted;
      }
      store_rows(turned[i], out);
    }
  }
}

#endif
}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(transpose_here);

void transpose(const std::uint8_t* spectra, std::size_t stride, std::uint8_t flip,
               std::uint8_t* const* rows, std::size_t channels) {
  HWY_DYNAMIC_DISPATCH(transpose_here)(spectra, stride, flip, rows, channels);
}

}  // namespace draftstream
#endif
