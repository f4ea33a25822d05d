#include "cli/run/run_socket.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::RunSocket;

RS_TEST(events_arrive_in_order_and_one_at_a_time) {
  RunSocket socket = RS_UNWRAP(RunSocket::create());
  RS_EXPECT(!socket.receive());
  RS_EXPECT(RunSocket::send(socket.name(), "{\"a\":1}\n"));
  RS_EXPECT(RunSocket::send(socket.name(), "{\"a\":2}\n"));
  RS_EXPECT_EQ(socket.receive().value(), "{\"a\":1}\n");
  RS_EXPECT_EQ(socket.receive().value(), "{\"a\":2}\n");
  RS_EXPECT(!socket.receive());
}

RS_TEST(what_is_no_single_line_is_passed_over) {
  RunSocket socket = RS_UNWRAP(RunSocket::create());
  for (const char* text : {"", "{}", "{}\n{}\n", "{\"a\":\n1}\n"}) {
    RS_EXPECT(RunSocket::send(socket.name(), text));
  }
  RS_EXPECT(RunSocket::send(socket.name(), "{ }\n"));
  RS_EXPECT_EQ(socket.receive().value(), "{ }\n");
  RS_EXPECT(RunSocket::send(socket.name(), "H12345678"));
  RS_EXPECT_EQ(socket.receive().value(), "H12345678");
}

RS_TEST(a_run_that_is_gone_or_busy_is_reported_soon) {
  std::string name;
  {
    RunSocket socket = RS_UNWRAP(RunSocket::create());
    name = socket.name();
    bool is_full = false;
    for (int i = 0; i < 100'000 && !is_full; ++i) {
      is_full = !RunSocket::send(name, "{ }\n");
    }
    RS_EXPECT(is_full);
  }
  RS_EXPECT(!RunSocket::send(name, "{ }\n"));
  RS_EXPECT(!RunSocket::send("", "{ }\n"));
  RS_EXPECT(!RunSocket::send(std::string(200, 'x'), "{ }\n"));
}

RS_TEST(sockets_have_names_of_their_own) {
  const RunSocket one = RS_UNWRAP(RunSocket::create());
  const RunSocket other = RS_UNWRAP(RunSocket::create());
  RS_EXPECT_NE(one.name(), other.name());
}
