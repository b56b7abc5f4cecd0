// draftstream cutouts list, show: what a store holds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "app/cutout_choice.hpp"
#include "app/exit_status.hpp"
#include "publishers/cutouts/store_layout.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

std::string score(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

std::string describe(const std::optional<ArrayFormat>& format) {
  if (!format) return "none";
  return fmt::format("{} [{}]", name(format->type), fmt::join(format->shape, "]["));
}

Json to_json(const std::optional<ArrayFormat>& format) {
  if (!format) return nullptr;
  return {{"type", name(format->type)},
          {"shape", format->shape},
          {"axes", format->axes},
          {"units", format->units}};
}

Json numbered_json(std::size_t row, const CutoutInfo& info) {
  Json json{{"row", row}};
  json.update(Json::parse(to_json(info)));
  return json;
}

void list_as_json(const CutoutStore& store, const CutoutChoice& choice) {
  const Json head{{"kind", name(store.kind())},
                  {"size", store.size()},
                  {"tile", to_json(store.format().tile)},
                  {"patch", to_json(store.format().patch)}};
  std::string text = head.dump();
  text.pop_back();
  // Printed as it is read: a store may be larger than memory.
  fmt::print("{},\n\"cutouts\": [", text);
  bool first = true;
  choice.for_each(store, [&](std::size_t row, const CutoutInfo& info) {
    fmt::print("{}{}", first ? "\n" : ",\n", numbered_json(row, info).dump());
    first = false;
  });
  fmt::print("\n]}}\n");
}

void list_as_text(const std::string& path, const CutoutStore& store, const CutoutChoice& choice) {
  fmt::print("{}: {} cutouts ({}); tiles {}, patches {}\n", path, store.size(), name(store.kind()),
             describe(store.format().tile), describe(store.format().patch));
  fmt::print("{:>7}  {:>7}  {:>9}  {:>12}  {:>9}  {:>5}  {:>5}  {:<12}  {}\n", "row", "S/N",
             "DM pc/cm3", "TOA s", "width ms", "det.", "cls.", "label", "event");
  choice.for_each(store, [](std::size_t row, const CutoutInfo& info) {
    fmt::print("{:>7}  {:>7.2f}  {:>9.3f}  {:>12.6f}  {:>9.3f}  {:>5}  {:>5}  {:<12}  {}\n", row,
               info.snr, info.dm_pc_cm3, info.toa_s, info.width_ms, score(info.detector_score),
               score(info.classifier_score), info.label, info.event_id);
  });
}

Command add_list(CLI::App& cutouts) {
  struct Arguments {
    std::string store;
    CutoutChoice choice;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("list", "One line for each cutout");
  parser->add_option("STORE", arguments->store, "A store of cutouts, of any kind")
      ->required()
      ->type_name("");
  arguments->choice.add_to(*parser);
  parser->add_flag("--json", arguments->json, "As JSON");
  return {parser, [arguments] {
            arguments->choice.check();
            const auto store = open_cutout_store(arguments->store);
            if (arguments->json) {
              list_as_json(*store, arguments->choice);
            } else {
              list_as_text(arguments->store, *store, arguments->choice);
            }
            return number(ExitStatus::done);
          }};
}

Command add_show(CLI::App& cutouts) {
  struct Arguments {
    std::string store, row;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("show", "All that is known of one cutout");
  parser->add_option("STORE", arguments->store, "A store of cutouts, of any kind")
      ->required()
      ->type_name("");
  parser->add_option("N", arguments->row, "Its row, from 0")->required()->type_name("");
  parser->add_flag("--json", arguments->json, "As JSON");
  return {parser, [arguments] {
            const auto store = open_cutout_store(arguments->store);
            const std::size_t row = row_of(*store, arguments->row);
            const Json json = numbered_json(row, store->info(row));
            if (arguments->json) {
              fmt::print("{}\n", json.dump(2));
              return number(ExitStatus::done);
            }
            for (const auto& [key, value] : json.items()) {
              const bool known = !value.is_null() && value != "";
              fmt::print("  {:<17} {}\n", key,
                         !known              ? "-"
                         : value.is_string() ? value.get<std::string>()
                                             : value.dump());
            }
            return number(ExitStatus::done);
          }};
}

}  // namespace

std::vector<Command> add_cutout_views(CLI::App& cutouts) {
  std::vector<Command> all;
  all.push_back(add_list(cutouts));
  all.push_back(add_show(cutouts));
  return all;
}

}  // namespace draftstream
