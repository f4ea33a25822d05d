#include "core/setup/log_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <thread>

#include "core/base/unique_fd.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(addresses_are_read) {
  const auto plain = RS_UNWRAP(parse_log_server("nats://127.0.0.1:4223"));
  RS_EXPECT(!plain.tls);
  RS_EXPECT_EQ(plain.host, "127.0.0.1");
  RS_EXPECT_EQ(plain.port, 4223U);
  const auto tls = RS_UNWRAP(parse_log_server("tls://log-1"));
  RS_EXPECT(tls.tls);
  RS_EXPECT_EQ(tls.host, "log-1");
  RS_EXPECT_EQ(tls.port, 4222U);
  RS_EXPECT_EQ(RS_UNWRAP(parse_log_server("tls://[::1]:99")).host, "::1");
  RS_EXPECT_EQ(RS_UNWRAP(parse_log_server("tls://[::1]:99")).port, 99U);
}

RS_TEST(what_is_no_address_is_refused) {
  for (const char* url : {"", "log-1:4222", "http://log-1", "nats://", "nats://a:b", "nats://a:0",
                          "nats://a:70000", "nats://user:secret@a", "nats://a/b", "nats://[::1"}) {
    if (parse_log_server(url)) {
      RS_FAIL(std::string(url) + " is taken for an address");
    }
  }
}

RS_TEST(what_a_server_says_is_read) {
  const auto server = RS_UNWRAP(parse_log_server_info(
      "INFO {\"server_name\":\"log-0\",\"version\":\"2.10.27\",\"jetstream\":true,"
      "\"tls_required\":true,\"max_payload\":1048576} \r\n"));
  RS_EXPECT_EQ(server.name, "log-0");
  RS_EXPECT_EQ(server.version, "2.10.27");
  RS_EXPECT(server.has_jetstream && server.requires_tls);
  RS_EXPECT_EQ(server.max_payload, 1'048'576U);
  RS_EXPECT(!parse_log_server_info("HTTP/1.1 400 Bad Request\r\n"));
  RS_EXPECT(!parse_log_server_info("INFO {\r\n"));
}

RS_TEST(an_old_server_is_refused_with_the_remedy) {
  LogServer server{"log-0", "2.9.10", true, false, 0};
  const auto checked = check_log_server(server);
  RS_EXPECT(!checked);
  RS_EXPECT_CONTAINS(checked.error().message, "2.9.10");
  RS_EXPECT_CONTAINS(checked.error().message, std::string(kOldestLogServer));
  server.version = "2.10.27";
  RS_EXPECT_OK(check_log_server(server));
  server.version = "";
  RS_EXPECT(!check_log_server(server));
  server.version = "2.11.0";
  server.has_jetstream = false;
  RS_EXPECT_CONTAINS(check_log_server(server).error().message, "JetStream");
}

RS_TEST(versions_are_compared_by_their_numbers) {
  RS_EXPECT(is_older_version("2.9.10", "2.10.27"));
  RS_EXPECT(is_older_version("2.10.3", "2.10.27"));
  RS_EXPECT(is_older_version("2.10.27-RC.1", "2.10.27"));
  RS_EXPECT(!is_older_version("2.10.27", "2.10.27"));
  RS_EXPECT(!is_older_version("2.11.0", "2.10.27"));
  RS_EXPECT(!is_older_version("3.0.0", "2.10.27"));
}

RS_TEST(a_server_that_is_not_there_is_an_error_that_names_it) {
  const auto asked = ask_log_server({false, "127.0.0.1", 1}, std::chrono::milliseconds(500));
  RS_EXPECT(!asked);
  RS_EXPECT_CONTAINS(asked.error().message, "127.0.0.1:1");
}

namespace {

// Listens on the loopback, and says `text` to whoever comes first.
struct Listener {
  explicit Listener(std::string_view text) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    RS_EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    RS_EXPECT_EQ(::listen(fd.get(), 1), 0);
    RS_EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port = ntohs(at.sin_port);
    thread = std::thread([this, text = std::string(text)] {
      const UniqueFd peer(::accept(fd.get(), nullptr, nullptr));
      (void)::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
    });
  }
  ~Listener() { thread.join(); }
  UniqueFd fd;
  std::uint16_t port = 0;
  std::thread thread;
};

}  // namespace

RS_TEST(a_server_says_what_it_is_to_whoever_connects) {
  const Listener server(
      "INFO {\"server_name\":\"log-0\",\"version\":\"2.10.27\",\"jetstream\":true}\r\n");
  const auto asked =
      RS_UNWRAP(ask_log_server({false, "127.0.0.1", server.port}, std::chrono::milliseconds(5000)));
  RS_EXPECT_EQ(asked.name, "log-0");
  RS_EXPECT_OK(check_log_server(asked));
}

RS_TEST(something_else_that_listens_is_an_error_that_says_so) {
  const Listener server("220 mail.example ESMTP\r\n");
  const auto asked =
      ask_log_server({false, "127.0.0.1", server.port}, std::chrono::milliseconds(5000));
  RS_EXPECT(!asked);
  RS_EXPECT_CONTAINS(asked.error().message, "is not a NATS server");
}
