// A file and not the control segment: what a source has to say is text and differs from one to the
// next, and nobody reads it more often than a person looks.
#include "worker/sources/sources_status.hpp"

#include <unistd.h>

#include "core/base/log.hpp"
#include "worker/sources/files/state_file.hpp"

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kEvery(2000);

}  // namespace

SourcesStatus::SourcesStatus(const SourceContext& context,
                             std::vector<const BuiltinSource*> sources)
    : context_(context), sources_(std::move(sources)), path_(context.run_dir + "/sources.json") {}

Status SourcesStatus::start() {
  timer_ = std::make_unique<LoopTimer>(&context_.loop, [this] { write(); });
  timer_->start(std::chrono::milliseconds(0), kEvery);
  return {};
}

void SourcesStatus::stop() {
  timer_.reset();
  ::unlink(path_.c_str());
}

void SourcesStatus::write() {
  Json sources = Json::array();
  for (const auto* source : sources_) {
    sources.append(source->describe());
  }
  std::string text = sources.dump();
  if (text == written_) {
    return;
  }
  Json whole = Json::object();
  whole.set("version", 1)
      .set("updated", format_rfc3339(context_.clock.wall_now()))
      .set("pid", std::int64_t{::getpid()})
      .set("sources", sources);
  if (const auto done = write_state_file(path_, whole.dump() + "\n"); !done) {
    log::warn("sources_status: {}", done.error().message);
    return;
  }
  written_ = std::move(text);
}

}  // namespace ringside
