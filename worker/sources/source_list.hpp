#pragma once
// The built-in sources, one row each: the struct of a source's options, which also has their table
// and makes the source. Their order is that of ringside.toml.
//
// To add a source: a folder with NAME_options.hpp (see syslog/syslog_options.hpp) and the source
// itself (see source.hpp), and a row here. Loader, `ringside check`, the default file, the manual
// page and reloads follow.

#include <tuple>

#include "worker/sources/files/file_tail_options.hpp"
#include "worker/sources/host/host_metrics_options.hpp"
#include "worker/sources/journald/journald_options.hpp"
#include "worker/sources/statsd/statsd_options.hpp"
#include "worker/sources/syslog/syslog_options.hpp"

namespace ringside {

using SourceList = std::tuple<HostMetricsOptions,  //
                              FileTailOptions,     //
                              SyslogOptions,       //
                              StatsdOptions,       //
                              JournaldOptions>;

}  // namespace ringside
