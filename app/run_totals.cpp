#include "app/run_totals.hpp"

#include "app/run_monitor.hpp"

namespace draftstream {

void RunTotals::add(const PacketReport& report) {
  const PacketCounts& counts = report.counts;
  packets += counts.datagrams;
  packets_dropped["kernel"] += report.kernel_drops;
  packets_dropped["late"] += counts.late;
  packets_dropped["duplicate"] += counts.duplicate_pieces;
  packets_dropped["invalid"] += counts.refused_in_all() + report.truncated;
  packets_dropped["wrong_stream"] += counts.wrong_stream;
  packets_dropped["far_future"] += counts.far_future;
  packets_dropped["stray"] += counts.stray;
}

void RunTotals::add(const RunReport& run) {
  for (const BeamReport& beam : run.beams) beams[beam.beam.value_or(0)] += beam.counts;
  if (run.packets) add(*run.packets);
  if (run.injections) {
    injections.made += run.injections->made;
    injections.found += run.injections->found;
    injections.missed += run.injections->missed;
    injections.left_out += run.injections->left_out;
  }
  if (run.dumps) {
    dumps.complete += run.dumps->complete;
    dumps.truncated += run.dumps->truncated;
    dumps.missed += run.dumps->missed;
    dumps.failed += run.dumps->failed;
    dumps.bytes += run.dumps->bytes;
  }
}

}  // namespace draftstream
