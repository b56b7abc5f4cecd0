// Candidates and events that are functions of their index.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "publishers/event_maker.hpp"

namespace draftstream::test {

inline constexpr const char* session_a = "01234567-89ab-4cde-8f01-23456789abcd";
inline constexpr const char* session_b = "fedcba98-7654-4321-8fed-cba987654321";

/// 64 channels of 1 MHz below 1500 MHz, 0.25 ms, 2018-04-17T13:18:31.123456789Z.
inline Observation sample_observation() {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, 64};
  observation.time = TimeAxis{{58225, 47911.123456789}, Seconds{0.00025}};
  observation.samples = 400'000;
  observation.telescope = "Parkes";
  observation.source_name = "FRB 180417";
  observation.ra_deg = 188.5;
  observation.dec_deg = -14.25;
  observation.beam = 7;
  observation.stored_bits = 2;
  return observation;
}

inline EventContext sample_context() {
  EventContext context;
  context.site = "parkes";
  context.instrument = "bpsr";
  context.instance = "1";
  context.session = session_a;
  context.observation = sample_observation();
  context.software.version = "0.1.0";
  return context;
}

inline Candidate sample_candidate(std::uint64_t index) {
  const auto i = static_cast<double>(index);
  Candidate candidate;
  candidate.snr = 8.0 + 0.1 * i;
  candidate.dm = DispersionMeasure{474.8 + i / 3.0};
  candidate.dm_uncertainty = DispersionMeasure{0.7};
  candidate.trial_step = DispersionMeasure{1.5};
  candidate.toa = Seconds{2.028125 + 0.1 * i};
  candidate.toa_uncertainty = Seconds{0.0004};
  candidate.sample_index = 8112 + 400 * index;
  candidate.first_sample = candidate.sample_index - 4;
  candidate.boxcar_samples = 8 + static_cast<std::uint32_t>(index % 5);
  candidate.members = 17 + static_cast<std::uint32_t>(index);
  candidate.frac_missing = 0.125;
  candidate.frac_masked = 0.03125;
  return candidate;
}

/// Event number `seq` of a session.
inline Event sample_event(std::uint64_t seq, const std::string& session = session_a) {
  EventContext context = sample_context();
  context.session = session;
  context.first_seq = seq;
  return EventMaker{context}.make(sample_candidate(seq));
}

/// Waits for something that other threads bring about; false if it does not come.
template <class Predicate>
bool eventually(const Predicate& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace draftstream::test
