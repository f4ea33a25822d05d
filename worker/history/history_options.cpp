// A link that is replaced has another name first: a reader never finds it missing in between.
#include "worker/history/history_options.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "core/config/option.hpp"

namespace ringside {
namespace {

constexpr std::chrono::seconds kBatchInterval{1};  // of events that wait for no acknowledgement

}  // namespace

HistoryOptions history_options_of(const WorkerOptions& options) {
  HistoryOptions out{options.history_dir, options.history_bytes, options.history_age,
                     kBatchInterval, options.history_sync == "batch"};
  OptionSpec time;
  time.type = OptionType::kDuration;
  time.max = INT64_MAX;
  if (!out.sync_each_batch) {
    if (const auto parsed = parse_option(time, options.history_sync)) {
      out.sync_interval = std::chrono::milliseconds(parsed->number);
    }
  }
  return out;
}

Status link_history(const std::string& run_dir, const std::string& dir) {
  const std::string path = run_dir + "/history";
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) {
    return fail("cannot make the link " + path + ": something else has that name");
  }
  if (dir.empty()) {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? Status()
                                                          : fail_errno("cannot remove " + path);
  }
  const std::string fresh = path + ".new";
  (void)::unlink(fresh.c_str());
  if (::symlink(dir.c_str(), fresh.c_str()) != 0 || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail_errno("cannot make the link " + path);
  }
  return {};
}

}  // namespace ringside
