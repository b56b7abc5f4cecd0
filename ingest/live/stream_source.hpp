// A live source of bytes: a header, then samples, until the stream ends.
#pragma once

#include <memory>

#include "ingest/live/live_options.hpp"
#include "ingest/live/stream_url.hpp"
#include "ingest/live_source.hpp"

namespace draftstream {

/// Reads SIGPROC headers, and spectra into the ring as they arrive, each observation a stream of
/// its own. Nothing is queued: what the ring has no room for stays with the sender.
///
/// A stream that is no observation is refused by an InputError where it is the only one; where
/// others may follow (a FIFO, a listener), its sentence goes to the notes, and the next one is
/// waited for. One that breaks off ends its observation, which is noted, too.
///
/// Threads: one at a time; stop() from any. A ring that is stopped ends feed() only once bytes
/// arrive: stop both.
/// @throws MissingInput, ConfigError  as open_byte_streams().
std::unique_ptr<OneBeamSource> make_stream_source(const StreamUrl& url, LiveOptions options);

}  // namespace draftstream
