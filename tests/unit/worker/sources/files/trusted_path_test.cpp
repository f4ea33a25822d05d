// Links in followed directories.
#include "worker/sources/files/trusted_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;

constexpr uid_t kNobody = 65534;

bool opens(const std::string& path, std::size_t trusted) {
  return open_trusted(path, trusted).has_value();
}

RS_TEST(the_literal_part_of_a_glob_ends_before_its_first_wildcard) {
  RS_EXPECT_EQ(literal_bytes("/var/log/*.log"), 8u);
  RS_EXPECT_EQ(literal_bytes("/srv/*/log/a.log"), 4u);
  RS_EXPECT_EQ(literal_bytes("/var/log/a.log"), 14u);
  RS_EXPECT_EQ(literal_bytes("*.log"), 0u);
}

RS_TEST(ordinary_files_are_opened) {
  test::TempDir dir;
  const std::string path = dir.write("a.log", "x");
  RS_EXPECT(opens(path, path.rfind('/')));
  RS_EXPECT(opens(path, path.size()));
  RS_EXPECT(!opens(dir / "none.log", path.rfind('/')));
}

RS_TEST(a_link_is_followed_only_when_nobody_else_could_have_put_it_there) {
  if (::geteuid() != 0) {
    return;  // only root can make links of others
  }
  test::TempDir dir;
  const std::string secret = dir.write("secret", "x");
  std::filesystem::create_directory(dir / "logs");
  const std::string logs = dir / "logs";
  const auto link = [&](const std::string& target, const std::string& name) {
    RS_EXPECT_EQ(::symlink(target.c_str(), (logs + "/" + name).c_str()), 0);
    return logs + "/" + name;
  };
  const std::string own = link(secret, "own.log");
  RS_EXPECT(opens(own, logs.size()));  // root's link in root's directory
  RS_EXPECT_EQ(::chown(logs.c_str(), kNobody, kNobody), 0);
  RS_EXPECT(!opens(own, logs.size()));  // nobody could replace it
  const std::string theirs = link(secret, "theirs.log");
  RS_EXPECT_EQ(::lchown(theirs.c_str(), kNobody, kNobody), 0);
  RS_EXPECT(!opens(theirs, logs.size()));
  RS_EXPECT(!opens(theirs, theirs.size()));  // also where the operator wrote its name
  RS_EXPECT(opens(own, own.size()));         // the operator's own link, named
  const std::string mine = dir.write("mine", "x");
  RS_EXPECT_EQ(::chown(mine.c_str(), kNobody, kNobody), 0);
  const std::string to_mine = link(mine, "mine.log");
  RS_EXPECT_EQ(::lchown(to_mine.c_str(), kNobody, kNobody), 0);
  RS_EXPECT(opens(to_mine, logs.size()));  // reads what its owner may read
}

RS_TEST(a_directory_on_the_way_is_held_to_the_same) {
  if (::geteuid() != 0) {
    return;
  }
  test::TempDir dir;
  std::filesystem::create_directories(dir / "apps/one");
  std::filesystem::create_directories(dir / "etc");
  dir.write("etc/a.log", "x");
  const std::string apps = dir / "apps";
  const std::string link = apps + "/one/log";
  RS_EXPECT_EQ(::symlink((dir / "etc").c_str(), link.c_str()), 0);
  RS_EXPECT_EQ(::lchown(link.c_str(), kNobody, kNobody), 0);
  RS_EXPECT_EQ(::chown((apps + "/one").c_str(), kNobody, kNobody), 0);
  RS_EXPECT(!opens(link + "/a.log", apps.size()));
}

}  // namespace
