#include "publishers/formats/candidate_format.hpp"

namespace draftstream {

std::string_view name(CandidateFormat format) {
  switch (format) {
    case CandidateFormat::heimdall:
      return "heimdall";
    case CandidateFormat::presto:
      return "presto";
    case CandidateFormat::fetch:
      return "fetch";
    case CandidateFormat::drafts:
      return "drafts++";
    case CandidateFormat::drafts_2025_07:
      return "drafts++2025-07";
    case CandidateFormat::transientx:
      return "transientx";
    case CandidateFormat::votable:
      return "votable";
  }
  return "";
}

std::optional<CandidateFormat> candidate_format(std::string_view name) {
  for (const CandidateFormat format : candidate_formats) {
    if (draftstream::name(format) == name) return format;
  }
  return std::nullopt;
}

}  // namespace draftstream
