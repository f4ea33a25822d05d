// Files that several processes map: whole or not at all.
#include "core/shm/shared_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using ringside::test::TempDir;

RS_TEST(a_created_file_has_its_mode_and_zero_bytes_and_its_name_only_when_published) {
  const TempDir dir;
  const std::string path = dir / "f";
  const SharedFile file = RS_UNWRAP(create_shared_file(path, 8192, 0640));
  RS_EXPECT(!std::filesystem::exists(path));
  RS_EXPECT_EQ(file.mapping.size(), 8192u);
  RS_EXPECT(std::all_of(file.mapping.data(), file.mapping.data() + 8192,
                        [](std::byte b) { return b == std::byte{0}; }));
  RS_EXPECT_OK(publish_shared_file(path));
  struct stat status {};
  RS_EXPECT_EQ(::stat(path.c_str(), &status), 0);
  RS_EXPECT_EQ(status.st_mode & 0777u, 0640u);
  RS_EXPECT_GE(status.st_blocks, 16);  // allocated, not sparse
  const auto found = RS_UNWRAP(find_shared_file(path));
  RS_EXPECT(found.has_value());
  RS_EXPECT_EQ(found->n_bytes, 8192u);
}

RS_TEST(what_a_killed_process_left_is_replaced) {
  const TempDir dir;
  dir.write("f.new", "half");
  RS_EXPECT_OK(create_shared_file(dir / "f", 4096, 0600));
  RS_EXPECT_OK(publish_shared_file(dir / "f"));
  RS_EXPECT_EQ(std::filesystem::file_size(dir / "f"), 4096u);
}

RS_TEST(a_file_that_is_not_wanted_leaves_nothing) {
  const TempDir dir;
  RS_EXPECT_OK(create_shared_file(dir / "f", 4096, 0600));
  discard_shared_file(dir / "f");
  RS_EXPECT(std::filesystem::is_empty(dir.path()));
}

RS_TEST(errors_name_the_file_and_leave_nothing) {
  const TempDir dir;
  RS_EXPECT_CONTAINS(create_shared_file(dir / "none/f", 4096, 0600).error().message, "none/f.new");
  RS_EXPECT_CONTAINS(publish_shared_file(dir / "g").error().message, "cannot rename");
  RS_EXPECT_CONTAINS(create_shared_file(dir / "f", std::size_t{1} << 60U, 0600).error().message,
                     "cannot allocate");
  RS_EXPECT(std::filesystem::is_empty(dir.path()));
}

RS_TEST(only_regular_files_are_found_and_links_are_not_followed) {
  const TempDir dir;
  RS_EXPECT(!RS_UNWRAP(find_shared_file(dir / "none")).has_value());
  RS_EXPECT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  RS_EXPECT_CONTAINS(find_shared_file(dir / "fifo").error().message, "not a regular file");
  const std::string target = dir.write("target", "x");
  std::filesystem::create_symlink(target, dir / "link");
  RS_EXPECT(!find_shared_file(dir / "link"));
}
