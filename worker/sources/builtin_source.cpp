// Refused events are counted here too, though the pipeline counts them: the author of a log line that
// no schema takes wants to know from which source it came.
#include "worker/sources/builtin_source.hpp"

#include "core/base/log.hpp"

namespace ringside {

void BuiltinSource::emit(const SourceEvent& event) {
  const bool taken = context_.sink.emit(event.type, event.data, event.metadata, event.timestamp);
  ++(taken ? n_events_ : n_refused_);
}

void BuiltinSource::report_error(const std::string& what) {
  ++n_errors_;
  context_.sink.count_error();
  if (what != last_error_) {
    last_error_ = what;
    log::warn("{}: {}", name(), what);
  }
}

Json BuiltinSource::describe() const {
  Json details = Json::object();
  add_details(details);
  Json out = Json::object();
  out.set("name", name())
      .set("state", state_)
      .set("events", n_events_)
      .set("refused", n_refused_)
      .set("errors", n_errors_);
  if (!last_error_.empty()) {
    out.set("last_error", last_error_);
  }
  out.set("details", details);
  return out;
}

}  // namespace ringside
