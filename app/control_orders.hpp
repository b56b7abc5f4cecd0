// Orders to a run that is going on, as operators write them; docs/interfaces/control.md.
#pragma once

#include "app/control_fields.hpp"
#include "app/run_orders.hpp"

namespace draftstream {

/// Of {"op":"dump", "from_s":-10, "to_s":0, "beam":3}; each end as _sample, _utc or _s.
/// @throws UsageError naming the field, what was found and what was expected.
DumpOrder parse_dump_order(const ControlJson& request);

/// Of {"op":"inject", "dm":300, "snr":20, "width_ms":4, "beam":3}.
/// @throws UsageError naming the field, what was found and what was expected.
InjectionOrder parse_injection_order(const ControlJson& request);

/// Adds where it will be.
void describe(const OrderedDump& dump, ControlJson& answer);
void describe(const OrderedInjection& injection, ControlJson& answer);

}  // namespace draftstream
