// The client against a socket that this test serves: answers are cut into lines wherever they were
// split, and neither side waits for the other forever.
#include "cli/socket_client.hpp"

#include <sys/socket.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unix_listener.hpp"

using namespace ringside;
using namespace ringside::cli;

RS_TEST(a_path_without_a_listener_or_too_long_is_told) {
  const test::TempDir dir;
  const auto absent = SocketClient::connect(dir / "absent.sock");
  RS_EXPECT(!absent);
  RS_EXPECT_CONTAINS(absent.error().message, "absent.sock");
  const auto long_path = SocketClient::connect("/" + std::string(120, 'x'));
  RS_EXPECT(!long_path);
  RS_EXPECT_CONTAINS(long_path.error().message, "108");
}

RS_TEST(answers_are_lines_wherever_they_were_split) {
  const test::TempDir dir;
  const test::UnixListener listener(dir / "s");
  SocketClient client = RS_UNWRAP(SocketClient::connect(dir / "s"));
  UniqueFd peer = listener.accept();
  std::vector<std::string> lines;
  const auto on_line = [&](std::string_view line) { lines.emplace_back(line); };
  test::write_all(peer, "{\"ack\"");
  RS_EXPECT(RS_UNWRAP(client.receive(on_line)));
  RS_EXPECT(lines.empty());
  test::write_all(peer, ":1}\n\n{\"ack\":2}\n{\"a");
  RS_EXPECT(RS_UNWRAP(client.receive(on_line)));
  RS_EXPECT(lines == std::vector<std::string>({"{\"ack\":1}", "", "{\"ack\":2}"}));
  peer = UniqueFd();
  RS_EXPECT(!RS_UNWRAP(client.receive(on_line)));
  RS_EXPECT_EQ(lines.size(), 3);
}

RS_TEST(a_peer_that_answers_before_it_reads_on_does_not_stop_a_long_send) {
  const test::TempDir dir;
  const test::UnixListener listener(dir / "s");
  SocketClient client = RS_UNWRAP(SocketClient::connect(dir / "s"));
  const UniqueFd peer = listener.accept();
  constexpr std::size_t kBytes = 4U << 20U;
  std::size_t n_read = 0;
  std::thread serving([&] {
    // More answers than both socket buffers hold, then everything is read: whoever does not read
    // meanwhile stands still.
    test::write_all(peer, std::string(kBytes - 1, 'a') + "\n");
    std::vector<char> buffer(65536);
    for (ssize_t n = 1; n > 0;) {
      n = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
      n_read += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
  });
  std::size_t n_answered = 0;
  const auto count = [&](std::string_view line) { n_answered += line.size() + 1; };
  const Status sent = client.send(std::string(kBytes, 'e'), count);
  client.finish_sending();
  serving.join();
  RS_EXPECT_OK(sent);
  RS_EXPECT_EQ(n_read, kBytes);
  // The end of the answer may still stand in the socket.
  while (n_answered == 0 && RS_UNWRAP(client.receive(count))) {
  }
  RS_EXPECT_EQ(n_answered, kBytes);
}

RS_TEST(a_connection_that_breaks_is_an_error_and_no_signal) {
  const test::TempDir dir;
  const test::UnixListener listener(dir / "s");
  SocketClient client = RS_UNWRAP(SocketClient::connect(dir / "s"));
  { const UniqueFd peer = listener.accept(); }
  const Status sent = client.send(std::string(1U << 20U, 'e'), [](std::string_view) {});
  RS_EXPECT(!sent);
  RS_EXPECT(!sent.error().message.empty());
}
