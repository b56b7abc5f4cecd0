// The formats of other programs that candidates can be written in.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace draftstream {

enum class CandidateFormat {
  heimdall,        ///< heimdall's .cand
  presto,          ///< PRESTO's .singlepulse and .inf
  fetch,           ///< CSV and HDF5 files of your and FETCH
  drafts,          ///< CSV of DRAFTS++, 29 columns
  drafts_2025_07,  ///< CSV of DRAFTS++ as it was in July 2025, 16 columns
  transientx,      ///< TransientX's .cands
  votable,         ///< VOTable of the IVOA
};

inline constexpr std::array candidate_formats{
    CandidateFormat::heimdall, CandidateFormat::presto,         CandidateFormat::fetch,
    CandidateFormat::drafts,   CandidateFormat::drafts_2025_07, CandidateFormat::transientx,
    CandidateFormat::votable};

/// "heimdall", "presto", "fetch", "drafts++", "drafts++2025-07", "transientx", "votable".
std::string_view name(CandidateFormat format);

/// @return Nothing for a name that is none.
std::optional<CandidateFormat> candidate_format(std::string_view name);

}  // namespace draftstream
