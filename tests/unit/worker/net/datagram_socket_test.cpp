#include "worker/net/datagram_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

struct Fixture : test::SourceFixture {
  std::string path = dir / "s";
  std::vector<std::string> got;
  std::optional<Peer> sender;
  bool truncated = false;

  DatagramSocket::Callback callback() {
    return [this](std::span<const Datagram> batch) {
      for (const Datagram& datagram : batch) {
        got.emplace_back(datagram.bytes);
        sender = datagram.sender;
        truncated = datagram.is_truncated;
      }
    };
  }
  Result<std::unique_ptr<DatagramSocket>> open() {
    return DatagramSocket::open_unix(*loop(), path, 0600, callback());
  }
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool send_unix(const std::string& path, std::string_view text) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  const int large = 1 << 20;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
  const sockaddr_un address = address_of(path);
  return ::sendto(fd.get(), text.data(), text.size(), 0,
                  reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) == static_cast<ssize_t>(text.size());
}

}  // namespace

// The run directory of a packaged system belongs to the group of the web server.
RS_TEST(socket_has_the_group_of_the_process_in_a_directory_that_passes_its_own_on) {
  if (::geteuid() != 0) {
    return;  // only root can give a directory to any group
  }
  Fixture f;
  RS_EXPECT_EQ(::chown((f.dir / "").c_str(), 0, ::getegid() + 1), 0);
  RS_EXPECT_EQ(::chmod((f.dir / "").c_str(), 02711), 0);
  const auto socket = RS_UNWRAP(f.open());
  struct stat found {};
  RS_EXPECT_EQ(::stat(f.path.c_str(), &found), 0);
  RS_EXPECT_EQ(found.st_gid, ::getegid());
}

RS_TEST(unix_datagrams_arrive_whole_with_their_sender) {
  Fixture f;
  const auto socket = RS_UNWRAP(f.open());
  RS_EXPECT(send_unix(f.path, "one"));
  RS_EXPECT(send_unix(f.path, ""));
  RS_EXPECT(send_unix(f.path, "two\nlines"));
  RS_RUN_UNTIL(f, f.got.size() == 3);
  RS_EXPECT_EQ(f.got, (std::vector<std::string>{"one", "", "two\nlines"}));
  RS_EXPECT(f.sender.has_value());
  RS_EXPECT_EQ(f.sender->pid, ::getpid());
  RS_EXPECT_EQ(f.sender->uid, ::getuid());
  RS_EXPECT(!f.truncated);
  struct stat st {};
  RS_EXPECT_EQ(::stat(f.path.c_str(), &st), 0);
  RS_EXPECT_EQ(st.st_mode & 0777u, 0600u);
}

RS_TEST(datagram_larger_than_the_limit_is_reported_as_truncated) {
  Fixture f;
  const auto socket = RS_UNWRAP(f.open());
  if (!send_unix(f.path, std::string(DatagramSocket::kMaxBytes + 1000, 'x'))) {
    RS_SKIP("this kernel sends no datagrams as large");
  }
  RS_RUN_UNTIL(f, f.got.size() == 1);
  RS_EXPECT(f.truncated);
  RS_EXPECT_EQ(f.got[0].size(), DatagramSocket::kMaxBytes);
}

RS_TEST(stale_socket_is_replaced_and_removed_at_the_end) {
  Fixture f;
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_DGRAM, 0));
    const sockaddr_un address = address_of(f.path);
    RS_EXPECT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
                 0);
  }
  {
    const auto socket = RS_UNWRAP(f.open());
    RS_EXPECT(send_unix(f.path, "x"));
  }
  RS_EXPECT(!std::filesystem::exists(f.path));
}

RS_TEST(socket_in_use_is_left_alone) {
  Fixture f;
  const auto first = RS_UNWRAP(f.open());
  const auto second = f.open();
  RS_EXPECT(!second.has_value());
  RS_EXPECT_CONTAINS(second.error().message, "is in use by another process");
  RS_EXPECT(send_unix(f.path, "still there"));
  RS_RUN_UNTIL(f, f.got.size() == 1);
}

RS_TEST(file_in_the_way_is_left_alone) {
  Fixture f;
  f.dir.write("s", "precious");
  const auto socket = f.open();
  RS_EXPECT(!socket.has_value());
  RS_EXPECT_CONTAINS(socket.error().message, "is not a socket");
  RS_EXPECT_EQ(test::read_file(f.path), "precious");
}

RS_TEST(socket_that_took_our_place_is_not_removed) {
  Fixture f;
  auto socket = RS_UNWRAP(f.open());
  std::filesystem::remove(f.path);
  f.dir.write("s", "somebody else's");
  socket.reset();
  RS_EXPECT(std::filesystem::exists(f.path));
}

RS_TEST(path_too_long_is_refused_with_its_length) {
  Fixture f;
  f.path = f.dir / std::string(120, 'p');
  const auto socket = f.open();
  RS_EXPECT(!socket.has_value());
  RS_EXPECT_CONTAINS(socket.error().message, "107 bytes");
}

RS_TEST(udp_datagrams_arrive) {
  Fixture f;
  for (const auto* listen : {"127.0.0.1:0", "0", ":0", "localhost:0"}) {
    const auto socket = RS_UNWRAP(DatagramSocket::open_udp(*f.loop(), listen, f.callback()));
    RS_EXPECT(socket->is_local());
    RS_EXPECT_GT(socket->port(), 0);
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(socket->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f.got.clear();
    RS_EXPECT_EQ(::sendto(fd.get(), "a:1|c", 5, 0, reinterpret_cast<const sockaddr*>(&address),
                          sizeof address),
                 5);
    RS_RUN_UNTIL(f, f.got.size() == 1);
    RS_EXPECT_EQ(f.got[0], "a:1|c");
    RS_EXPECT(!f.sender.has_value());
  }
}

RS_TEST(address_that_others_reach_is_told) {
  Fixture f;
  const auto socket = RS_UNWRAP(DatagramSocket::open_udp(*f.loop(), "0.0.0.0:0", f.callback()));
  RS_EXPECT(!socket->is_local());
}

RS_TEST(addresses_that_are_none_are_refused) {
  Fixture f;
  for (const auto* listen : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "host.example:1",
                             "127.0.0.1:-1", "::1:8125", "[::g]:1", "[127.0.0.1]:1"}) {
    if (DatagramSocket::open_udp(*f.loop(), listen, f.callback()).has_value()) {
      RS_FAIL(std::string("taken: ") + listen);
    }
  }
}

RS_TEST(drain_reads_what_is_there_without_the_loop) {
  Fixture f;
  const auto socket = RS_UNWRAP(f.open());
  RS_EXPECT(send_unix(f.path, "a"));
  RS_EXPECT(send_unix(f.path, "b"));
  socket->drain();
  RS_EXPECT_EQ(f.got.size(), 2u);
}
