// What a trained network is, for people.
#pragma once

#include <filesystem>
#include <string>

namespace draftstream {

/// Writes the card of a network beside it, as Markdown: `detector.md` for `detector.pt`.
/// @param metadata  JSON, as train() puts it into the network's file.
/// @throws std::system_error if it cannot be written.
void write_model_card(const std::string& metadata, const std::filesystem::path& network);

}  // namespace draftstream
