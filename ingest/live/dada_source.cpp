#include "ingest/live/dada_source.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Claimed at once: little, as a claim takes its spectra from readers that do not make us wait.
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

[[noreturn]] void refuse_address(std::string_view url, std::string_view found,
                                 std::string_view expected) {
  throw std::invalid_argument(fmt::format("{}: found '{}', expected {}", url, found, expected));
}

void read_option(std::string_view url, std::string_view option, DadaHeaderOptions& options) {
  if (option == "tsamp=us") {
    options.tsamp = DadaTimeUnit::microseconds;
  } else if (option == "tsamp=s") {
    options.tsamp = DadaTimeUnit::seconds;
  } else if (option == "rate=ignore") {
    options.check_rate = false;
  } else if (option == "pols=ignore") {
    options.ignore_pols = true;
  } else if (option == "signed=yes") {
    options.is_signed = true;
  } else {
    refuse_address(url, option, "tsamp=us, tsamp=s, rate=ignore, pols=ignore or signed=yes");
  }
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string DadaAddress::name() const {
  return fmt::format("dada:{:x}", static_cast<unsigned>(key));
}

DadaAddress parse_dada_address(std::string_view url) {
  constexpr std::string_view scheme = "dada:";
  if (!url.starts_with(scheme)) refuse_address(url, url, "dada:KEYHEX");
  std::string_view rest = url.substr(scheme.size());
  std::string_view key = rest.substr(0, rest.find('?'));
  rest.remove_prefix(key.size());
  if (key.starts_with("0x")) key.remove_prefix(2);

  DadaAddress address;
  const auto read = std::from_chars(key.data(), key.data() + key.size(), address.key, 16);
  constexpr key_t highest = std::numeric_limits<key_t>::max() - 1;  // the headers' is one more
  if (read.ec != std::errc{} || read.ptr != key.data() + key.size() || address.key <= 0 ||
      address.key > highest) {
    refuse_address(url, key, "the key of a ring in hexadecimal, as dada:dada");
  }
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view option = rest.substr(0, rest.find('&'));
    read_option(url, option, address.header);
    rest.remove_prefix(option.size());
  }
  return address;
}

// Headers first, and the same place in both, as all readers of PSRDADA's have it.
DadaSource::DadaSource(const DadaAddress& address, LiveOptions options)
    : address_{address},
      options_{std::move(options)},
      headers_{address.key + 1},
      data_{address.key, headers_.reader()} {
  if (options_.told) options_.told(fmt::format("waiting for headers in {}", address_.name()));
}

void DadaSource::warn(std::string text) {
  if (options_.warned) options_.warned(fmt::format("{}: {}", address_.name(), text));
  warnings_.push_back(std::move(text));
}

std::optional<Observation> DadaSource::next_observation() {
  if (!at_end_) pass_over_rest();
  if (stopped_) return std::nullopt;
  warnings_.clear();
  const auto text = wait_for_header();
  if (!text) return std::nullopt;
  at_end_ = false;  // also of an observation whose header cannot be used

  DadaHeader header;
  try {
    header = parse_dada_header(*text, address_.header);
  } catch (const InputError& error) {
    throw error.in_file(address_.name());
  }
  for (const std::string& warning : header.warnings) warn(warning);
  partial_.clear();
  spectrum_bytes_ = header.observation.spectrum_bytes();
  const std::uint64_t before = data_.transfer_byte();
  const std::uint64_t first = (before + spectrum_bytes_ - 1) / spectrum_bytes_;
  pass_over_bytes_ = first * spectrum_bytes_ - before;
  if (first > 0) {
    warn(fmt::format("{} spectra of this observation were read before; it goes on behind them",
                     first));
    TimeAxis& time = header.observation.time;
    time.start = time.instant(static_cast<double>(first));
  }
  return header.observation;
}

// Of the observation that somebody left in the middle, or else the next one. A header is held
// until its data begin, so that it can be had again if we are killed before.
std::optional<std::string> DadaSource::wait_for_header() {
  if (data_.in_transfer()) {
    const auto previous = headers_.previous();
    if (!previous.empty()) return std::string{as_text(previous)};
    pass_over_rest();
    warn("the rest of an observation whose header is gone was passed over");
  }
  if (header_held_) return std::nullopt;  // stopped before its data were passed over
  const auto block = wait_for_block(headers_);
  if (!block) return std::nullopt;
  header_held_ = true;
  return std::string{as_text(block->bytes)};
}

void DadaSource::feed(SpectrumRing& ring) {
  try {
    while (!at_end_ && next_block() && pour(block_->bytes, ring)) clear_block();
  } catch (...) {
    ring.finish();
    throw;
  }
  if (at_end_ && !partial_.empty()) {
    warn(fmt::format("the observation ends with {} bytes of {} of a spectrum, which are left out",
                     partial_.size(), spectrum_bytes_));
    partial_.clear();
  }
  ring.finish();
}

std::optional<DadaRing::Block> DadaSource::wait_for_block(DadaRing& ring) {
  waits_ = true;
  auto block = ring.next(stopped_);
  waits_ = false;
  return block;
}

// False once stopped.
bool DadaSource::next_block() {
  if (!block_) block_ = wait_for_block(data_);
  return block_.has_value();
}

void DadaSource::clear_block() {
  at_end_ = block_->last;
  block_.reset();
  data_.note_cleared();
  if (header_held_) headers_.note_cleared();
  data_.post_cleared();
  if (header_held_) headers_.post_cleared();
  header_held_ = false;
}

void DadaSource::pass_over_rest() {
  at_end_ = false;
  while (!at_end_ && next_block()) clear_block();
}

// Blocks know nothing of spectra, so a spectrum may lie in several.
bool DadaSource::pour(std::span<const std::byte> bytes, SpectrumRing& ring) {
  const std::size_t passed_over = std::min(pass_over_bytes_, bytes.size());
  pass_over_bytes_ -= passed_over;
  bytes = bytes.subspan(passed_over);

  const std::uint64_t most = std::clamp<std::uint64_t>(
      piece_bytes / spectrum_bytes_, 1, std::max<std::uint64_t>(ring.capacity() / 4, 1));
  while (partial_.size() + bytes.size() >= spectrum_bytes_) {
    if (stopped_) return false;
    const std::uint64_t spectra =
        std::min<std::uint64_t>(most, (partial_.size() + bytes.size()) / spectrum_bytes_);
    const std::span<std::byte> memory = ring.claim(spectra);
    if (memory.empty()) return false;
    if (memory.size() != spectra * spectrum_bytes_) {
      throw std::invalid_argument(
          fmt::format("DadaSource: a ring of {} bytes a spectrum for a stream of {}",
                      memory.size() / spectra, spectrum_bytes_));
    }
    const std::size_t taken = memory.size() - partial_.size();
    std::copy(partial_.begin(), partial_.end(), memory.begin());
    std::memcpy(memory.data() + partial_.size(), bytes.data(), taken);
    partial_.clear();
    bytes = bytes.subspan(taken);
    ring.publish(spectra);
  }
  partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  return true;
}

}  // namespace draftstream
