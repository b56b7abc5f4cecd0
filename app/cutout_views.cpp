// draftstream cutouts list, show: what a store holds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/cutout_choice.hpp"
#include "app/exit_status.hpp"
#include "publishers/cutouts/store_layout.hpp"
#include "publishers/plots/candidate_page.hpp"
#include "publishers/plots/candidate_view.hpp"
#include "publishers/plots/figure.hpp"

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

float value_of(ElementType type, const std::byte* element) {
  switch (type) {
    case ElementType::uint8:
      return static_cast<float>(std::to_integer<int>(*element));
    case ElementType::int8:
      return static_cast<float>(static_cast<std::int8_t>(*element));
    case ElementType::float32:
      break;
  }
  float value = 0.0F;
  std::memcpy(&value, element, sizeof value);
  return value;
}

// The last two dimensions of an array are a picture; the ones before them count planes.
void add_planes(const ArrayFormat& format, const std::string& title,
                const std::vector<std::byte>& bytes, std::vector<Picture>& pictures) {
  const std::size_t dimensions = format.shape.size();
  const std::size_t columns = format.shape.back();
  const std::size_t rows = dimensions > 1 ? format.shape[dimensions - 2] : 1;
  const std::size_t planes = format.elements() / (rows * columns);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    Picture picture{fmt::format("{}, plane {}", title, plane), rows, columns, {}};
    for (std::size_t i = 0; i < rows * columns; ++i) {
      const std::size_t element = plane * rows * columns + i;
      picture.values.push_back(value_of(format.type, &bytes[element * bytes_of(format.type)]));
    }
    pictures.push_back(std::move(picture));
  }
}

void draw(const CutoutStore& store, std::size_t row, const std::string& path) {
  const Cutout cutout = read_cutout(store, row, store.info(row));
  std::vector<Picture> pictures;
  for (const CutoutPart part : cutout_parts) {
    const auto& bytes = part == CutoutPart::tile ? cutout.tile : cutout.patch;
    if (!bytes.empty())
      add_planes(*store.format().of(part), std::string{name(part)}, bytes, pictures);
  }
  if (pictures.empty()) {
    throw UsageError(fmt::format("--png: cutout {} has neither tile nor patch", row));
  }
  const CutoutInfo& info = cutout.info;
  draw_pictures(path,
                fmt::format("{}   S/N {:.1f}   DM {:.1f} pc/cm3   {:.3g} ms   {}", info.event_id,
                            info.snr, info.dm_pc_cm3, info.width_ms, info.label),
                pictures, 4);
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
    std::string store, row, png, page;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("show", "All that is known of one cutout");
  parser->add_option("STORE", arguments->store, "A store of cutouts, of any kind")
      ->required()
      ->type_name("");
  parser->add_option("N", arguments->row, "Its row, from 0")->required()->type_name("");
  parser->add_option("--png", arguments->png, "Draw its planes")->type_name("FILE");
  parser
      ->add_option("--page", arguments->page,
                   "Draw the page about it, as .png, .pdf or .svg: profile, waterfall, DM and time")
      ->type_name("FILE");
  parser->add_flag("--json", arguments->json, "As JSON");
  return {parser, [arguments] {
            const auto store = open_cutout_store(arguments->store);
            const std::size_t row = row_of(*store, arguments->row);
            const Json json = numbered_json(row, store->info(row));
            if (!arguments->png.empty()) draw(*store, row, arguments->png);
            if (!arguments->page.empty()) {
              const Cutout cutout = read_cutout(*store, row, store->info(row));
              draw_candidate(arguments->page, page_of(cutout));
            }
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
