// draftstream cutouts extract, import, export: cutouts from one place to another.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/cutout_choice.hpp"
#include "app/exit_status.hpp"
#include "ingest/nearest.hpp"
#include "publishers/cutouts/fetch_file.hpp"
#include "publishers/cutouts/npy_file.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

void print_done(const std::string& what, std::size_t cutouts, const std::string& path, bool json) {
  if (json) {
    fmt::print("{}\n", Json({{what, cutouts}, {"output", path}}).dump());
  } else {
    fmt::print("{} cutouts {} to {}\n", cutouts, what, path);
  }
}

void refuse_existing(const std::string& path, const char* otherwise) {
  const bool taken = std::filesystem::is_directory(path) ? !std::filesystem::is_empty(path)
                                                         : std::filesystem::exists(path);
  if (taken) {
    throw UsageError(fmt::format("{}: found something there, expected nothing{}", path, otherwise));
  }
}

std::filesystem::path npy_of(const std::filesystem::path& folder, std::size_t row,
                             CutoutPart part) {
  return folder / fmt::format("{:06}.{}.npy", row, name(part));
}

// What is wrong is said before the first file is written.
void check_extraction(const std::string& path, const CutoutStore& store,
                      const std::vector<std::size_t>& rows, const std::filesystem::path& folder) {
  for (const std::size_t row : rows) {
    const CutoutInfo info = store.info(row);
    if (!info.has_tile && !info.has_patch) {
      throw UsageError(
          fmt::format("{}: row {} ({}): found neither a tile nor a patch, expected one", path, row,
                      info.label));
    }
    for (const CutoutPart part : cutout_parts) {
      if (info.has(part)) refuse_existing(npy_of(folder, row, part), "");
    }
  }
}

// Rows as .npy files of their own.
std::vector<std::string> extract(const CutoutStore& store, const std::vector<std::size_t>& rows,
                                 const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::vector<std::string> files;
  for (const std::size_t row : rows) {
    const Cutout cutout = read_cutout(store, row, store.info(row));
    for (const CutoutPart part : cutout_parts) {
      if (cutout.bytes(part).empty()) continue;
      const auto path = npy_of(folder, row, part);
      const ArrayFormat& array = *store.format().of(part);
      write_npy(path, array.type, array.shape, cutout.bytes(part));
      files.push_back(path.string());
    }
  }
  return files;
}

std::size_t copy(const CutoutStore& from, const CutoutChoice& choice, CutoutWriter& to) {
  std::size_t cutouts = 0;
  choice.for_each(from, [&](std::size_t row, const CutoutInfo& info) {
    to.append(read_cutout(from, row, info));
    ++cutouts;
  });
  to.close();
  return cutouts;
}

std::size_t export_fetch(const std::string& path, const CutoutStore& store,
                         const CutoutChoice& choice, const std::filesystem::path& folder) {
  const auto& patch = store.format().patch;
  if (!patch || patch->shape.size() != 3 || patch->shape[0] != 2) {
    throw UsageError(
        fmt::format("{}: found no patches of two planes, expected them for --format fetch", path));
  }
  std::filesystem::create_directories(folder);
  std::size_t cutouts = 0;
  choice.for_each(store, [&](std::size_t row, const CutoutInfo& info) {
    if (!info.has_patch) return;
    write_fetch_file(folder / fetch_name(info), store, row);
    ++cutouts;
  });
  return cutouts;
}

Command add_extract(CLI::App& cutouts) {
  struct Arguments {
    std::string store, output;
    std::vector<std::string> rows;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("extract", "Write cutouts as .npy files");
  parser->add_option("STORE", arguments->store, "A store of cutouts, of any kind")
      ->required()
      ->type_name("");
  parser->add_option("N", arguments->rows, "Rows, from 0")->required()->type_name("");
  parser->add_option("-o,--output", arguments->output, "Folder to write to")
      ->required()
      ->type_name("DIR");
  parser->add_flag("--json", arguments->json, "Print the names of the files as JSON");
  return {parser, [arguments] {
            const auto store = open_cutout_store(arguments->store);
            std::vector<std::size_t> rows;
            for (const auto& row : arguments->rows) rows.push_back(row_of(*store, row));
            check_extraction(arguments->store, *store, rows, arguments->output);
            const auto files = extract(*store, rows, arguments->output);
            fmt::print("{}\n", arguments->json ? Json(files).dump()
                                               : fmt::format("{}", fmt::join(files, "\n")));
            return number(ExitStatus::done);
          }};
}

Command add_import(CLI::App& cutouts) {
  struct Arguments {
    std::string source, output;
    CutoutChoice choice;
    bool append = false;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("import", "Copy cutouts into one HDF5 file");
  parser
      ->add_option("SOURCE", arguments->source,
                   "A store of cutouts, of any kind; or a folder of .npy files of one shape, or a "
                   ".pt of one tensor, that another program wrote")
      ->required()
      ->type_name("");
  parser->add_option("OUT", arguments->output, "The HDF5 file")->required()->type_name("");
  arguments->choice.add_to(*parser);
  parser->add_flag("--append", arguments->append, "Continue OUT, if it is there");
  parser->add_flag("--json", arguments->json, "Print the count as JSON");
  return {parser, [arguments] {
            arguments->choice.check();
            const auto source = open_cutout_store(arguments->source);
            if (!arguments->append) refuse_existing(arguments->output, "; or give --append");
            const auto writer = make_cutout_writer(arguments->output, StoreKind::hdf5,
                                                   source->format(), Existing::append);
            const auto done = copy(*source, arguments->choice, *writer);
            print_done("imported", done, arguments->output, arguments->json);
            return number(ExitStatus::done);
          }};
}

Command add_export(CLI::App& cutouts) {
  struct Arguments {
    std::string store, output, format;
    CutoutChoice choice;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand("export", "Copy cutouts for other programs");
  parser->add_option("STORE", arguments->store, "A store of cutouts, of any kind")
      ->required()
      ->type_name("");
  parser->add_option("OUT", arguments->output, "File to write; a folder for npy and fetch")
      ->required()
      ->type_name("");
  parser->add_option("--format", arguments->format, "npy, dat, pt, fetch or hdf5")
      ->required()
      ->type_name("FORMAT");
  arguments->choice.add_to(*parser);
  parser->add_flag("--json", arguments->json, "Print the count as JSON");
  return {
      parser, [arguments] {
        const bool fetch = arguments->format == "fetch";
        const auto kind = store_kind(arguments->format);
        if (!fetch && (!kind || kind == StoreKind::cut_out)) {
          throw UsageError(fmt::format("--format: found {}, expected npy, dat, pt, fetch or hdf5",
                                       in_quotes(arguments->format)));
        }
        const auto store = open_cutout_store(arguments->store);
        refuse_existing(arguments->output, "");
        std::size_t done = 0;
        if (fetch) {
          done = export_fetch(arguments->store, *store, arguments->choice, arguments->output);
        } else {
          const auto writer =
              make_cutout_writer(arguments->output, *kind, store->format(), Existing::replace);
          done = copy(*store, arguments->choice, *writer);
        }
        print_done("exported", done, arguments->output, arguments->json);
        return number(ExitStatus::done);
      }};
}

}  // namespace

std::vector<Command> add_cutout_copies(CLI::App& cutouts) {
  std::vector<Command> all;
  all.push_back(add_extract(cutouts));
  all.push_back(add_import(cutouts));
  all.push_back(add_export(cutouts));
  return all;
}

}  // namespace draftstream
