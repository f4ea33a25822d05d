// Colours are for terminals only, and NO_COLOR takes them away there too. A pseudo-terminal plays
// the terminal.
#include "cli/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

struct Terminal {
  Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY)) {
    RS_EXPECT(master.valid());
    RS_EXPECT_EQ(::grantpt(master.get()), 0);
    RS_EXPECT_EQ(::unlockpt(master.get()), 0);
    slave = UniqueFd(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY));
    RS_EXPECT(slave.valid());
    ::unsetenv("NO_COLOR");
    ::setenv("TERM", "xterm", 1);
  }
  UniqueFd master;
  UniqueFd slave;
};

}  // namespace

RS_TEST(a_terminal_gets_colours_and_a_pipe_does_not) {
  const Terminal terminal;
  RS_EXPECT(has_colors(terminal.slave.get()));
  RS_EXPECT_EQ(paint(terminal.slave.get(), Color::kRed, "x"), "\x1b[31mx\x1b[0m");
  RS_EXPECT_EQ(paint(terminal.slave.get(), Color::kPlain, "x"), "x");
  int ends[2];
  RS_EXPECT_EQ(::pipe(ends), 0);
  const UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  RS_EXPECT(!has_colors(writing.get()));
  RS_EXPECT_EQ(paint(writing.get(), Color::kRed, "x"), "x");
}

RS_TEST(no_color_and_a_dumb_terminal_mean_plain_text) {
  const Terminal terminal;
  ::setenv("NO_COLOR", "1", 1);
  RS_EXPECT(!has_colors(terminal.slave.get()));
  ::setenv("NO_COLOR", "", 1);  // empty counts as unset (no-color.org)
  RS_EXPECT(has_colors(terminal.slave.get()));
  ::setenv("TERM", "dumb", 1);
  RS_EXPECT(!has_colors(terminal.slave.get()));
}
