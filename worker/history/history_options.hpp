#pragma once
// The options of [history], and the place in the run directory where readers find it.

#include <string>

#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"
#include "worker/history/history_keeper.hpp"

namespace ringside {

// `options` is valid, with history_dir set.
[[nodiscard]] HistoryOptions history_options_of(const WorkerOptions& options);

// Makes RUN_DIR/history a symbolic link to `dir`, in place of what was there; removes it when `dir` is empty. Readers look
// for segments there, so only the worker needs the option.
[[nodiscard]] Status link_history(const std::string& run_dir, const std::string& dir);

}  // namespace ringside
