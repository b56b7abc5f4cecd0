// A page that PLplot draws on. For the files of this folder.
#pragma once

#include <plplot.h>

#include <array>
#include <filesystem>

namespace draftstream {

// Colours of the palette that indices stand for.
inline constexpr PLINT ink_colour = 1;
inline constexpr PLINT grey_colour = 2;
inline constexpr PLINT grid_colour = 3;
inline constexpr std::array<PLINT, 4> series_colours{4, 5, 6, 7};
inline constexpr PLINT missing_colour = 8;  ///< Of cells without data.
inline constexpr PLINT mark_colour = 9;     ///< Of marks on images.

/// Width of a letter at the size of names, rather more than less [pixels].
inline constexpr double letter_px = 10.8;

/// One page of one file, white, with our palette; it is written when this ends.
class Page {
 public:
  /// @param path  Its extension says of what kind: .png, .pdf, .svg.
  /// @throws std::runtime_error naming the file, if it cannot be written, is of no such kind, or
  /// what
  ///     is not installed.
  Page(const std::filesystem::path& path, int width, int height);
  ~Page() { plend(); }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
};

}  // namespace draftstream
