// Which beams of a stream are assembled, and as which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/packet_samples.hpp"

namespace draftstream {

/// Threads: one at a time per object.
class StreamBeams {
 public:
  /// @param chosen  Ids of those that are assembled; empty: those of an observation's first unit.
  explicit StreamBeams(std::vector<std::uint64_t> chosen)
      : any_{chosen.empty()}, ids_{std::move(chosen)} {}

  /// An observation begins, with a unit of these beams.
  void begin(std::span<const std::uint64_t> ids);
  /// @return Its index among those that are assembled; empty: it is none.
  [[nodiscard]] std::optional<std::size_t> index_of(std::uint64_t id) const noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return ids_.size(); }
  /// The same header for each of them, but for its beam.
  [[nodiscard]] std::vector<Observation> headers(Observation observation) const;

 private:
  bool any_;
  std::vector<std::uint64_t> ids_;
};

/// An observation whose units are cells, samples that lie as `samples` says.
/// @param group_channels, block_samples  Of a cell.
StreamStart start_of_cells(const StreamBeams& beams, const FrequencyAxis& frequency,
                           const TimeAxis& time, const PacketSamples& samples, bool as_float,
                           std::size_t group_channels, std::size_t block_samples);

/// A format whose units are whole datagrams.
class DatagramFormat : public PacketFormat {
 public:
  void keep() final { kept_.add().assign(datagram_.begin(), datagram_.end()); }
  bool take_kept() final {
    if (!kept_.take(taken_)) return false;
    (void)look(taken_);  // it was good when it was kept
    return true;
  }
  void drop_kept() noexcept final { kept_.drop(); }

 protected:
  /// look() has found a unit.
  void note_unit(std::span<const std::byte> datagram) noexcept { datagram_ = datagram; }

 private:
  std::span<const std::byte> datagram_;
  KeptUnits<std::vector<std::byte>> kept_;
  std::vector<std::byte> taken_;
};

}  // namespace draftstream
