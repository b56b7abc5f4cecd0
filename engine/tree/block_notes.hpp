// What conditioning said of the blocks that a search can still reach.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/tree/quantised_block.hpp"
#include "ingest/filterbank_chunk.hpp"

namespace draftstream {

/// Notes of aligned blocks, in a ring, and what follows from them for a track through the band.
///
/// Threads: one writer, at a time when nobody reads; else any number of readers.
class BlockNotes {
 public:
  /// @param block    Samples of a block.
  /// @param samples  How far back notes are kept; rounded up to whole blocks.
  BlockNotes(std::size_t channels, std::size_t block, std::size_t samples);

  /// What it takes once all its blocks are filled, before there is one.
  [[nodiscard]] static std::size_t bytes_of(std::size_t channels, std::size_t block,
                                            std::size_t samples) noexcept;

  /// The block that conditioning is to fill next: samples [end(), end() + block).
  [[nodiscard]] QuantisedBlock& next() noexcept { return slot(end_ / block_).notes; }
  /// Says that it is filled. @param skipped  Samples of it that lie before end().
  void add(std::size_t skipped);
  /// Fills it, and says so, with a block of which no sample is used; nor is a channel flagged.
  /// @param arrived  Fate of spectra that are in no gap of the block.
  void add_unused(const FilterbankChunk& block, Fate arrived);
  /// Says that there is a block behind the last sample.
  void add_nothing();

  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  /// The first sample of which there are notes still.
  [[nodiscard]] std::uint64_t oldest() const noexcept {
    return end_ > slots_.size() * block_ ? end_ - slots_.size() * block_ : 0;
  }
  /// First sample of the newest block that has searched samples; 0 if there is none.
  [[nodiscard]] std::uint64_t last_with_data() const noexcept { return last_with_data_; }
  [[nodiscard]] std::size_t block() const noexcept { return block_; }

  /// Notes on sample n, and where it lies in them. @return Its row in the notes.
  [[nodiscard]] const QuantisedBlock& at(std::uint64_t n) const noexcept {
    return slot(n / block_).notes;
  }
  [[nodiscard]] std::size_t row(std::uint64_t n) const noexcept {
    return static_cast<std::size_t>(n % block_) + slot(n / block_).skipped;
  }
  [[nodiscard]] Weight weight(std::size_t channel, std::uint64_t n) const noexcept;

  /// Channels that have data and are not flagged in the block of sample n; 0 where there are none.
  [[nodiscard]] std::size_t good_channels(std::uint64_t n) const noexcept {
    return slot(n / block_).good_channels;
  }
  /// Searched spectra of the window that the block of sample n was conditioned in.
  [[nodiscard]] std::size_t good_samples(std::uint64_t n) const noexcept {
    return slot(n / block_).notes.good_samples;
  }
  /// Are all spectra of [first, end) good, and the flagged channels the same? False also where
  /// `first` lies before the first sample.
  [[nodiscard]] bool uniform(std::int64_t first, std::uint64_t end) const noexcept;

  /// Was a spectrum of [first, end) overrun?
  [[nodiscard]] bool any_overrun(std::uint64_t first, std::uint64_t end) const noexcept;

  /// Good samples in a box of `width` samples from `first` on, each channel `delays[c]` later.
  /// @param delays  Shape [channel].
  /// @param every   Counts only channels 0, every, 2 * every, ...
  [[nodiscard]] std::uint64_t good_in_box(std::uint64_t first, std::uint64_t width,
                                          std::span<const std::int32_t> delays,
                                          std::size_t every = 1) const;
  /// As good_channels(n), of channels 0, every, 2 * every, ...
  [[nodiscard]] std::size_t good_channels(std::uint64_t n, std::size_t every) const;

 private:
  struct Slot {
    QuantisedBlock notes;
    std::size_t skipped = 0;                 // rows of the notes before the block's first sample
    std::size_t good_channels = 0;           // with data, not flagged
    bool all_good = false;                   // every spectrum
    bool as_before = false;                  // the same channels are flagged as in the block before
    std::vector<std::uint32_t> good_before;  // [row of the block + 1]: good spectra before it
  };

  [[nodiscard]] Slot& slot(std::uint64_t index) noexcept { return slots_[index % slots_.size()]; }
  [[nodiscard]] const Slot& slot(std::uint64_t index) const noexcept {
    return slots_[index % slots_.size()];
  }
  void describe(Slot& added);

  std::size_t channels_;
  std::size_t block_;
  std::vector<Slot> slots_;
  std::uint64_t end_ = 0;  // of the blocks added
  std::uint64_t last_with_data_ = 0;
};

}  // namespace draftstream
