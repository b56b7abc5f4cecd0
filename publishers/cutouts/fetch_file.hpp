// Candidates as FETCH reads them: an HDF5 file for each.
#pragma once

#include <filesystem>
#include <string>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// cand_tstart_<MJD>_tcand_<s>_dm_<DM>_snr_<S/N>.h5, as your_candmaker.py names it.
[[nodiscard]] std::string fetch_name(const CutoutInfo& info);

/// Writes a patch as `data_freq_time` [256 time][256 frequency] and `data_dm_time`
/// [256 DM][256 time], float32. Frequencies are in the order of the recording's channels, as `fch1`
/// and `foff` say; those of a patch rise. Its planes are enlarged by repeating pixels, and taken
/// back to units of noise where they are int8 codes. Their DM and time axes are those of the patch,
/// which scale with the candidate's width, not those of your_candmaker.py. What a cutout does not
/// know (`nspectra`, `rfi_mask`, `kill_mask`) is left out.
/// @param patch   Of `cutout`, which has one.
/// @param number  Of the candidate, for the file's `cand_id`.
/// @throws std::invalid_argument unless patches have two planes of two dimensions, and this cutout
///   has one.
/// @throws std::runtime_error naming the file, if it cannot be written.
/// @source your/candidate.py (save_h5), fetch/data_sequence.py
void write_fetch_file(const std::filesystem::path& path, const Cutout& cutout,
                      const ArrayFormat& patch, std::size_t number);

/// The same of a cutout in a store. @throws InputError if it cannot be read, and as above.
void write_fetch_file(const std::filesystem::path& path, const CutoutStore& store, std::size_t row);

}  // namespace draftstream
