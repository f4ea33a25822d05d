#pragma once
// Source: a built-in producer inside the worker (host metrics, files, syslog, ...). To write one:
// derive from BuiltinSource, open handles on `context.loop` in start() (worker/net has them), call
// emit() for each event, and add a row to source_list.hpp.
//
// Threads: the worker's loop thread only. A source never blocks the loop: bounded work for each
// callback, then the next turn.

#include <sys/types.h>
#include <uv.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/config/binding.hpp"

namespace ringside {

// Where sources put their events: the same pipeline that events.sock ends in (schema, redaction,
// stamp, ring).
class Sink {
 public:
  virtual ~Sink() = default;
  // `data` and `metadata` are objects (`metadata` may be absent). Without `timestamp` the time of
  // receipt is stamped. Returns false when the event was refused; it is counted and shown by
  // `ringside tail --rejected` already.
  virtual bool emit(std::string_view event_type, const Json& data, const Json& metadata,
                    std::string_view timestamp = {}) = 0;
  // Something went wrong in a source itself; counted as ringside_source_errors_total. The source
  // logs what.
  virtual void count_error() = 0;
};

struct SourceContext {
  uv_loop_t& loop;
  const Clock& clock;
  Sink& sink;
  std::string run_dir;  // for a source's own state (file positions, cursors)
  mode_t socket_mode;   // events.socket_mode: for each Unix socket that a source creates
};

class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "host_metrics"
  // Opens what it needs. A failure is logged and leaves the worker running without this source.
  [[nodiscard]] virtual Status start() = 0;
  // Closes its handles and saves its state. Handles live in memory of their own that their close
  // callbacks free, so that the source may be destroyed as soon as this returns.
  virtual void stop() = 0;
};

// The sources that `values` (WorkerOptions::source_values) asks for, not started yet (registry.cpp).
// A reload that changes `values` stops all sources and makes them again.
[[nodiscard]] std::vector<std::unique_ptr<Source>> make_sources(const SourceContext& context,
                                                                const OptionValues& values);

}  // namespace ringside
