#include "ingest/packets/packet_assembler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <variant>

namespace draftstream {

std::uint64_t PacketCounts::refused_in_all() const noexcept {
  return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
}

PacketCounts& PacketCounts::operator-=(const PacketCounts& other) noexcept {
  datagrams -= other.datagrams;
  units -= other.units;
  pieces -= other.pieces;
  duplicate_pieces -= other.duplicate_pieces;
  control -= other.control;
  for (std::size_t fault = 0; fault < packet_faults; ++fault) {
    refused[fault] -= other.refused[fault];
  }
  accepted -= other.accepted;
  late -= other.late;
  far_future -= other.far_future;
  stray -= other.stray;
  wrong_stream -= other.wrong_stream;
  cells_elsewhere -= other.cells_elsewhere;
  assembled -= other.assembled;
  return *this;
}

PacketAssembler::PacketAssembler(std::unique_ptr<PacketFormat> format, const Options& options,
                                 AssemblyWindow::Sink sink)
    : format_{std::move(format)}, options_{options}, sink_{std::move(sink)} {
  if (options.agreeing_strays == 0) throw std::invalid_argument("PacketAssembler: 0 strays");
}

const AssemblyCounts& PacketAssembler::assembled() const noexcept {
  static constexpr AssemblyCounts none;
  return window_ ? window_->counts() : none;
}

Assembly PacketAssembler::take(std::span<const std::byte> datagram) {
  ++counts_.datagrams;
  const auto looked = format_->look(datagram);
  if (const auto* refused = std::get_if<Refused>(&looked)) {
    refuse(*refused);
    return Assembly::more;
  }
  switch (std::get<Datagram>(looked)) {
    case Datagram::unit:
      ++counts_.units;
      return take_unit();
    case Datagram::piece:
      ++counts_.pieces;
      return Assembly::more;
    case Datagram::duplicate:
      ++counts_.duplicate_pieces;
      return Assembly::more;
    case Datagram::control:
      ++counts_.control;
      return Assembly::more;
    case Datagram::end:
      ++counts_.control;
      return finish();
  }
  return Assembly::more;
}

void PacketAssembler::refuse(const Refused& refused) {
  ++counts_.refused[static_cast<std::size_t>(refused.fault)];
  refused_ = refused;
}

Assembly PacketAssembler::take_unit() {
  if (!running_) return begin();
  if (format_->shape() != shape_) return other_shape();
  others_ = 0;
  const Arrival arrival = window_->arrive(format_->block());
  switch (arrival) {
    case Arrival::stray:
      if (kept_as_ != &PacketCounts::stray || window_->agreeing_strays() == 1) {
        drop_kept(kept_as_);
      }
      kept_as_ = &PacketCounts::stray;
      keep();
      return Assembly::more;
    case Arrival::resynced:
      keep();
      take_kept_again();
      return Assembly::more;
    case Arrival::restarted:
      keep();
      return end();
    default:
      drop_kept(kept_as_);
      take_up(arrival);
      return Assembly::more;
  }
}

void PacketAssembler::take_up(Arrival arrival) {
  switch (arrival) {
    case Arrival::in_window:
      ++counts_.accepted;
      counts_.cells_elsewhere += format_->put(*window_);
      window_->pass_whole();
      break;
    case Arrival::late:
      ++counts_.late;
      break;
    case Arrival::far_future:
      ++counts_.far_future;
      break;
    default:
      ++counts_.stray;
      break;
  }
}

Assembly PacketAssembler::begin() {
  start_ = format_->begin();
  shape_ = format_->shape();
  const double block_s = start_.beams.front().time.sample_time.value() *
                         static_cast<double>(start_.grid.block_samples);
  // A double, as packets can ask for more bytes than can be counted.
  const double bytes = 3.0 * static_cast<double>(start_.grid.beams) *
                       static_cast<double>(start_.grid.spectrum_bytes()) *
                       static_cast<double>(start_.grid.block_samples);
  const auto most = static_cast<double>(options_.most_bytes);
  if (bytes > most) {
    --counts_.units;
    refuse({PacketFault::too_large, 0, static_cast<std::uint64_t>(std::min(bytes, 1e18)),
            options_.most_bytes});
    return Assembly::more;
  }
  AssemblyWindow::Options options;
  options.first_block = format_->block();
  options.agreeing_strays = options_.agreeing_strays;
  options.slot_blocks = static_cast<std::size_t>(
      std::max(1.0, std::min(std::ceil(options_.slot.value() / block_s), most / bytes)));
  options.longest_gap = static_cast<std::uint64_t>(
      options_.longest_gap.value() / (block_s * static_cast<double>(options.slot_blocks)));
  window_.emplace(start_.grid, options, sink_);
  running_ = true;
  others_ = 0;
  take_up(window_->arrive(format_->block()));
  return Assembly::began;
}

// Packets of another shape are another sender's, unless nothing else comes any more.
Assembly PacketAssembler::other_shape() {
  if (kept_as_ != &PacketCounts::wrong_stream || others_ == 0 || format_->shape() != other_shape_) {
    drop_kept(kept_as_);
    kept_as_ = &PacketCounts::wrong_stream;
    other_shape_ = format_->shape();
    others_ = 0;
  }
  keep();
  return ++others_ >= options_.agreeing_strays ? end() : Assembly::more;
}

void PacketAssembler::keep() {
  format_->keep();
  ++kept_;
}

void PacketAssembler::drop_kept(std::uint64_t PacketCounts::*as) {
  if (kept_ == 0) return;
  counts_.*as += kept_;
  kept_ = 0;
  format_->drop_kept();
}

// The window has moved to where the kept units are.
void PacketAssembler::take_kept_again() {
  for (; kept_ > 0 && format_->take_kept(); --kept_) take_up(window_->arrive(format_->block()));
}

Assembly PacketAssembler::end() {
  window_->finish();
  counts_.assembled += window_->counts();
  running_ = false;
  others_ = 0;
  return Assembly::ended;
}

Assembly PacketAssembler::finish() {
  drop_kept(kept_as_);
  format_->drop_pieces();
  return running_ ? end() : Assembly::more;
}

Assembly PacketAssembler::resume() {
  Assembly result = Assembly::more;
  while (kept_ > 0 && format_->take_kept()) {
    --kept_;
    if (running_) {
      take_up(window_->arrive(format_->block()));  // all that are kept agree with each other
    } else {
      result = begin();
    }
  }
  return result;
}

}  // namespace draftstream
