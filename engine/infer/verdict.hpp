// From logits to a word.
#pragma once

#include "engine/candidate.hpp"
#include "engine/infer/look.hpp"

namespace draftstream {

/// Fills scores, probability and label of a candidate:
///
///     d = scale_d logit_d + shift_d, c likewise           scores: sigmoid(d), sigmoid(c)
///     probability = sigmoid(weight_d d + weight_c c + shift), a burst from the threshold on
///
/// with the numbers of the networks' metadata.
void pass_verdict(const Networks& networks, double detector_logit, double classifier_logit,
                  Candidate& candidate);

}  // namespace draftstream
