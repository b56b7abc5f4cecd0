// Where pictures are, and what they are called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace draftstream {

/// Folders of a block's pictures: DIR/chunks/chunkNNN/FOLDER.
namespace plot_folder {
inline constexpr std::string_view dispersed = "waterfall_dispersion";
inline constexpr std::string_view dedispersed = "waterfall_dedispersion";
inline constexpr std::string_view patches = "Patches";
inline constexpr std::string_view composite = "Composite";
inline constexpr std::string_view detections = "Detections";
}  // namespace plot_folder

/// "STEM_sliceNNN_band0": the whole band is searched at once, and is band 0.
[[nodiscard]] std::string slice_name(const std::string& stem, unsigned slice);

/// Of `chunks`: chunkNNN/FOLDER/NAME.EXTENSION; the folders are made.
/// @throws std::filesystem::filesystem_error if they cannot be.
[[nodiscard]] std::filesystem::path plot_file(const std::filesystem::path& chunks,
                                              std::uint64_t chunk, std::string_view folder,
                                              const std::string& name,
                                              const std::string& extension);

/// Removes the pictures of an earlier run, and the folders that are empty without them. Whatever
/// else lies there stays.
/// @param results  The output folder.
void remove_plots(const std::filesystem::path& results);

}  // namespace draftstream
