// The walk over a text: where secrets are in it makes no difference, and no text makes it slow.
#include "core/redact/secret_pass.hpp"

#include <array>
#include <random>

#include "core/redact/scan_block.hpp"
#include "tests/unit/core/redact/scanner_fixture.hpp"

namespace {

using namespace ringside;
using namespace ringside::test;

// One for each matcher of SecretPass that has no name and separator.
constexpr auto kMatchers = std::to_array<std::string_view>({
    "token(a1b2c3)",
    "[\"token\",\"a1b2c3\"]",
    "{token,\"a1b2c3\"}",
    "Token(value=a1b2c3)",
    "token <a1b2c3>",
    "{SSHA}c2FsdHNhbHQ=",
    "$6$0123456789abcdefghijAB",
    "*0123456789ABCDEF0123456789ABCDEF01234567",
    "0123456789abcdef0123456789abcdef-us1",
    "0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef",
    "abc8Q~0123456789abcdefghijklmnopqrstuv",
    "1//0123456789abcdefghijklmnopqrstuv",
    "MTaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "token\xE2\x86\x92"
    "a1b2c3",
    "the token is a1b2c3.",
    "machine h login bob password a1b2c3",
    "mysql -pa1b2c3",
    "curl -ubob:a1b2c3",
    "xfreerdp /p:a1b2c3",
    "4111.1111.1111.1111",
    "4.111111111111111e+15",
    " key 7 0822455D0A16",
    "sqlplus scott/tiger@db",
    "password hunter2",
    "secret 5 hunter2",
    "password\n=\nhunter",
    "token:\nhunter",
    "use the token below:\nhunter2",
    "ENV TOKEN hunter",
    "requirepass hunter",
    "PASS a1b2c3",
    "AUTH LOGIN a1b2c3",
    "LOGIN bob a1b2c3",
    "echo 'bob:hunter' | chpasswd",
    "chpasswd <<< bob:hunter",
    "your code is 4711",
    "4711 is your code.",
    "4711 is the OTP",
    "CVV 471",
    "mfa token 4711",
    "password | hunter2",
    "cat <<E | chpasswd\nbob:hunter\nE",
    "htpasswd -b f bob hunter",
    "CREATE USER a IDENTIFIED BY hunter",
    "PASSWORD bob = hunter",
    "INSERT INTO t (token) VALUES ('hunter')",
    "login('bob', 'hunter')",
    "<input type=password value=hunter>",
    "h:5432:d:u:hunter",
    "?key=a1b2c3d4",
    "snmp-server community hunter RO",
});

std::vector<std::string> and_matchers(std::vector<std::string> pieces) {
  pieces.insert(pieces.end(), kMatchers.begin(), kMatchers.end());
  return pieces;
}

RS_TEST(each_matcher_finds_its_secret) {
  for (const std::string_view text : kMatchers) {
    RS_EXPECT_NE(hidden(text), std::string(text));
  }
}

// Sixteen bytes are looked at together: it must not matter which of them a secret begins at.
RS_TEST(where_a_text_begins_makes_no_difference) {
  const std::vector<std::string> pieces = and_matchers(
      {"password=hunter2", "--token abc ", "AKIAIOSFODNN7EXAMPLE", "4111 1111 1111 1111",
       "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "Bearer abc123xyz", "https://u:p4ss@host/",
       "me@example.org", "-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----", "web-01",
       "10.0.0.1:8080", " ", " a=b ", "B", "bJy-_.", "=="});
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

// Short texts are looked at once before the pass that remembers: what it calls clean is clean.
RS_TEST(block_that_is_taken_for_clean_has_nothing_to_find) {
  const std::vector<std::string> pieces = and_matchers({"password=",
                                                        "hunter2",
                                                        "--token ",
                                                        "AKIAIOSFODNN7EXAMPLE",
                                                        "4111111111111111",
                                                        "eyJhbGciOi",
                                                        ".eyJzdWIi",
                                                        "Bearer ",
                                                        "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
                                                        "SG.",
                                                        "web-01",
                                                        "DE89370400440532013000",
                                                        "QQ123456C",
                                                        "me@",
                                                        "://u:p@",
                                                        " ",
                                                        "a",
                                                        "b",
                                                        "-",
                                                        "_",
                                                        ".",
                                                        "\n",
                                                        "\xff",
                                                        "+15551234567",
                                                        "glpat-",
                                                        "xoxb-12345678"});
  const SecretScanner scanner(kAll, names());
  std::mt19937_64 random(test::seed());
  std::size_t n_clean = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = 1 + random() % 4; n != 0; --n) {
      text += pieces[random() % pieces.size()];
    }
    text = text.substr(random() % text.size());
    text.resize(std::min(text.size(), ScanBlocks::kBytes));
    if (SecretPass::is_clean_block(text)) {
      ++n_clean;
      std::vector<TextSpan> spans;
      RS_EXPECT(!SecretPass(scanner, text, spans).run());
      RS_EXPECT(spans.empty());
    }
  }
  RS_EXPECT_GT(n_clean, 1000U);
}

RS_TEST(ordinary_values_are_clean_at_the_first_look) {
  for (const char* text : {"", "Running", "create_servers", "task-42", "Server web-01 was created",
                           "abcdefghijklmnop-abcdefghijklmnop", "production"}) {
    RS_EXPECT(SecretPass::is_clean_block(text));
  }
}

// Instrumented builds, which are ten times as slow, look for wrong memory here and not for steps.
#ifdef NDEBUG
constexpr std::size_t kHostileBytes = std::size_t{1} << 19U;
#else
constexpr std::size_t kHostileBytes = std::size_t{1} << 17U;
#endif

// Patterns that look back or ahead must not do so for every byte: 512 KiB of each trigger take no
// time that anyone would notice, and would take minutes if it were quadratic. ctest ends what hangs.
RS_TEST(hostile_text_takes_linear_time) {
  for (const char* unit : {"=",
                           ":",
                           "://",
                           "%3D",
                           "<a",
                           "password=\"",
                           "name=token ",
                           "value=",
                           "-u a:",
                           "--a",
                           "- ",
                           "+1",
                           "x:\n ",
                           "token: |\n a",
                           "ghp_",
                           "a-",
                           "AA11",
                           "&quot;:",
                           "<token>",
                           "{",
                           "password={",
                           "@",
                           "a@",
                           "password=",
                           "--",
                           "-----BEGIN ",
                           "eyJ",
                           "eyJaaaaaaaaaa.",
                           "1",
                           "1 ",
                           "4-",
                           "'",
                           "B",
                           "bearer ",
                           "\\\"",
                           "://a:b",
                           "<k>token</k><x><![CDATA[",
                           "token: a( ",
                           "password=<<E\n",
                           "%3A%2F%2F",
                           "&lt;token ",
                           "s:1:\"token\";s:1:\"",
                           "token is ",
                           "('token', ",
                           "token -> ",
                           "\x1b[1mtoken\x1b[0m=",
                           "\xC3\xA9=",
                           "token(a1b2c3",
                           "token[",
                           "[\"token\",",
                           "{token,",
                           "{token,<<\"",
                           "{SSHA}",
                           "$6$a",
                           "a$",
                           "*A",
                           "Q~a",
                           "\xE2\x86\x92",
                           "token\xEF\xBC\x9A",
                           "mysql -p ",
                           "mysql -pa -p -a ",
                           "curl -ua:b ",
                           "-p",
                           "token is ",
                           "machine a login b password ",
                           "Token(value=a ",
                           "token <a1b2c3",
                           "1//0",
                           "4.1",
                           "4111.",
                           "4111 - ",
                           "password=|a",
                           "password=a,a1",
                           "password=\\na",
                           "MTaaaaaaaaaaaaaaaaaaaaaa.aaaaaa.",
                           "0123456789abcdef0123456789abcdef-us1",
                           "thin:a/b",
                           "auth={",
                           "auth=\"",
                           "token: (string) ",
                           "token=>(a)",
                           "<token value=",
                           "<<\"token\">> => <<\"",
                           "token: <<\"",
                           " /p:a1b2c3",
                           "0123456789abcdef0123456789abcdef:",
                           "token=/a.pem",
                           "token->/a.pem",
                           "PWD=/",
                           "passwords=1",
                           "sshpass -p {",
                           "sshpass -p <<",
                           "sshpass -p \"",
                           "curl -u {",
                           "xfreerdp /p:",
                           "/p:",
                           "tvly-",
                           "EAAA-",
                           ".EAAA_",
                           ":$a$",
                           "$a:",
                           " 7 a",
                           "4111\xC2\xA0",
                           "\xC2\xA0\"token\"",
                           "INSERT INTO t(a) ",
                           "INSERT INTO t(token) VALUES (",
                           "chpasswd <<E\n",
                           "echo a:b|passwd ",
                           "thin:a/@",
                           "password a1b2c3 ",
                           "token 1 ",
                           "token  ",
                           "password\n=",
                           "password:\n",
                           "password\n\n:\n\n",
                           "token a b:\n",
                           "token ",
                           "for token ",
                           ":\n",
                           "ENV TOKEN ",
                           "requirepass ",
                           "PASS ",
                           "LOGIN LOGIN ",
                           "AUTH PLAIN ",
                           "echo ",
                           "echo a | ",
                           "echo 'a:b' | chpasswd ",
                           "echo \"",
                           "chpasswd <<< ",
                           "chpasswd <<E\n",
                           "chpasswd <<<\"",
                           "sudo -S <<<",
                           "your code is ",
                           "1234 is your code ",
                           "token for ",
                           "password for a b ",
                           "login machine login ",
                           "htpasswd -b ",
                           "vault login ",
                           "net user /a ",
                           "mc alias set \"",
                           "create identified by ",
                           "PASSWORD a ",
                           "PASSWORD $$",
                           "insert into a(token) values (",
                           "insert into a(token) values (a),",
                           "insert into a(token,",
                           "login('a', '",
                           "auth=('a','",
                           "<input type=password value=",
                           "<input ",
                           "a:5432:a:a:",
                           "\na:5432:a:a:a",
                           "?key=",
                           "\"token\" \"",
                           "key 1: ",
                           "community ",
                           "ConvertTo-SecureString ",
                           "4711 is your ",
                           "4711 is the ",
                           "use 4711 to verify ",
                           "mfa token ",
                           "password - ",
                           "password (",
                           "CVV ",
                           "cat <<E | chpasswd\n",
                           "echo %s | chpasswd ",
                           "echo a\n+ chpasswd\n",
                           "password=\\\n",
                           "--from-literal=a="}) {
    std::string text;
    while (text.size() < kHostileBytes) {
      text += unit;
    }
    std::vector<TextSpan> spans;
    SecretScanner(kAll, names()).scan(text, spans);
  }
}

}  // namespace
