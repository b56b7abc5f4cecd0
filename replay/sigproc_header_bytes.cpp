#include "replay/sigproc_header_bytes.hpp"

#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>

#include "ingest/sigproc/sigproc_codes.hpp"

namespace draftstream {
namespace {

constexpr std::size_t longest_text = 80;  // what SIGPROC's own readers take

class HeaderBytes {
 public:
  void text(std::string_view text) {
    number(static_cast<std::int32_t>(text.size()));
    const auto bytes = std::as_bytes(std::span{text});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  template <class Value>
  void number(Value value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
  }
  void integer(std::string_view key, std::int32_t value) {
    text(key);
    number(value);
  }
  void real(std::string_view key, double value) {
    text(key);
    number(value);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

void add_band(HeaderBytes& header, const FrequencyAxis& frequency) {
  header.integer("nchans", static_cast<std::int32_t>(frequency.channels()));
  if (frequency.regular()) {
    header.real("fch1", frequency.first().value());
    header.real("foff", frequency.step().value());
    return;
  }
  header.text("FREQUENCY_START");
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    header.real("fchannel", frequency.centre(c).value());
  }
  header.text("FREQUENCY_END");
}

// What is not known is left out: readers have no number for "unknown".
void add_labels(HeaderBytes& header, const Observation& observation) {
  if (!observation.source_name.empty()) {
    header.text("source_name");
    header.text(std::string_view{observation.source_name}.substr(0, longest_text));
  }
  if (const auto id = telescope_number(observation.telescope)) header.integer("telescope_id", *id);
  if (const auto id = backend_number(observation.backend)) header.integer("machine_id", *id);
  if (observation.ra_deg && observation.dec_deg) {
    header.real("src_raj", pack_sexagesimal(*observation.ra_deg / 15.0));
    header.real("src_dej", pack_sexagesimal(*observation.dec_deg));
  }
  if (observation.beam) header.integer("ibeam", *observation.beam);
}

}  // namespace

SigprocHeaderBytes make_sigproc_header(const Observation& observation,
                                       std::optional<std::uint64_t> samples) {
  const SampleFormat& format = observation.format;
  check(format);
  if (observation.frequency.channels() == 0) {
    throw std::invalid_argument("make_sigproc_header: no channels");
  }
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
  const std::uint64_t claim = samples.value_or(0) <= most ? samples.value_or(0) : 0;

  HeaderBytes header;
  header.text("HEADER_START");
  add_labels(header, observation);
  header.integer("data_type", 1);
  add_band(header, observation.frequency);
  header.integer("nbits", format.bits);
  if (format.is_signed) {
    header.text("signed");
    header.number(std::int8_t{1});
  }
  header.integer("nifs", 1);
  header.real("tstart", to_mjd(observation.time.start));
  header.real("tsamp", observation.time.sample_time.value());
  header.text("nsamples");
  SigprocHeaderBytes made;
  made.samples_at = header.bytes().size();
  header.number(static_cast<std::int32_t>(claim));
  header.text("HEADER_END");
  made.bytes.assign(header.bytes().begin(), header.bytes().end());
  return made;
}

}  // namespace draftstream
