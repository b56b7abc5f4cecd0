// Messages as VOEvents.
#pragma once

#include <optional>
#include <string>

#include "publishers/gateways/gateway.hpp"

namespace draftstream {

/// Who publishes, and what no event tells of its instrument.
struct VoeventAuthor {
  std::string ivorn;  ///< "ivo://AUTHORITY/STREAM", without '#'.
  std::string contact_name;
  std::string contact_email;
  /// One sigma, or what else the operator states [deg]. Without it there is no position.
  std::optional<double> position_error_deg;
  std::optional<double> beam_semi_major_arcmin;
  std::optional<double> beam_semi_minor_arcmin;
  std::optional<double> beam_rotation_deg;
  std::optional<double> gain_k_jy;
  std::optional<double> tsys_k;
};

/// "ivo://AUTHORITY/STREAM#EVENT_ID/REVISION": the same whenever that message is sent.
[[nodiscard]] std::string ivorn_of(const VoeventAuthor& author, const SentMessage& message);

/// A document of VOEvent 2.0 with the parameters of the FRB VOEvent standard. What is not known is
/// left out. Updates, and events that confirm alerts, supersede what went out before; retractions
/// cite it as such.
/// @source IVOA, Sky Event Reporting Metadata 2.0 (2011); Petroff et al. 2017, arXiv:1710.08155.
[[nodiscard]] std::string voevent_document(const OutgoingEvent& outgoing,
                                           const VoeventAuthor& author);

}  // namespace draftstream
