// The one ring buffer: spectra from one writer to several readers, indexed by absolute sample.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ingest/filterbank_chunk.hpp"
#include "ingest/hole.hpp"
#include "ingest/ledger.hpp"
#include "ingest/mirrored_memory.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

enum class ReaderKind {
  guaranteed,     ///< The writer waits for it: files, back-pressured streams.
  opportunistic,  ///< The writer never waits; what it overwrites is reported: live streams.
};

/// Spectra in their stored depth, in memory mapped twice back to back, so that any span up to the
/// capacity is contiguous. Sample n lies at byte (n * spectrum_bytes) mod bytes.
///
/// Life of a stream: claim/publish/publish_gap ... finish. After finish, readers drain what is
/// there. After stop or fail everyone returns at once. The first failure of any thread is kept and
/// can be rethrown by all.
///
/// A guaranteed reader that waits for r spectra can keep a claim of c spectra from ever being
/// granted, and the other way round, if r + c - 1 exceeds the capacity. Where that happens the one
/// that would wait for ever throws std::logic_error instead.
///
/// Threads: claim, publish, publish_gap, mark_gap, mark_hole and finish belong to one writer
/// thread; each Reader to one reader thread; attach, stop, fail, rethrow_error and the counters to
/// anyone. Nothing spins. All Readers must be gone before the ring is.
class SpectrumRing {
 public:
  struct Options {
    std::size_t channels = 0;
    SampleFormat format;
    std::uint64_t samples = 0;  ///< Capacity asked for; rounded up to whole pages.
    bool huge_pages = true;     ///< Try; fall back, and say so.
    bool lock = true;           ///< Try; go on unlocked, and say so.
  };

  class Reader;

  /// @throws std::invalid_argument on no channels, no samples or a format that nobody can store.
  /// @throws std::system_error     if the memory cannot be had at all.
  explicit SpectrumRing(const Options& options);
  ~SpectrumRing();
  SpectrumRing(const SpectrumRing&) = delete;
  SpectrumRing& operator=(const SpectrumRing&) = delete;

  [[nodiscard]] std::uint64_t capacity() const noexcept;  ///< Spectra.
  [[nodiscard]] const RingMemory& memory() const noexcept;

  /// Waits until `samples` spectra can be written without touching what a guaranteed reader holds.
  /// Readers that are not guaranteed lose what those spectra overwrite now, so claim little at a
  /// time where there are any. A claim that was not published is forgotten.
  /// @param samples  1 to capacity().
  /// @return Memory for them, contiguous; empty once stopped.
  /// @throws std::invalid_argument on another number; std::logic_error after finish.
  [[nodiscard]] std::span<std::byte> claim(std::uint64_t samples);
  /// Hands the first `samples` spectra of the last claim to the readers; the rest of it is
  /// forgotten.
  /// @throws std::logic_error if the last claim was shorter.
  void publish(std::uint64_t samples);
  /// Publishes `samples` spectra that are no data, however many; waits as claim does. Their bytes
  /// are zeros.
  /// @return false once stopped.
  bool publish_gap(std::uint64_t samples, Fate fate);
  /// Marks spectra of the last claim as no data and makes their bytes zeros; call before publish,
  /// in order of time.
  /// @throws std::logic_error if they do not lie inside that claim, or before a gap already marked.
  void mark_gap(const Gap& gap);
  /// Marks a part of spectra of the last claim as no data; call before publish, in order of time,
  /// those that begin together in order of channel, disjoint. Their bytes stay as they are, and
  /// mean nothing.
  /// @throws std::logic_error if it does not lie inside that claim and the band, or before a hole
  ///         already marked.
  void mark_hole(const Hole& hole);
  /// Says that nothing more will come.
  void finish();

  /// Everyone returns at once; what was not yet read stays unread.
  void stop() noexcept;
  /// Keeps the first error and stops.
  void fail(std::exception_ptr error) noexcept;
  [[nodiscard]] bool stopped() const noexcept;
  /// Rethrows the first error that any thread reported, if there was one.
  void rethrow_error() const;

  [[nodiscard]] std::uint64_t published() const noexcept;  ///< Spectra so far, gaps included.

  /// When a spectrum was published; up to a tenth of a second earlier than that, never later.
  /// @return Nothing for one that has not come, or came longer ago than is known: seven minutes.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> arrival(
      std::uint64_t sample) const;

  /// Attaches a reader that begins at sample `from`. The writer waits for a guaranteed reader from
  /// here on: attach before the first claim, or what it overwrote is gone.
  /// @throws std::invalid_argument if `from` was not published yet, or, for a guaranteed reader, if
  ///         it was overwritten. An opportunistic one is told so by its first read.
  [[nodiscard]] std::unique_ptr<Reader> attach(ReaderKind kind, std::uint64_t from = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A read cursor. It holds everything from its cursor on; release moves the cursor.
class SpectrumRing::Reader {
 public:
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What read() gave: a chunk whose gaps and holes are owned here. Its bytes lie in the ring
  /// (guaranteed) or in a buffer of the reader's (opportunistic): valid until release() passes them
  /// or, for an opportunistic reader, until its next read().
  struct View {
    std::vector<Gap> gaps;
    std::vector<Hole> holes;
    std::uint64_t first = 0;
    std::uint64_t samples = 0;  ///< 0 only when drained or stopped.
    std::span<const std::byte> bytes;
    std::size_t channels = 0;
    SampleFormat format;

    /// Refers to this view: it must not outlive it.
    [[nodiscard]] FilterbankChunk chunk() const& {
      return {first, static_cast<std::size_t>(samples), channels, format, bytes, gaps, holes};
    }
    FilterbankChunk chunk() const&& = delete;
  };

  /// Waits until `samples` spectra from the cursor on are there, or the stream ended, or stop.
  ///
  /// The view begins at the cursor and holds `samples` spectra, fewer only at the end of the
  /// stream, so no index is ever skipped. What an opportunistic reader was too slow for is a
  /// leading gap of fate overrun, its bytes zeros, without holes; everything else in the view is as
  /// it was written, whatever the writer does meanwhile.
  /// @param samples  1 to capacity().
  /// @throws std::invalid_argument on another number.
  [[nodiscard]] View read(std::uint64_t samples);
  /// The same into `view`, whose memory is reused: a steady state allocates nothing.
  void read(std::uint64_t samples, View& view);

  /// Gives back everything before sample `up_to`, which becomes the cursor. Spectra passed over
  /// without having been read are the reader's choice and count as neither got nor overrun.
  /// @throws std::logic_error if it lies before the cursor or was not published yet.
  void release(std::uint64_t up_to);

  [[nodiscard]] std::uint64_t cursor() const noexcept;
  /// Spectra lost in all so far: each is counted when a read reaches it for the first time.
  [[nodiscard]] std::uint64_t overrun_samples() const noexcept;

 private:
  friend class SpectrumRing;
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace draftstream
