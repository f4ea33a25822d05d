// Each reason for finding nothing gets the advice that helps.
#include "cli/run_dir_hint.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using ringside::cli::run_dir_hint;

RS_TEST(without_a_ring_the_option_is_named) {
  const test::TempDir dir;
  const std::string hint = run_dir_hint(dir / "none");
  RS_EXPECT(hint.find("nothing runs in " + (dir / "none")) != std::string::npos);
  RS_EXPECT(hint.find("--run-dir DIR") != std::string::npos);
}

RS_TEST(the_run_directory_of_a_clone_is_found) {
  const test::TempDir dir;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  std::filesystem::create_directory(".run");
  std::ofstream(".run/ring") << "x";
  const std::string hint = run_dir_hint("/run/ringside-of-this-test");
  const std::string own = run_dir_hint(".run");
  std::filesystem::current_path(before);
  RS_EXPECT(hint.ends_with(", such as .run"));
  RS_EXPECT_EQ(own, "; is ringsided running?");
}

RS_TEST(without_the_right_to_look_the_users_are_named) {
  if (::geteuid() == 0) {
    return;  // root may always
  }
  const test::TempDir dir;
  std::filesystem::permissions(dir.write("ring", "x"), std::filesystem::perms::none);
  RS_EXPECT(run_dir_hint(dir.path().string()).find("ringside-web") != std::string::npos);
}
