// draftstream cutouts bench: the same cutouts kept in five ways.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "app/command_line.hpp"
#include "app/cutout_bench.hpp"
#include "app/exit_status.hpp"
#include "publishers/append_file.hpp"

namespace draftstream {

Command add_cutout_bench(CLI::App& cutouts) {
  struct Arguments {
    std::string output, cutouts, side, mosaic, seed;
    bool keep = false;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = cutouts.add_subcommand(
      "bench", "Measure disk space, access time and memory of five ways to keep cutouts");
  parser->add_option("-o,--output", arguments->output, "Folder for results and figures")
      ->required()
      ->type_name("DIR");
  parser->add_option("--cutouts", arguments->cutouts, "How many (default 10000)")->type_name("N");
  parser->add_option("--side", arguments->side, "Pixels of a cutout's side (default 64)")
      ->type_name("N");
  parser->add_option("--mosaic", arguments->mosaic, "Pixels of the mosaic's side (default 5000)")
      ->type_name("N");
  parser->add_option("--seed", arguments->seed, "The same seed makes the same mosaic (default 1)")
      ->type_name("N");
  parser->add_flag("--keep", arguments->keep, "Keep mosaic and stores in DIR/stores");
  parser->add_flag("--json", arguments->json, "Print the results as JSON");
  return {parser, [arguments] {
            const auto count = [](const char* flag, const std::string& text, std::uint64_t low,
                                  std::uint64_t high, std::uint64_t otherwise) {
              return parse_argument<std::uint64_t>(
                  flag, text, [&](const auto& digits) { return parse_count(digits, low, high); },
                  otherwise);
            };
            CutoutBenchPlan plan;
            plan.cutouts = count("--cutouts", arguments->cutouts, 1, 1000000, plan.cutouts);
            plan.mosaic_side = count("--mosaic", arguments->mosaic, 16, 30000, plan.mosaic_side);
            plan.cutout_side =
                count("--side", arguments->side, 4, std::min<std::size_t>(1024, plan.mosaic_side),
                      std::min(plan.cutout_side, plan.mosaic_side));
            plan.seed = count("--seed", arguments->seed, 0, UINT64_MAX, plan.seed);
            const std::filesystem::path folder{arguments->output};
            const auto stores = folder / "stores";
            if (std::filesystem::exists(stores)) {
              throw UsageError(fmt::format("{}: found it there, expected no folder of that name",
                                           stores.string()));
            }
            const auto result = run_cutout_bench(plan, stores);
            draw_cutout_bench(
                result,
                *open_cutout_store(storage_path(stores, StoreKind::hdf5, ElementType::float32)),
                folder);
            write_atomically(folder / "bench.json", to_json(result));
            write_atomically(folder / "bench.txt", to_text(result));
            std::filesystem::copy_file(stores / "coordinates.csv", folder / "coordinates.csv",
                                       std::filesystem::copy_options::overwrite_existing);
            if (!arguments->keep) std::filesystem::remove_all(stores);
            fmt::print("{}", arguments->json ? to_json(result) : to_text(result));
            return number(ExitStatus::done);
          }};
}

}  // namespace draftstream
