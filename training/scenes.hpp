// Skies to train networks on: what telescopes see, drawn at random.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/search_config.hpp"
#include "training/sky.hpp"

namespace draftstream {

/// Bands of telescopes [MHz].
inline constexpr std::array scene_bands{
    Band{Megahertz{800.0}, Megahertz{400.0}},   Band{Megahertz{1500.0}, Megahertz{1000.0}},
    Band{Megahertz{1500.0}, Megahertz{1200.0}}, Band{Megahertz{1900.0}, Megahertz{704.0}},
    Band{Megahertz{1530.0}, Megahertz{1280.0}}, Band{Megahertz{750.0}, Megahertz{550.0}},
    Band{Megahertz{1712.0}, Megahertz{856.0}},  Band{Megahertz{1450.0}, Megahertz{1050.0}},
    Band{Megahertz{2500.0}, Megahertz{2200.0}}, Band{Megahertz{1900.0}, Megahertz{1100.0}},
};

/// What is drawn, where the defaults are not wanted.
struct SceneRecipe {
  double bursts = 0.7;         ///< Part of the scenes with bursts: one, or two in 8 % of them.
  double interference = 0.75;  ///< Part of the scenes with it: one to three kinds.
  std::optional<double> snr;   ///< Of every burst; empty: 5 to 50, or to 400 in 7 % of them.
};

/// A sky and how it is to be searched.
struct Scene {
  SkyOptions sky;  ///< At most `most_scene_values`; every sweep lies inside.
  ZeroDm zero_dm = ZeroDm::off;
  DispersionMeasure dm_max;  ///< No burst has a larger one.
};

/// Spectra times channels, which bounds what a scene costs.
inline constexpr std::uint64_t most_scene_values = std::uint64_t{1} << 22U;

/// A function of its arguments alone.
///
/// | what | is drawn |
/// |---|---|
/// | band | one of scene_bands; in 30 % cut by up to 0.3 of its width on each side |
/// | channels | 128 (20 %), 256 (40 %), 336 (10 %), 512 (20 %), 1024 (10 %) |
/// | duration, sampling time | 1 to 8 s, 64 us to 1.024 ms, log-uniform where values allow |
/// | bits | 1 (8 %), 2 (17 %), 4 (10 %), 8 (50 %), 32 (15 %) |
/// | interference | 1 kind (50 %), 2 (30 %), 3 (20 %); weights in scenes.cpp |
/// | dead channels | in half of all scenes, 0.4 to 20 % of the channels |
/// | DM | sweep log-uniform from 30 samples to half of the scene, at most 5000 pc cm^-3 |
/// | width, tau | 0.6 to 100 and, in 60 %, 0.3 to 60 samples |
/// | index | normal, sigma 2 |
/// | part of the band | in 40 %, 0.15 to 0.9 of it |
/// | scintillation, components, slant | in 50, 12 and 10 % |
/// | zero-DM filter | off (50 %), plain (10 %), zdot (40 %) |
///
/// @throws ConfigError if a part is not 0 to 1, or the S/N not above 0.
Scene draw_scene(std::uint64_t seed, const SceneRecipe& recipe = {});

/// The same for a stretch of somebody's recording: filter and bursts are drawn; noise and
/// interference are those that it has.
/// @param stretch  Its `samples` must be known.
/// @throws ConfigError as draw_scene().
Scene draw_scene_in(const Observation& stretch, std::uint64_t seed, const SceneRecipe& recipe = {});

}  // namespace draftstream
