// One simulated burst, as its user describes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/units.hpp"

namespace draftstream {

/// A piece of the radio spectrum, by its outer edges; top > bottom > 0 MHz.
struct Band {
  Megahertz top;
  Megahertz bottom;

  friend bool operator==(const Band&, const Band&) = default;
};

/// A pulse to be put into a simulated sky.
struct Burst {
  DispersionMeasure dm{500.0};  ///< >= 0.
  Seconds toa;                  ///< Centre of the Gaussian, before scattering, at the centre of the
                                ///< highest channel; counted from the first sample.
  Seconds width{3e-3};          ///< FWHM of the Gaussian, before any smearing; > 0.
  double snr = 20.0;            ///< Of the ideal matched filter: known template, all channels,
                                ///< before quantisation and interference; > 0.
  Seconds tau;                  ///< Scattering time at the middle of the band; grows as f^-4; >= 0.
  double index = 0.0;           ///< Spectral index: fluence ~ f^index.
  std::optional<Band> band;     ///< Channels centred outside it hold nothing; empty = all channels.

  std::size_t components = 1;  ///< Sub-bursts, 1 to 8, all of this width, tau and index.
  Seconds spacing;             ///< From one to the next; > 0 if there are several.
  double ratio = 1.0;          ///< Fluence of each over that of the one before it; > 0.
  double drift_mhz_ms = 0.0;   ///< The band of each lies lower than that of the one before it by
                               ///< drift times spacing [MHz/ms]; needs a band; >= 0.
  Seconds slant;               ///< Delay of the bottom of the band behind its top, beyond that of
                               ///< dispersion, linear in frequency; >= 0.
  Megahertz scint_scale;       ///< Scintillation, see scintillation(); 0 = none.
  double scint_depth = 1.0;    ///< 0 to 1.
  std::uint64_t scint_seed = 1;

  /// From the first component to the last.
  [[nodiscard]] Seconds spread() const noexcept {
    return static_cast<double>(components - 1) * spacing;
  }
  /// Of one component, counted from 0; may reach below 0 MHz. Empty = all channels.
  [[nodiscard]] std::optional<Band> band_of(std::size_t component) const {
    if (!band) return std::nullopt;
    const Megahertz lower{drift_mhz_ms * 1e3 * spacing.value() * static_cast<double>(component)};
    return Band{band->top - lower, band->bottom - lower};
  }

  friend bool operator==(const Burst&, const Burst&) = default;
};

/// Parses "TOP:BOTTOM" (or with another separator), both in MHz.
/// @throws ConfigError naming `what`, the text and what was expected.
Band parse_band(std::string_view text, char separator, std::string_view what);

/// Parses "dm=500,t=2.0,width_ms=3,snr=20,tau_ms=5,index=-1.5,band=1500-1300", and components,
/// spacing_ms, ratio, drift_mhz_ms, slant_ms, scint_mhz, scint_depth, scint_seed. `dm` and `t` are
/// required, each key may appear once; the others default to those of Burst.
/// @throws ConfigError naming the key, its text and what was expected.
Burst parse_burst(std::string_view text);

/// @throws ConfigError naming the key (as in parse_burst) that is out of range, or needs another.
void check(const Burst& burst);

}  // namespace draftstream
