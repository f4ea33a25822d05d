// What brings events, or keys, without being asked: it starts and stops with the worker, and a reload may change it.
#include "core/base/log.hpp"
#include "worker/daemon.hpp"
#include "worker/sources/source_options.hpp"

namespace ringside {

void Daemon::start_sources() {
  sources_ = make_sources({loop_, system_clock(), *pipeline_, options_.run_dir, socket_mode()},
                          options_.source_values);
  for (const auto& source : sources_) {
    if (auto started = source->start(); !started) {
      pipeline_->count_error();
      log::error("source {}: {}", source->name(), started.error().message);
    }
  }
}

// At each start and reload; nothing happens when nothing has changed.
void Daemon::start_jwks() {
  JwksOptions wanted{
      options_.jwks_uri,
      options_.jwks_file.empty() ? options_.run_dir + "/jwks.json" : options_.jwks_file,
      options_.jwks_ca_file, options_.jwks_interval};
  if (jwks_ != nullptr && jwks_->options() == wanted) {
    return;
  }
  jwks_.reset();
  if (!wanted.uri.empty()) {
    jwks_ = std::make_unique<JwksUpdater>(&loop_, std::move(wanted), [this](bool good) {
      control_->add(good ? Counter::kJwksFetched : Counter::kJwksFailed);
    });
    jwks_->start();
  }
}

void Daemon::stop_sources() {
  for (const auto& source : sources_) {
    source->stop();
  }
  sources_.clear();
}

}  // namespace ringside
