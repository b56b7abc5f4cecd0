// From logits to a word.
#pragma once

#include "engine/candidate.hpp"
#include "engine/infer/look.hpp"

namespace draftstream {

/// Fills scores, probability and label of a candidate:
///
///     d = scale_d logit_d + shift_d, c likewise           scores: sigmoid(d), sigmoid(c)
///     probability = 1 / (1 + exp(-(weight_d d + weight_c c + shift)) + noise(snr))
///
/// with the numbers of the networks' metadata, and a burst from the threshold on. noise(snr), the
/// odds that noise alone made such a peak, are 10 at S/N 6 and fall like a Gaussian: 0.015 at 7.
void pass_verdict(const Networks& networks, double detector_logit, double classifier_logit,
                  Candidate& candidate);

}  // namespace draftstream
