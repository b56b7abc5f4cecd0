// A PSRDADA ring as a live stream.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/live/dada_header.hpp"
#include "ingest/live/dada_ring.hpp"
#include "ingest/live/live_options.hpp"
#include "ingest/live_source.hpp"

namespace draftstream {

/// Where a ring is, and what its headers do not say.
struct DadaAddress {
  key_t key = 0;  ///< Of the data ring; the ring of headers has the next one.
  DadaHeaderOptions header;

  /// "dada:dada", the name in messages.
  [[nodiscard]] std::string name() const;
};

/// Reads "dada:KEYHEX", perhaps with "?tsamp=us", "tsamp=s", "rate=ignore", "pols=ignore",
/// "signed=yes", joined by '&'; docs/interfaces/dada.md explains them.
/// @throws std::invalid_argument with a sentence about what it cannot be.
DadaAddress parse_dada_address(std::string_view url);

/// Observations out of a PSRDADA ring pair. The back end waits while a guaranteed reader of the
/// SpectrumRing is slow, as it does for any reader of PSRDADA's.
///
/// An observation that another process began to read, and left, goes on at the next block: its
/// start is moved to the first spectrum that is whole from there on.
///
/// Threads: next_observation, feed and warnings belong to one thread; stop and waits to anyone.
class DadaSource final : public OneBeamSource {
 public:
  using OneBeamSource::feed;

  /// @param options  Who is told and warned; the rest is not for rings.
  /// @throws as DadaRing().
  explicit DadaSource(const DadaAddress& address, LiveOptions options = {});

  /// What feed() has left of the last observation is passed over first.
  /// @throws InputError         on a header that cannot be used. It stays in the ring for the next
  ///                            reader; the next call passes over its observation.
  /// @throws std::runtime_error if the ring is destroyed.
  std::optional<Observation> next_observation() override;
  /// A block that is in hand when the source is stopped, or the SpectrumRing, is left for the next
  /// reader, from its beginning.
  /// @throws std::runtime_error if the ring is destroyed. What came before is in `ring`, which is
  ///         finished.
  void feed(SpectrumRing& ring) override;
  void stop() noexcept override { stopped_ = true; }
  [[nodiscard]] bool waits() const noexcept override { return waits_; }

  /// What was odd about the observation that next_observation() gave, and feed() has ended.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  std::optional<std::string> wait_for_header();
  std::optional<DadaRing::Block> wait_for_block(DadaRing& ring);
  bool next_block();
  void clear_block();
  void pass_over_rest();
  bool pour(std::span<const std::byte> bytes, SpectrumRing& ring);
  void warn(std::string text);

  DadaAddress address_;
  LiveOptions options_;
  DadaRing headers_;
  DadaRing data_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> waits_ = false;  // for a block of the back end

  std::optional<DadaRing::Block> block_;  // of data_; taken and not cleared
  bool header_held_ = false;              // until the first block of data is cleared
  bool at_end_ = true;                    // of the observation
  std::size_t spectrum_bytes_ = 0;
  std::size_t pass_over_bytes_ = 0;  // until the first whole spectrum
  std::vector<std::byte> partial_;   // the beginning of a spectrum that the next block continues
  std::vector<std::string> warnings_;
};

}  // namespace draftstream
