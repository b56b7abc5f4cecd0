// Sums over the runs of a process.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/search_counts.hpp"
#include "ingest/packets/packet_report.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

struct RunReport;

struct RunTotals {
  std::map<int, SearchCounts> beams;  ///< By number; 0 for those that have none.
  std::uint64_t packets = 0;          ///< Datagrams that were taken.
  /// Packets whose data are not in the spectra, by reason; empty where there are no packets.
  std::map<std::string, std::uint64_t> packets_dropped;
  InjectionSummary injections;  ///< Counts only.
  DumpSummary dumps;

  void add(const RunReport& run);

 private:
  void add(const PacketReport& report);
};

}  // namespace draftstream
