#include "publishers/cutouts/store_layout.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "ingest/errors.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

constexpr const char* schema = "draftstream-cutouts/1.0.0";

const std::vector<std::string_view> kinds{"hdf5", "npy", "dat", "pt", "virtual"};
const std::vector<std::string_view> types{"uint8", "int8", "float32"};

OrderedJson format_json(const std::optional<ArrayFormat>& format) {
  if (!format) return nullptr;
  return {{"type", name(format->type)},
          {"shape", format->shape},
          {"axes", format->axes},
          {"units", format->units}};
}

ElementType read_type(const FieldReader& fields, const char* key) {
  return *element_type(types[fields.one_of(key, types)]);
}

ArrayFormat read_format(const FieldReader& fields) {
  ArrayFormat format;
  format.type = read_type(fields, "type");
  const auto shape = fields.counts("shape");
  format.shape.assign(shape.begin(), shape.end());
  format.axes = fields.maybe_text("axes").value_or("");
  format.units = fields.maybe_text("units").value_or("");
  return format;
}

// Not finite is null, and so NaN when it is read again.
OrderedJson number_json(double value) {
  return or_null(std::optional{value});
}

OrderedJson info_json(const CutoutInfo& info) {
  return {{"event_id", info.event_id},
          {"file", info.file},
          {"sample_index", info.sample_index},
          {"start_mjd_utc", number_json(info.start_mjd_utc)},
          {"toa_s", number_json(info.toa_s)},
          {"dm_pc_cm3", number_json(info.dm_pc_cm3)},
          {"width_ms", number_json(info.width_ms)},
          {"snr", number_json(info.snr)},
          {"tsamp_s", number_json(info.tsamp_s)},
          {"first_mhz", number_json(info.first_mhz)},
          {"step_mhz", number_json(info.step_mhz)},
          {"channels", info.channels},
          {"detector_score", or_null(info.detector_score)},
          {"classifier_score", or_null(info.classifier_score)},
          {"label", info.label},
          // As text: all 64 bits count, and JSON readers keep 53.
          {"seed", info.seed ? OrderedJson(std::to_string(*info.seed)) : OrderedJson(nullptr)},
          {"model_sha256", info.model_sha256},
          {"has_tile", info.has_tile},
          {"has_patch", info.has_patch}};
}

std::optional<std::uint64_t> read_seed(const FieldReader& fields) {
  const auto text = fields.maybe_text("seed");
  if (!text) return std::nullopt;
  std::uint64_t seed = 0;
  const auto end = text->data() + text->size();
  if (std::from_chars(text->data(), end, seed) != std::from_chars_result{end, std::errc{}}) {
    throw fields.fault("seed", "decimal digits of a 64-bit number");
  }
  return seed;
}

CutoutInfo read_info(const FieldReader& fields) {
  const auto number = [&](const char* key) { return fields.maybe_number(key).value_or(NAN); };
  CutoutInfo info;
  info.event_id = fields.text("event_id");
  info.file = fields.text("file");
  info.sample_index = fields.count("sample_index");
  info.start_mjd_utc = number("start_mjd_utc");
  info.toa_s = number("toa_s");
  info.dm_pc_cm3 = number("dm_pc_cm3");
  info.width_ms = number("width_ms");
  info.snr = number("snr");
  info.tsamp_s = number("tsamp_s");
  info.first_mhz = number("first_mhz");
  info.step_mhz = number("step_mhz");
  info.channels = static_cast<std::uint32_t>(fields.count("channels", 0, UINT32_MAX));
  info.detector_score = fields.maybe_number("detector_score");
  info.classifier_score = fields.maybe_number("classifier_score");
  info.label = fields.text("label");
  info.seed = read_seed(fields);
  info.model_sha256 = fields.text("model_sha256");
  info.has_tile = fields.truth("has_tile");
  info.has_patch = fields.truth("has_patch");
  return info;
}

CutSource read_source(const FieldReader& fields) {
  CutSource source;
  source.file = fields.text("file");
  source.offset_bytes = fields.count("offset_bytes");
  source.type = read_type(fields, "type");
  source.rows = fields.count("rows", 1, std::uint64_t{1} << 48U);
  source.columns = fields.count("columns", 1, std::uint64_t{1} << 24U);
  return source;
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", path.string(),
                                   std::generic_category().message(errno)));
  }
  return {std::istreambuf_iterator<char>{file}, {}};
}

StoreLayout parse_layout(const std::string& text) {
  const auto json = parse_object(text);
  const FieldReader fields{json};
  const std::string found = fields.text("schema");
  const std::string major{"draftstream-cutouts/1."};
  if (found.compare(0, major.size(), major) != 0) throw fields.fault("schema", schema);
  StoreLayout layout;
  layout.kind = *store_kind(kinds[fields.one_of("kind", kinds)]);
  for (const CutoutPart part : cutout_parts) {
    const std::string key{name(part)};
    if (json.contains(key) && !json[key].is_null()) {
      layout.format.of(part) = read_format(fields.object(key.c_str()));
    }
  }
  try {
    layout.format.check();
  } catch (const std::invalid_argument& error) {
    throw InputError{"", error.what(), "a store of cutouts"};
  }
  if (layout.kind == StoreKind::cut_out) layout.source = read_source(fields.object("source"));
  for (const FieldReader& row : fields.maybe_objects("cutouts")) {
    layout.infos.push_back(read_info(row));
    if (layout.source) layout.places.push_back({row.count("row"), row.count("column")});
  }
  return layout;
}

}  // namespace

std::filesystem::path layout_path(const std::filesystem::path& store, StoreKind kind) {
  if (kind == StoreKind::npy) return store / "cutouts.json";
  if (kind == StoreKind::cut_out) return store;
  return store.string() + ".json";
}

std::string to_json(const CutoutInfo& info) {
  return one_line(info_json(info));
}

void write_layout(const std::filesystem::path& path, const StoreLayout& layout) {
  OrderedJson json{{"schema", schema},
                   {"kind", name(layout.kind)},
                   {"tile", format_json(layout.format.tile)},
                   {"patch", format_json(layout.format.patch)}};
  if (layout.source) {
    json["source"] = {{"file", layout.source->file.string()},
                      {"offset_bytes", layout.source->offset_bytes},
                      {"type", name(layout.source->type)},
                      {"rows", layout.source->rows},
                      {"columns", layout.source->columns}};
  }
  // A line each, so that the file can be looked at.
  std::string text = one_line(json);
  text.pop_back();
  text += ",\n\"cutouts\": [";
  for (std::size_t row = 0; row < layout.infos.size(); ++row) {
    OrderedJson info = info_json(layout.infos[row]);
    if (layout.source) {
      info["row"] = layout.places[row].row;
      info["column"] = layout.places[row].column;
    }
    text += (row == 0 ? "\n" : ",\n") + one_line(info);
  }
  write_atomically(path, text + "\n]}\n");
}

StoreLayout read_layout(const std::filesystem::path& path) {
  try {
    return parse_layout(file_text(path));
  } catch (const InputError& error) {
    throw error.in_file(path.string());
  }
}

}  // namespace draftstream
