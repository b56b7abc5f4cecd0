#include "training/networks/model_card.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace draftstream {
namespace {

using Json = nlohmann::json;

std::string fraction(const Json& value) {
  return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : "-";
}

std::string bin_names(const Json& edges) {
  std::string names;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const auto low = edges[i].get<double>();
    names += i + 1 < edges.size() ? fmt::format(" {:g}-{:g} |", low, edges[i + 1].get<double>())
                                  : fmt::format(" {:g}- |", low);
  }
  return names;
}

std::string recall_table(const Json& figures) {
  const Json& edges = figures.at("snr_edges");
  std::string table = "| judged by | false a tile |" + bin_names(edges) + "\n|---|---|";
  for (std::size_t i = 0; i < edges.size(); ++i) table += "---|";
  table += "\n";
  for (const auto& [key, label] : {std::pair{"snr_alone", "S/N alone"},
                                   {"detector", "detector"},
                                   {"classifier", "classifier"},
                                   {"fused", "both"}}) {
    if (!figures.contains(key)) continue;
    for (const Json& row : figures.at(key)) {
      table += fmt::format("| {} | {:g} |", label, row.at("false_a_tile").get<double>());
      for (const Json& bin : row.at("recall")) table += " " + fraction(bin) + " |";
      table += "\n";
    }
  }
  return table;
}

std::string what_it_saw(const Json& recordings) {
  const char* simulated = "simulated skies (`training/scenes.hpp`)";
  if (recordings.empty()) return simulated;
  return fmt::format("{} and of stretches of recordings with bursts added ({})", simulated,
                     fmt::join(recordings.get<std::vector<std::string>>(), ", "));
}

}  // namespace

void write_model_card(const std::string& metadata, const std::filesystem::path& network) {
  const Json meta = Json::parse(metadata);
  const Json& training = meta.at("training");
  const Json& figures = meta.at("figures");
  std::filesystem::path path = network;
  path.replace_extension(".md");
  std::ofstream card{path, std::ios::trunc};
  card << fmt::format("# {} {}\n\n", meta.at("name").get<std::string>(),
                      meta.at("version").get<std::string>());
  card << fmt::format("The network of `weights_sha256` {}.\n\n",
                      meta.at("weights_sha256").get<std::string>());
  card << fmt::format(
      "Trained on {} examples of {}, as the engine shows them "
      "to its networks; {} epochs in {:.0f} s, batches of {}, seed {}. Validated on {} examples of "
      "other scenes.\n\n",
      training.at("examples").get<std::size_t>(), what_it_saw(training.at("recordings")),
      training.at("epochs").get<std::size_t>(), training.at("seconds").get<double>(),
      training.at("batch").get<std::size_t>(), training.at("seed").get<std::uint64_t>(),
      training.at("validation_examples").get<std::size_t>());
  card << fmt::format(
      "Recall by S/N of the candidate, on the scenes for validation: {} candidates. Each row has a "
      "threshold of its own, which as many false alarms pass in {:.0f} tiles of scenes without "
      "bursts:\n\n{}\n",
      figures.at("candidates").get<std::size_t>(), figures.at("tiles").get<double>(),
      recall_table(figures));
  card << fmt::format("Probabilities differ from frequencies by {:.3f} in the mean.\n\n",
                      figures.at("calibration_error").get<double>());
  card << (training.at("recordings").empty() ? "Limits: it has seen no telescope, only simulations "
                                               "of interference; a kind that was not simulated"
                                             : "Limits: a kind of interference that was neither in "
                                               "these recordings nor simulated")
       << " may be taken for a burst. Candidates are those that the search finds: what it "
          "misses, no network sees. Thresholds are for as many bursts among candidates as were "
          "simulated, far more than there are.\n";
  card.flush();
  if (!card) throw std::system_error(errno, std::generic_category(), path.string());
}

}  // namespace draftstream
