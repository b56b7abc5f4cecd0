// What the stores share that keep a list of their cutouts in memory.
#pragma once

#include <utility>
#include <vector>

#include "publishers/cutouts/store_layout.hpp"

namespace draftstream {

/// A store whose layout is read when it is opened.
class ListedStore : public CutoutStore {
 public:
  explicit ListedStore(StoreLayout layout) : layout_{std::move(layout)} {}

  [[nodiscard]] StoreKind kind() const override { return layout_.kind; }
  [[nodiscard]] const CutoutFormat& format() const override { return layout_.format; }
  [[nodiscard]] std::size_t size() const override { return layout_.infos.size(); }
  [[nodiscard]] std::vector<CutoutInfo> infos(std::size_t first, std::size_t count) const override {
    check_rows(first, count);
    const auto begin = layout_.infos.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }

 protected:
  [[nodiscard]] const StoreLayout& layout() const { return layout_; }

 private:
  StoreLayout layout_;
};

/// Appends arrays by write_arrays(), and writes the layout whenever it is flushed.
class ListedWriter : public CutoutWriter {
 public:
  /// @throws std::invalid_argument for a format that is none.
  ListedWriter(std::filesystem::path path, StoreKind kind, const CutoutFormat& format)
      : path_{std::move(path)} {
    format.check();
    layout_.kind = kind;
    layout_.format = format;
  }

  std::size_t append(const Cutout& cutout) override {
    const std::size_t row = layout_.infos.size();
    CutoutInfo info = checked_info(cutout, layout_.format);
    write_arrays(row, cutout);
    layout_.infos.push_back(std::move(info));
    return row;
  }

  void flush() override { write_layout(layout_path(path_, layout_.kind), layout_); }
  void close() override { flush(); }

 protected:
  virtual void write_arrays(std::size_t row, const Cutout& cutout) = 0;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const StoreLayout& layout() const { return layout_; }

 private:
  std::filesystem::path path_;
  StoreLayout layout_;
};

// The four of them. Readers throw as open_cutout_store, writers as make_cutout_writer.
[[nodiscard]] std::unique_ptr<CutoutStore> open_npy_store(const std::filesystem::path& path);
[[nodiscard]] std::unique_ptr<CutoutStore> open_dat_store(const std::filesystem::path& path);
[[nodiscard]] std::unique_ptr<CutoutStore> open_pt_store(const std::filesystem::path& path);
[[nodiscard]] std::unique_ptr<CutoutStore> open_cut_out_store(const std::filesystem::path& path);
[[nodiscard]] std::unique_ptr<CutoutWriter> make_npy_writer(const std::filesystem::path& path,
                                                            const CutoutFormat& format);
[[nodiscard]] std::unique_ptr<CutoutWriter> make_dat_writer(const std::filesystem::path& path,
                                                            const CutoutFormat& format);
[[nodiscard]] std::unique_ptr<CutoutWriter> make_pt_writer(const std::filesystem::path& path,
                                                           const CutoutFormat& format);

}  // namespace draftstream
