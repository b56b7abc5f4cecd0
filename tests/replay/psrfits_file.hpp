// Small PSRFITS files, built byte by byte from the FITS standard and without the code under test.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/samples.hpp"
#include "replay/recording.hpp"

namespace draftstream::test {

inline void append_big_endian(std::vector<std::byte>& bytes, std::uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    bytes.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFFU));
  }
}

/// A search-mode file of 16 channels and 4 rows of 8 spectra, each value of which can be changed.
struct PsrfitsFile {
  using Cards = std::vector<std::pair<std::string, std::string>>;  ///< Keyword, value as written.

  PsrfitsFile() = default;
  PsrfitsFile(const PsrfitsFile&) = delete;  // the functions below keep `this`
  PsrfitsFile& operator=(const PsrfitsFile&) = delete;

  int bits = 8;
  std::size_t channels = 16;
  std::size_t pols = 1;
  std::size_t row_spectra = 8;
  std::vector<std::size_t> rows{0, 1, 2, 3};  ///< What `raw` and the others below get as row.
  double sample_time_s = 0.25;

  /// The stored bits of a sample.
  std::function<std::uint32_t(std::size_t row, std::size_t time, std::size_t pol, std::size_t c)>
      raw = [this](std::size_t row, std::size_t time, std::size_t pol, std::size_t c) {
        const std::size_t mix = (row * row_spectra + time) * 37 + pol * 101 + c * 13 + c * c;
        const auto value = static_cast<std::uint32_t>(mix * 2654435761U >> 7);
        if (bits == 32) return std::bit_cast<std::uint32_t>(static_cast<float>(value % 1000));
        return bits < 32 ? value & ((1U << static_cast<unsigned>(bits)) - 1U) : value;
      };
  std::function<float(std::size_t row, std::size_t pol, std::size_t c)> scale =
      [](std::size_t, std::size_t, std::size_t) { return 1.0F; };
  std::function<float(std::size_t row, std::size_t pol, std::size_t c)> offset =
      [](std::size_t, std::size_t, std::size_t) { return 0.0F; };
  std::function<float(std::size_t row, std::size_t c)> weight = [](std::size_t, std::size_t) {
    return 1.0F;
  };
  std::function<double(std::size_t row, std::size_t c)> frequency = [](std::size_t, std::size_t c) {
    return 1500.0 - 0.5 * static_cast<double>(c);
  };
  std::function<double(std::size_t row)> row_centre = [this](std::size_t row) {
    return (static_cast<double>(row) + 0.5) * static_cast<double>(row_spectra) * sample_time_s;
  };
  std::function<double(std::size_t row)> row_length = [this](std::size_t) {
    return static_cast<double>(row_spectra) * sample_time_s;
  };

  Cards changes;                     ///< Override or add; an empty value removes the card.
  std::vector<std::string> without;  ///< Columns to leave out.
  std::string after_data;            ///< Bytes behind the last block.

  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> file;
    add_header(file, {{"SIMPLE", "T"},
                      {"BITPIX", "8"},
                      {"NAXIS", "0"},
                      {"EXTEND", "T"},
                      {"FITSTYPE", "'PSRFITS '"},
                      {"TELESCOP", "'Parkes  '"},
                      {"BACKEND", "'Medusa  '"},
                      {"IBEAM", "'7       '"},
                      {"OBS_MODE", "'SEARCH  '"},
                      {"SRC_NAME", "'J0437-4715'"},
                      {"COORD_MD", "'J2000   '"},
                      {"RA", "'04:37:15.75'"},
                      {"DEC", "'-47:15:08.6'"},
                      {"OBSFREQ", "1496.25"},
                      {"OBSBW", "-8.0"},
                      {"OBSNCHAN", "16"},
                      {"STT_IMJD", "58227"},
                      {"STT_SMJD", "4321"},
                      {"STT_OFFS", "0.125"}});
    const auto columns = make_columns();
    std::size_t row_bytes = 0;
    for (const Column& column : columns) row_bytes += column.bytes;
    Cards cards{{"XTENSION", "'BINTABLE'"},
                {"BITPIX", "8"},
                {"NAXIS", "2"},
                {"NAXIS1", std::to_string(row_bytes)},
                {"NAXIS2", std::to_string(rows.size())},
                {"PCOUNT", "0"},
                {"GCOUNT", "1"},
                {"TFIELDS", std::to_string(columns.size())}};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      cards.emplace_back("TTYPE" + std::to_string(i + 1), "'" + columns[i].name + "'");
      cards.emplace_back("TFORM" + std::to_string(i + 1), "'" + columns[i].form + "'");
    }
    for (const auto& [key, value] :
         Cards{{"EXTNAME", "'SUBINT  '"},
               {"POL_TYPE", pols == 1 ? "'AA+BB'" : (pols == 2 ? "'AABB'" : "'AABBCRCI'")},
               {"NPOL", std::to_string(pols)},
               {"TBIN", fmt::format("{:.17g}", sample_time_s)},
               {"NBIN", "1"},
               {"NBITS", std::to_string(bits)},
               {"ZERO_OFF", "0."},
               {"SIGNINT", "0"},
               {"NSUBOFFS", "0"},
               {"NCHAN", std::to_string(channels)},
               {"CHAN_BW", "-0.5"},
               {"NSBLK", std::to_string(row_spectra)}}) {
      cards.emplace_back(key, value);
    }
    add_header(file, cards);
    for (const std::size_t row : rows) {
      for (const Column& column : columns) column.append(file, row);
    }
    while (file.size() % 2880 != 0) file.push_back(std::byte{0});
    for (const char c : after_data) file.push_back(static_cast<std::byte>(c));
    return file;
  }

  void write(const std::string& path) const { write_bytes(path, bytes()); }

  static void write_bytes(const std::string& path, const std::vector<std::byte>& bytes) {
    std::ofstream out{path, std::ios::binary};
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  }

 private:
  struct Column {
    std::string name;
    std::string form;
    std::size_t bytes;
    std::function<void(std::vector<std::byte>&, std::size_t row)> append;
  };

  void add_header(std::vector<std::byte>& file, Cards cards) const {
    const bool primary = cards.front().first == "SIMPLE";
    for (const auto& [key, value] : changes) {
      const auto at = std::find_if(cards.begin(), cards.end(),
                                   [&k = key](const auto& card) { return card.first == k; });
      if (at != cards.end()) {
        at->second = value;
      } else if (!primary && !in_primary(key)) {
        cards.emplace_back(key, value);
      }
    }
    const std::size_t begin = file.size();
    const auto add_card = [&file](std::string card) {
      card.resize(80, ' ');
      for (const char c : card) file.push_back(static_cast<std::byte>(c));
    };
    for (const auto& [key, value] : cards) {
      if (!value.empty()) add_card(fmt::format("{:<8}= {:>20}", key, value));
    }
    add_card("END");
    while ((file.size() - begin) % 2880 != 0) file.push_back(std::byte{' '});
  }

  // Keywords of `changes` that exist in the primary header are not repeated in the other.
  static bool in_primary(const std::string& key) {
    constexpr std::string_view known =
        " SIMPLE FITSTYPE TELESCOP BACKEND IBEAM OBS_MODE SRC_NAME COORD_MD RA DEC OBSFREQ OBSBW "
        "STT_IMJD STT_SMJD STT_OFFS ";
    return known.find(" " + key + " ") != std::string_view::npos;
  }

  template <class Value>
  Column floats(const std::string& name, std::size_t count, Value value) const {
    return {name, std::to_string(count) + "E", 4 * count,
            [count, value](std::vector<std::byte>& file, std::size_t row) {
              for (std::size_t i = 0; i < count; ++i) {
                append_big_endian(file, std::bit_cast<std::uint32_t>(value(row, i)), 4);
              }
            }};
  }
  template <class Value>
  Column doubles(const std::string& name, std::size_t count, Value value) const {
    return {name, std::to_string(count) + "D", 8 * count,
            [count, value](std::vector<std::byte>& file, std::size_t row) {
              for (std::size_t i = 0; i < count; ++i) {
                append_big_endian(file, std::bit_cast<std::uint64_t>(value(row, i)), 8);
              }
            }};
  }

  std::vector<Column> make_columns() const {
    const std::size_t n = channels;
    std::vector<Column> columns;
    columns.push_back(
        doubles("TSUBINT", 1, [this](std::size_t row, std::size_t) { return row_length(row); }));
    columns.push_back(
        doubles("OFFS_SUB", 1, [this](std::size_t row, std::size_t) { return row_centre(row); }));
    columns.push_back(doubles("DAT_FREQ", n, frequency));
    columns.push_back(floats("DAT_WTS", n, weight));
    columns.push_back(floats("DAT_OFFS", n * pols, [this, n](std::size_t row, std::size_t i) {
      return offset(row, i / n, i % n);
    }));
    columns.push_back(floats("DAT_SCL", n * pols, [this, n](std::size_t row, std::size_t i) {
      return scale(row, i / n, i % n);
    }));
    const std::size_t values = n * pols * row_spectra;
    const std::size_t bytes = (values * static_cast<std::size_t>(bits) + 7) / 8;
    const std::string form =
        bits == 32 ? fmt::format("{}E", values)
                   : (bits == 16 ? fmt::format("{}I", values) : fmt::format("{}B", bytes));
    columns.push_back({"DATA", form, bytes, [this](std::vector<std::byte>& file, std::size_t row) {
                         append_data(file, row);
                       }});
    std::erase_if(columns, [this](const Column& column) {
      return std::find(without.begin(), without.end(), column.name) != without.end();
    });
    return columns;
  }

  void append_data(std::vector<std::byte>& file, std::size_t row) const {
    unsigned held = 0;
    int held_bits = 0;
    for (std::size_t t = 0; t < row_spectra; ++t) {
      for (std::size_t p = 0; p < pols; ++p) {
        for (std::size_t c = 0; c < channels; ++c) {
          const std::uint32_t value = raw(row, t, p, c);
          if (bits >= 8) {
            append_big_endian(file, value, bits / 8);
            continue;
          }
          held = (held << static_cast<unsigned>(bits)) | value;
          held_bits += bits;
          if (held_bits < 8) continue;
          file.push_back(static_cast<std::byte>(held));
          held = 0;
          held_bits = 0;
        }
      }
    }
    if (held_bits > 0) file.push_back(static_cast<std::byte>(held << (8 - held_bits)));
  }
};

/// All samples of a recording as floats, shape [time, channel].
inline std::vector<float> read_all(Recording& recording) {
  const Observation& observation = recording.observation();
  const std::size_t channels = observation.frequency.channels();
  const std::size_t stride = observation.spectrum_bytes();
  const auto samples = static_cast<std::size_t>(*observation.samples);
  std::vector<std::byte> bytes(samples * stride);
  recording.read(0, bytes);
  std::vector<float> values(samples * channels);
  for (std::size_t t = 0; t < samples; ++t) {
    unpack_spectrum(std::span{bytes}.subspan(t * stride, stride), observation.format,
                    std::span{values}.subspan(t * channels, channels));
  }
  return values;
}

}  // namespace draftstream::test
