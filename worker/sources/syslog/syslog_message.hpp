#pragma once
// One syslog message as programs on this machine send it to a socket: RFC 5424, or the older form
// of RFC 3164 with or without a host name, as glibc's syslog() and util-linux' logger write them.
// An octet count before it, a BOM before its text, a NUL or newline at its end are taken off.
//
// A message that is neither becomes a LogLine with the whole text and details.malformed saying why:
// nothing is lost.
//
// Threads: pure functions, but for the time zone of RFC 3164 stamps (TZ of the process). Source:
// RFC 5424 section 6, RFC 3164 section 4, RFC 6587 section 3.4.1.

#include <string_view>

#include "core/base/time.hpp"
#include "worker/sources/files/log_line.hpp"

namespace ringside {

// level and details.severity from the severity; component from tag or app-name (the facility where
// there is none); details: facility, severity, pid, hostname, msgid, structured_data. `at` is the
// message's own time in RFC 5424; an RFC 3164 stamp has no time zone and mostly whole seconds, so it
// counts only when it is not of this moment, in whatever time zone. One for a day that does not exist
// does not count.
[[nodiscard]] LogLine parse_syslog(std::string_view datagram, WallTime received);

// "kern" ... "local7"; empty for anything but 0 to 23.
[[nodiscard]] std::string_view syslog_facility_name(int facility) noexcept;

}  // namespace ringside
