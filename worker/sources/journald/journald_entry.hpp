#pragma once
// Parses an entry of the systemd journal as a LogEntry. No journal is needed here: an entry is
// its fields.
//
// Threads: pure functions. Source: systemd.journal-fields(7).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "worker/sources/files/log_line.hpp"

namespace ringside {

struct JournalEntry {
  std::vector<std::pair<std::string, std::string>>
      fields;         // names as the journal has them; values may contain any byte
  WallTime received;  // __REALTIME_TIMESTAMP
};

// PRIORITY gives the level, SYSLOG_IDENTIFIER (else _COMM, else the unit) the component,
// _SOURCE_REALTIME_TIMESTAMP the time; details: unit, pid, uid, facility, severity, hostname,
// transport, message_id, and the fields of the program's own in lower case. Nothing for an entry
// without MESSAGE, and for messages of Ringside's own services below a notice: an event
// that made a log line that made an event would never end.
[[nodiscard]] std::optional<LogLine> parse_journal_entry(const JournalEntry& entry);

}  // namespace ringside
