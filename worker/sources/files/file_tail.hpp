#pragma once
// FileTail: lines of files as LogEntry. See docs/sources.md, "Log files". Which files and which
// lines is TailSet's; here are the inotify watches, the poll that stands in for them, and the state
// file.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "worker/net/loop_handles.hpp"
#include "worker/sources/builtin_source.hpp"
#include "worker/sources/files/file_tail_options.hpp"
#include "worker/sources/files/tail_set.hpp"

namespace ringside {

class FileTail final : public BuiltinSource {
 public:
  FileTail(const SourceContext& context, FileTailOptions options);

  [[nodiscard]] std::string_view name() const noexcept override { return "files"; }
  [[nodiscard]] Status start() override;
  void stop() override;

 private:
  struct Watched {
    std::uint64_t inode = 0;
    std::unique_ptr<DirectoryWatch> watch;
  };

  void on_change(bool names_changed);
  void on_poll();
  void turn();
  void emit_lines(const std::function<void(const TailSink&)>& read);
  void renew_watches();
  void save_state();
  void add_details(Json& details) const override;

  TailSet set_;
  std::string state_path_;
  std::string saved_state_;
  std::unique_ptr<LoopTimer> next_turn_;
  std::unique_ptr<LoopTimer> poll_;
  std::map<std::string, Watched> watches_;
  bool must_scan_ = true;
  bool waits_to_join_ = false;  // next_turn_ is for a message that may continue, not for a change
  unsigned n_polls_ = 0;
};

// The LogEntry of one line.
[[nodiscard]] SourceEvent make_file_event(const TailedLine& tailed, WallTime received);

}  // namespace ringside
