#pragma once
// What `ringside check` finds, as it prints it, and whose files it looks at. Threads: one.

#include <cstddef>
#include <optional>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/file_access.hpp"
#include "cli/terminal.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {

class Findings {
 public:
  void error(const std::string& where, const std::string& what) {
    ++n_errors_;
    say(Color::kRed, "error", where, what);
  }
  void fine(const std::string& where, const std::string& what) {
    say(Color::kGreen, "ok", where, what);
  }
  // Something that works and may not be what is wanted.
  void note(const std::string& where, const std::string& what) {
    say(Color::kYellow, "note", where, what);
  }
  [[nodiscard]] int exit_code() const { return n_errors_ == 0 ? kOk : kBadResult; }
  [[nodiscard]] std::size_t n_errors() const { return n_errors_; }

  // The user who has to read the files that the web server names, where that is another than the one who checks.
  std::optional<FileReader> reader;
  // Why that user cannot read `path`; empty: it can, or nobody knows who it is.
  [[nodiscard]] std::string access_fault(const std::string& path) const {
    return reader ? reader->fault(path) : std::string();
  }

 private:
  static void say(Color color, const std::string& kind, const std::string& where,
                  const std::string& what) {
    constexpr std::size_t kColumn = 7;
    (void)print(paint(1, color, kind) + std::string(kColumn - kind.size(), ' ') +
                escape_controls(where) + ": " + escape_controls(what) + "\n");
  }

  std::size_t n_errors_ = 0;
};

}  // namespace ringside::cli
