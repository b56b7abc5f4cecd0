// Which cutouts of a store a command is about.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// The arguments --min-snr and --label.
class CutoutChoice {
 public:
  void add_to(CLI::App& parser);

  /// To be called before anything is printed or written.
  /// @throws UsageError naming the argument.
  void check() const { static_cast<void>(min_snr()); }

  /// Calls `visit` for all cutouts that were asked for, in order; infos are read many at a time.
  /// @throws UsageError naming the argument.
  void for_each(const CutoutStore& store,
                const std::function<void(std::size_t, const CutoutInfo&)>& visit) const;

 private:
  [[nodiscard]] double min_snr() const;

  std::string min_snr_;
  std::string label_;
};

/// A cutout with its arrays.
[[nodiscard]] Cutout read_cutout(const CutoutStore& store, std::size_t row, const CutoutInfo& info);

/// A row number from an argument.
/// @throws UsageError unless the store has it.
[[nodiscard]] std::size_t row_of(const CutoutStore& store, const std::string& text);

}  // namespace draftstream
