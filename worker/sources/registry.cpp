// Which sources there are. A new one is a file of its own and a line here.
#include "worker/sources/files/file_tail.hpp"
#include "worker/sources/host/host_metrics.hpp"
#include "worker/sources/journald/journald.hpp"
#include "worker/sources/source.hpp"
#include "worker/sources/sources_status.hpp"
#include "worker/sources/statsd/statsd.hpp"
#include "worker/sources/syslog/syslog.hpp"

namespace ringside {

std::vector<std::unique_ptr<Source>> make_sources(const SourceContext& context) {
  const WorkerOptions& options = context.options;
  std::vector<std::unique_ptr<BuiltinSource>> builtin;
  if (options.host_metrics) {
    builtin.push_back(std::make_unique<HostMetrics>(context));
  }
  if (!options.log_files.empty()) {
    builtin.push_back(std::make_unique<FileTail>(context));
  }
  if (!options.syslog_socket.empty()) {
    builtin.push_back(std::make_unique<Syslog>(context));
  }
  if (!options.statsd_listen.empty()) {
    builtin.push_back(std::make_unique<Statsd>(context));
  }
  if (options.journald) {
    builtin.push_back(std::make_unique<Journald>(context));
  }
  std::vector<const BuiltinSource*> described;
  std::vector<std::unique_ptr<Source>> sources;
  for (auto& source : builtin) {
    described.push_back(source.get());
    sources.push_back(std::move(source));
  }
  sources.push_back(std::make_unique<SourcesStatus>(context, std::move(described)));
  return sources;
}

}  // namespace ringside
