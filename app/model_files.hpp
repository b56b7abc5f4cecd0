// Where the program's own files are: in the tree that it was built in, or where it was installed.
#pragma once

#include <filesystem>
#include <string_view>

namespace draftstream {

/// A file of models/: of the source tree, for a program that lies in its build folder; else of the
/// installation around it. It need not be there.
/// @param name  "detector.pt", "classifier_arch.pt", ...
/// @throws std::filesystem::filesystem_error if the system does not tell where the program lies.
[[nodiscard]] std::filesystem::path model_file(std::string_view name);

/// The folder of the page's own files: where they are built, or of the installation. It need not be
/// there.
/// @throws std::filesystem::filesystem_error as model_file().
[[nodiscard]] std::filesystem::path page_folder();

/// A file beside libdraftstream_networks.so. It need not be there.
/// @throws std::filesystem::filesystem_error as model_file().
[[nodiscard]] std::filesystem::path library_file(std::string_view name);

}  // namespace draftstream
