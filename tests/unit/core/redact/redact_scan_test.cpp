// Secrets by their shape in running text.
#include "core/redact/redact_scan.hpp"

#include <chrono>
#include <random>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

const SecretNames& names() {
  static const SecretNames made(
      {"password", "pwd", "token", "api_key", "secret", "authorization", "cookie"});
  return made;
}

constexpr SecretPatterns kAll{.jwt = true,
                              .pem = true,
                              .aws = true,
                              .url = true,
                              .card = true,
                              .assignment = true,
                              .email = true};

std::string hidden(std::string_view text, SecretPatterns patterns = kAll) {
  const SecretScanner scanner(patterns, names());
  std::vector<TextSpan> spans;
  scanner.scan(text, spans);
  std::string out;
  std::size_t at = 0;
  for (const TextSpan& span : spans) {
    RS_EXPECT_LE(at, span.begin);
    RS_EXPECT_LT(span.begin, span.end);
    RS_EXPECT_LE(span.end, text.size());
    out += std::string(text.substr(at, span.begin - at)) + "#";
    at = span.end;
  }
  return out + std::string(text.substr(at));
}

RS_TEST(clean_text_stays) {
  for (const char* text :
       {"", "Server web-01 created successfully",
        "took 15:04:05, ratio 3:1, a=b, x == y, std::string",
        "550e8400-e29b-41d4-a716-446655440000", "2025-09-26T10:00:00Z",
        "https://example.org:8080/a?b=c@d", "/var/log/secret/file", "tokens: 5", "token_count=7",
        "password", "password:", "the bearer of news", "eyJustAWord", "-----BEGIN CERTIFICATE-----",
        "AKIA", "a--b", "== -- ::"}) {
    RS_EXPECT_EQ(hidden(text), std::string(text));
  }
}

RS_TEST(json_web_tokens_are_found) {
  const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
  RS_EXPECT_EQ(hidden("got " + jwt + ", ok"), "got #, ok");
  RS_EXPECT_EQ(hidden(jwt + ".b2.b3"), "#");                   // encrypted ones have five parts
  RS_EXPECT_EQ(hidden("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi"), "#");  // cut off
  RS_EXPECT_EQ(hidden(jwt, {.url = true}), jwt);
}

RS_TEST(private_keys_are_found_also_without_their_end) {
  RS_EXPECT_EQ(hidden("a -----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY----- b"),
               "a # b");
  RS_EXPECT_EQ(hidden("-----BEGIN PRIVATE KEY-----\nMII"), "#");
  RS_EXPECT_EQ(hidden("-----BEGIN OPENSSH PRIVATE KEY-----x-----END OPENSSH PRIVATE KEY-----y"),
               "#y");
}

RS_TEST(aws_keys_are_found) {
  const std::string id = std::string("AKIA") + "IOSFODNN7EXAMPLE";
  RS_EXPECT_EQ(hidden("key " + id + "."), "key #.");
  RS_EXPECT_EQ(hidden(id + "X"), id + "X");
  RS_EXPECT_EQ(hidden("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", {.aws = true}),
               "aws_secret_access_key = #");
}

RS_TEST(passwords_in_urls_are_found_and_the_rest_stays) {
  RS_EXPECT_EQ(hidden("postgres://app:s3cr@et@db:5432/x"), "postgres://app:#@db:5432/x");
  RS_EXPECT_EQ(hidden("redis://:pw@cache"), "redis://:#@cache");
  RS_EXPECT_EQ(hidden("ftp://user@host/"), "ftp://user@host/");
  RS_EXPECT_EQ(hidden("https://host:80/a:b@c", {.url = true}), "https://host:80/a:b@c");
}

RS_TEST(assignments_are_found_in_their_many_forms) {
  RS_EXPECT_EQ(hidden("password=hunter2 next"), "password=# next");
  RS_EXPECT_EQ(hidden("DB_PASSWORD: hunter2"), "DB_PASSWORD: #");
  RS_EXPECT_EQ(hidden(R"({"password":"hun\"ter2","a":1})"), R"({"password":"#","a":1})");
  RS_EXPECT_EQ(hidden(R"({\"api_key\": \"abc\", \"b\": 2})"), R"({\"api_key\": \"#\", \"b\": 2})");
  RS_EXPECT_EQ(hidden("'secret' => 'x'"), "'secret' => '#'");
  RS_EXPECT_EQ(hidden("GET /?token=abc&x=1"), "GET /?token=#&x=1");
  RS_EXPECT_EQ(hidden("run --password hunter2 --fast"), "run --password # --fast");
  RS_EXPECT_EQ(hidden("--password --fast"), "--password --fast");
  RS_EXPECT_EQ(hidden(R"("secret": {"deep": "x"})"), R"("secret": #)");
}

RS_TEST(headers_are_hidden_to_the_end_of_their_line) {
  RS_EXPECT_EQ(hidden("Authorization: Bearer abc.DEF\nHost: x"), "Authorization: #\nHost: x");
  RS_EXPECT_EQ(hidden("Cookie: a=1; b=2\r\nHost: x"), "Cookie: #\r\nHost: x");
  RS_EXPECT_EQ(hidden("token: Basic dXNlcjpwdw== end"), "token: Basic # end");
  RS_EXPECT_EQ(hidden("sent Bearer abcDEF123 to"), "sent Bearer # to");
}

RS_TEST(cards_and_addresses_are_found) {
  RS_EXPECT_EQ(hidden("paid by 4111 1111 1111 1111 today"), "paid by # today");
  RS_EXPECT_EQ(hidden("order 12 4111111111111111"), "order 12 #");
  RS_EXPECT_EQ(hidden("mail to jane.doe+x@mail.example.org."), "mail to #.");
  RS_EXPECT_EQ(hidden("mail jane@example.org", {.card = true}), "mail jane@example.org");
  RS_EXPECT_EQ(hidden("a@b"), "a@b");
}

RS_TEST(what_is_redacted_already_stays_as_it_is) {
  for (const char* text : {"password=[redacted] x", "Authorization: [redacted]",
                           "a://u:[redacted]@h", "\"token\":\"[redacted]\""}) {
    RS_EXPECT_EQ(hidden(text), std::string(text));
  }
}

// Patterns that look back or ahead must not do so for every byte: 4 MiB of each trigger takes no
// time that anyone would notice, and would take hours if it were quadratic. ctest ends what hangs.
// Sixteen bytes are looked at together: it must not matter which of them a secret begins at.
RS_TEST(where_a_text_begins_makes_no_difference) {
  const std::vector<std::string> pieces{"password=hunter2",
                                        "--token abc ",
                                        "AKIAIOSFODNN7EXAMPLE",
                                        "4111 1111 1111 1111",
                                        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln",
                                        "Bearer abc123xyz",
                                        "https://u:p4ss@host/",
                                        "me@example.org",
                                        "-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----",
                                        "web-01",
                                        "10.0.0.1:8080",
                                        " ",
                                        " a=b ",
                                        "B",
                                        "bJy-_.",
                                        "=="};
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (std::size_t n = 1 + random() % 5; n != 0; --n) {
      text += pieces[random() % pieces.size()];
    }
    const std::string found = hidden(text);
    for (std::size_t shift = 1; shift <= 17; ++shift) {
      const std::string before = std::string(shift, ' ');
      RS_EXPECT_EQ(hidden(before + text), before + found);
    }
  }
}

RS_TEST(hostile_text_takes_linear_time) {
  for (const char* unit :
       {"=", ":", "://", "@", "a@", "password=", "--", "-----BEGIN ", "eyJ", "eyJaaaaaaaaaa.", "1",
        "1 ", "4-", "'", "B", "bearer ", "\\\"", "://a:b"}) {
    std::string text;
    while (text.size() < (1U << 20U)) {
      text += unit;
    }
    std::vector<TextSpan> spans;
    SecretScanner(kAll, names()).scan(text, spans);
  }
}

}  // namespace
