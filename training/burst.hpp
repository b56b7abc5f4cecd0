// One simulated burst, as its user describes it.
#pragma once

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

  friend bool operator==(const Burst&, const Burst&) = default;
};

/// Parses "TOP:BOTTOM" (or with another separator), both in MHz.
/// @throws ConfigError naming `what`, the text and what was expected.
Band parse_band(std::string_view text, char separator, std::string_view what);

/// Parses "dm=500,t=2.0,width_ms=3,snr=20,tau_ms=5,index=-1.5,band=1500-1300". `dm` and `t` are
/// required, each key may appear once; the others default to those of Burst.
/// @throws ConfigError naming the key, its text and what was expected.
Burst parse_burst(std::string_view text);

/// @throws ConfigError naming the key (as in parse_burst) that is out of range.
void check(const Burst& burst);

}  // namespace draftstream
