#pragma once
// Journald: the systemd journal of this machine as LogEntry. See docs/sources.md, "The systemd
// journal". parse_journal_entry() parses an entry; this class follows the journal.

#include <memory>

#include "worker/net/fd_watch.hpp"
#include "worker/net/loop_handles.hpp"
#include "worker/sources/builtin_source.hpp"
#include "worker/sources/journald/journald_options.hpp"

namespace ringside {

class Journald final : public BuiltinSource {
 public:
  // `directory`: a journal elsewhere, for tests; empty for the machine's.
  explicit Journald(const SourceContext& context, std::string directory = {});
  ~Journald() override;
  Journald(const Journald&) = delete;
  Journald& operator=(const Journald&) = delete;

  [[nodiscard]] std::string_view name() const noexcept override { return "journald"; }
  [[nodiscard]] Status start() override;
  void stop() override;

 private:
  struct Journal;
  [[nodiscard]] bool open_journal();
  void go_to_start();
  void turn();
  void save_cursor();
  void add_details(Json& details) const override;

  std::string directory_;
  std::string cursor_path_;
  std::string cursor_;
  std::string saved_cursor_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<LoopTimer> poll_;
  std::unique_ptr<LoopTimer> next_turn_;
  WallTime started_at_;
  bool found_none_at_start_ =
      false;  // for a journal: all entries of one found later came after the start
  std::uint64_t n_entries_ = 0;
  std::uint64_t n_left_out_ = 0;
};

}  // namespace ringside
