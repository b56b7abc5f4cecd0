#include "app/cutout_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/command_line.hpp"
#include "ingest/nearest.hpp"

namespace draftstream {
namespace {

constexpr std::size_t rows_at_once = 4096;

}  // namespace

void CutoutChoice::add_to(CLI::App& parser) {
  parser.add_option("--min-snr", min_snr_, "Of this S/N or more")->type_name("SNR");
  parser.add_option("--label", label_, "With this label: burst, interference, unjudged, ...")
      ->type_name("LABEL");
}

double CutoutChoice::min_snr() const {
  return parse_argument<double>("--min-snr", min_snr_,
                                [](const auto& text) { return parse_number(text, 0.0, 1e9); });
}

void CutoutChoice::for_each(
    const CutoutStore& store,
    const std::function<void(std::size_t, const CutoutInfo&)>& visit) const {
  const double least = min_snr();
  for (std::size_t first = 0; first < store.size(); first += rows_at_once) {
    const auto infos = store.infos(first, std::min(rows_at_once, store.size() - first));
    for (std::size_t i = 0; i < infos.size(); ++i) {
      const bool bright = min_snr_.empty() || infos[i].snr >= least;
      if (bright && (label_.empty() || infos[i].label == label_)) visit(first + i, infos[i]);
    }
  }
}

Cutout read_cutout(const CutoutStore& store, std::size_t row, const CutoutInfo& info) {
  Cutout cutout;
  cutout.info = info;
  for (const CutoutPart part : cutout_parts) {
    if (!store.format().of(part) || !info.has(part)) continue;
    auto& bytes = part == CutoutPart::tile ? cutout.tile : cutout.patch;
    bytes.resize(store.format().of(part)->bytes());
    store.read(row, part, bytes);
  }
  return cutout;
}

std::size_t row_of(const CutoutStore& store, const std::string& text) {
  if (store.size() == 0) {
    throw UsageError(
        fmt::format("N: found {}, expected none: the store is empty", in_quotes(text)));
  }
  return parse_argument<std::size_t>(
      "N", text, [&](const auto& digits) { return parse_count(digits, 0, store.size() - 1); });
}

}  // namespace draftstream
