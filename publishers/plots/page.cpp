#include "publishers/plots/page.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace draftstream {
namespace {

std::string device_of(const std::filesystem::path& path) {
  for (const char* kind : {"png", "pdf", "svg"}) {
    if (path.extension() == std::string{"."} + kind) return std::string{kind} + "cairo";
  }
  throw std::runtime_error(path.string() + ": found the extension '" + path.extension().string() +
                           "', expected .png, .pdf or .svg");
}

// A missing driver would end the program; so it is looked for.
bool has_device(const std::string& device) {
  std::array<const char*, 128> menu{};
  std::array<const char*, 128> names{};
  const char** menu_begin = menu.data();
  const char** names_begin = names.data();
  PLINT count = static_cast<PLINT>(names.size());
  plgDevs(&menu_begin, &names_begin, &count);
  return std::any_of(names_begin, names_begin + count,
                     [&](const char* name) { return name != nullptr && name == device; });
}

}  // namespace

Page::Page(const std::filesystem::path& path, int width, int height) {
  const std::string device = device_of(path);
  if (!has_device(device)) {
    throw std::runtime_error(path.string() + ": cannot be drawn: found no PLplot driver " + device +
                             ", expected the package plplot-driver-cairo");
  }
  // PLplot would end the program here, too.
  if (std::FILE* file = std::fopen(path.c_str(), "wb"); file == nullptr) {
    throw std::runtime_error(path.string() + ": cannot be written");
  } else {
    std::fclose(file);
  }
  plsdev(device.c_str());
  plsfnam(path.c_str());
  plspage(0.0, 0.0, width, height, 0, 0);
  plscolbg(255, 255, 255);
  plscol0(ink_colour, 30, 30, 30);
  plscol0(grey_colour, 150, 150, 150);
  plscol0(grid_colour, 225, 225, 225);
  plscol0(series_colours[0], 31, 98, 160);
  plscol0(series_colours[1], 224, 130, 20);
  plscol0(series_colours[2], 90, 150, 90);
  plscol0(series_colours[3], 150, 60, 140);
  plscol0(missing_colour, 170, 170, 170);
  plscol0(mark_colour, 90, 220, 255);
  plinit();
  plfontld(1);
  plfont(1);
  plcol0(ink_colour);
}

}  // namespace draftstream
