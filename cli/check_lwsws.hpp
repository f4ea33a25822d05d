#pragma once
// What `ringside check` finds in one file of lwsws' configuration, and how it reports.

#include <cstddef>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {

class Findings {
 public:
  void error(const std::string& where, const std::string& what) {
    ++n_errors_;
    (void)print(paint(1, Color::kRed, "error") + "  " + escape_controls(where) + ": " +
                escape_controls(what) + "\n");
  }
  void fine(const std::string& where, const std::string& what) {
    (void)print(paint(1, Color::kGreen, "ok") + "     " + escape_controls(where) + ": " +
                escape_controls(what) + "\n");
  }
  // Something that works and may not be what is wanted.
  void note(const std::string& where, const std::string& what) {
    (void)print(paint(1, Color::kYellow, "note") + "   " + escape_controls(where) + ": " +
                escape_controls(what) + "\n");
  }
  [[nodiscard]] int exit_code() const { return n_errors_ == 0 ? kOk : kBadResult; }
  [[nodiscard]] std::size_t n_errors() const { return n_errors_; }

 private:
  std::size_t n_errors_ = 0;
};

// Facts about TLS that only all files together show.
struct TlsUse {
  std::string off_at;  // where it is off for all; empty: it is not
  bool is_used = false;
};

// Options, keys, certificates and mounts of the virtual hosts in the file; `text` is what is in it.
void check_lwsws(const std::string& path, const std::string& text, Findings& findings, TlsUse& tls);

}  // namespace ringside::cli
