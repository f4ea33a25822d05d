// Socket files: stale, in use, and one's own.
#include "worker/net/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;
using ringside::test::TempDir;

// A socket file whose process is gone: bound, and closed without being removed.
void leave_stale(const std::string& path, int type) {
  UnixSocket bound = RS_UNWRAP(UnixSocket::bind(path, type, 0600));
  std::filesystem::rename(path, path + ".kept");  // so that close() does not find it
  bound.close();
  std::filesystem::rename(path + ".kept", path);
}

RS_TEST(the_file_has_its_mode_and_goes_with_the_socket) {
  const TempDir dir;
  const std::string path = dir / "s";
  {
    const UnixSocket bound = RS_UNWRAP(UnixSocket::bind(path, SOCK_STREAM, 0622));
    struct stat found {};
    RS_EXPECT_EQ(::stat(path.c_str(), &found), 0);
    RS_EXPECT_EQ(found.st_mode & 0777U, 0622u);
  }
  RS_EXPECT(!std::filesystem::exists(path));
}

// The run directory of a packaged system belongs to the group of the web server.
RS_TEST(the_file_has_the_group_of_the_process_in_a_directory_that_passes_its_own_on) {
  if (::geteuid() != 0) {
    return;  // only root can give a directory to any group
  }
  const TempDir dir;
  RS_EXPECT_EQ(::chown((dir / "").c_str(), 0, ::getegid() + 1), 0);
  RS_EXPECT_EQ(::chmod((dir / "").c_str(), 02711), 0);
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const UnixSocket bound = RS_UNWRAP(UnixSocket::bind(dir / "s", type, 0660));
    struct stat found {};
    RS_EXPECT_EQ(::stat((dir / "s").c_str(), &found), 0);
    RS_EXPECT_EQ(found.st_gid, ::getegid());
  }
}

RS_TEST(a_stale_file_is_replaced) {
  const TempDir dir;
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const std::string path = dir / "s";
    leave_stale(path, type);
    RS_EXPECT(std::filesystem::exists(path));
    RS_EXPECT_OK(UnixSocket::bind(path, type, 0600));
  }
}

RS_TEST(one_in_use_is_left_alone_and_its_process_named) {
  const TempDir dir;
  const std::string path = dir / "s";
  const UnixSocket first = RS_UNWRAP(UnixSocket::bind(path, SOCK_STREAM, 0600));
  const auto second = UnixSocket::bind(path, SOCK_STREAM, 0600);
  RS_EXPECT(!second);
  RS_EXPECT_CONTAINS(second.error().message, "is in use by process " + std::to_string(::getpid()));
  RS_EXPECT(std::filesystem::exists(path));

  const std::string datagrams = dir / "d";
  const UnixSocket third = RS_UNWRAP(UnixSocket::bind(datagrams, SOCK_DGRAM, 0600));
  RS_EXPECT_CONTAINS(UnixSocket::bind(datagrams, SOCK_DGRAM, 0600).error().message, "in use");
  RS_EXPECT_CONTAINS(UnixSocket::bind(datagrams, SOCK_STREAM, 0600).error().message, "in use");
}

RS_TEST(what_is_no_socket_is_left_alone) {
  const TempDir dir;
  const std::string path = dir.write("s", "precious");
  RS_EXPECT_CONTAINS(UnixSocket::bind(path, SOCK_STREAM, 0600).error().message, "is not a socket");
  RS_EXPECT_EQ(ringside::test::read_file(path), "precious");
}

RS_TEST(a_file_that_another_put_there_is_not_removed) {
  const TempDir dir;
  const std::string path = dir / "s";
  UnixSocket bound = RS_UNWRAP(UnixSocket::bind(path, SOCK_STREAM, 0600));
  std::filesystem::remove(path);
  dir.write("s", "another's");
  bound.close();
  RS_EXPECT(std::filesystem::exists(path));
}

RS_TEST(a_path_too_long_is_told) {
  RS_EXPECT_CONTAINS(
      UnixSocket::bind("/" + std::string(120, 'x'), SOCK_STREAM, 0600).error().message,
      "107 bytes");
}

RS_TEST(an_adopted_socket_stays_when_it_is_closed) {
  const TempDir dir;
  const std::string path = dir / "s";
  UnixSocket original = RS_UNWRAP(UnixSocket::bind(path, SOCK_STREAM, 0600));
  {
    const UnixSocket adopted =
        RS_UNWRAP(UnixSocket::adopt(UniqueFd(::dup(original.fd())), SOCK_STREAM));
    RS_EXPECT_LE(0, adopted.fd());
  }
  RS_EXPECT(std::filesystem::exists(path));
  RS_EXPECT(!UnixSocket::adopt(UniqueFd(::dup(original.fd())), SOCK_DGRAM));
  RS_EXPECT(!UnixSocket::adopt(UniqueFd(::dup(0)), SOCK_STREAM));
}

}  // namespace
