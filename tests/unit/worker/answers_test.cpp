// What producers are told, over a real socket that may be full.
#include "worker/answers.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Pair {
  UniqueFd ours, theirs;
  Pair() {
    int fds[2];
    RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    ours.reset(fds[0]);
    theirs.reset(fds[1]);
  }
  std::string read() {
    std::string out(1 << 20, '\0');
    const ssize_t n = ::read(theirs.get(), out.data(), out.size());
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
};

RS_TEST(only_the_newest_acknowledgement_is_sent) {
  Pair pair;
  Answers answers;
  answers.acknowledge(3);
  answers.acknowledge(5);
  RS_EXPECT(answers.is_waiting());
  RS_EXPECT(answers.flush(pair.ours.get()));
  RS_EXPECT(!answers.is_waiting());
  RS_EXPECT_EQ(pair.read(), "{\"ack\":5}\n");
}

RS_TEST(a_refusal_comes_before_the_acknowledgement_that_counts_it) {
  Pair pair;
  Answers answers;
  answers.reject(4, {"data.status must be a string", "data.status"});
  answers.acknowledge(4);
  RS_EXPECT(answers.flush(pair.ours.get()));
  RS_EXPECT_EQ(pair.read(),
               "{\"error\":\"invalid_event\",\"line\":4,\"message\":\"data.status must be a "
               "string\",\"member\":\"data.status\"}\n"
               "{\"ack\":4}\n");
}

RS_TEST(who_does_not_read_costs_a_bounded_memory_and_is_told_later_what_was_suppressed) {
  Pair pair;
  Answers answers;
  constexpr std::uint64_t kMany = 50'000;
  for (std::uint64_t line = 1; line <= kMany; ++line) {
    answers.reject(line, {"is not JSON", ""});
    answers.acknowledge(line);
    RS_EXPECT(answers.flush(pair.ours.get()));
    RS_EXPECT_LE(answers.n_unsent(), Answers::kMaxUnsentBytes + 1024);
  }
  std::uint64_t n_told = 0;
  std::uint64_t n_suppressed = 0;
  std::int64_t last_ack = 0;
  std::string all;
  for (std::string part = pair.read(); !part.empty(); part = pair.read()) {
    all += part;
    RS_EXPECT(answers.flush(pair.ours.get()));
  }
  for (const std::string_view line : split(trim(all), '\n')) {
    const Json answer = RS_UNWRAP(Json::parse(line));
    n_told += answer["error"].as_string() == "invalid_event" ? 1U : 0U;
    n_suppressed += static_cast<std::uint64_t>(answer["count"].as_integer().value_or(0));
    last_ack = answer["ack"].as_integer().value_or(last_ack);
  }
  RS_EXPECT_EQ(n_told + n_suppressed, kMany);
  RS_EXPECT_LT(0u, n_suppressed);
  RS_EXPECT_EQ(last_ack, kMany);
  RS_EXPECT(!answers.is_waiting());
}

RS_TEST(a_peer_that_is_gone_is_no_error_that_repeats) {
  Pair pair;
  pair.theirs.reset();
  Answers answers;
  answers.acknowledge(1);
  RS_EXPECT(!answers.flush(pair.ours.get()));
  answers.reject(1, {"x", ""});
  RS_EXPECT(!answers.flush(pair.ours.get()));
  RS_EXPECT(!answers.is_waiting());
}

}  // namespace
