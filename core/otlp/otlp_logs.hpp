#pragma once
// A log record of OTLP as a LogEntry.  Threads: pure.

#include <opentelemetry/proto/logs/v1/logs.pb.h>

#include "core/otlp/otlp_value.hpp"

namespace ringside::otlp {

[[nodiscard]] Json log_event(const opentelemetry::proto::logs::v1::LogRecord& record,
                             OtlpEncoding encoding, const Context& context);

}  // namespace ringside::otlp
