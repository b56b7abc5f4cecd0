#include "engine/dispersion.hpp"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {
namespace {

void require_positive(const char* name, Megahertz f) {
  if (!(f.value() > 0.0)) {
    throw std::invalid_argument(
        fmt::format("dispersion_delay: {} must be > 0 MHz, got {}", name, f.value()));
  }
}

}  // namespace

Seconds dispersion_delay(DispersionMeasure dm, Megahertz frequency, Megahertz reference) {
  if (!std::isfinite(dm.value())) {
    throw std::invalid_argument(
        fmt::format("dispersion_delay: dm must be finite, got {} pc cm^-3", dm.value()));
  }
  require_positive("frequency", frequency);
  require_positive("reference", reference);
  const double f = frequency.value();
  const double f_ref = reference.value();
  return Seconds{dispersion_constant * dm.value() * (1.0 / (f * f) - 1.0 / (f_ref * f_ref))};
}

}  // namespace draftstream
