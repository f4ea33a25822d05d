// Secrets by their shape in running text.
#include "core/redact/secret_scanner.hpp"

#include <chrono>
#include <random>

#include "core/redact/scan_block.hpp"
#include "core/redact/secret_pass.hpp"
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
                              .token = true,
                              .url = true,
                              .card = true,
                              .assignment = true,
                              .email = true,
                              .phone = true,
                              .iban = true,
                              .national_id = true};

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
  RS_EXPECT_EQ(hidden(R"("secret": {"deep": "x"}, "a": 1)"), R"("secret": #, "a": 1)");
  for (const auto& [text, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"password: |\n  hunter2\nnext: 1", "password: |\n  #\nnext: 1"},
           {"a:\n  token:\n    hunter2\n  b: 1", "a:\n  token:\n    #\n  b: 1"},
           {"password=\"\"\"hunter2\"\"\" x", "password=\"\"\"#\"\"\" x"},
           {"{'password': b'hunter2'}", "{'password': b'#'}"},
           {"\\\"password\\\":\\\"hun\\\\\\\"ter2\\\" x", "\\\"password\\\":\\\"#\\\" x"},
           {"<user>x</user><password>hunter2</password>", "<user>x</user><password>#</password>"},
           {"<ns:token a=\"b\"><![CDATA[x]]></ns:token>",
            "<ns:token a=\"b\"><![CDATA[#]]></ns:token>"},
           {"<add key=\"password\" value=\"x\"/>", "<add key=\"password\" value=\"#\"/>"},
           {"<property name=\"password\">x</property>", "<property name=\"password\">#</property>"},
           {"- name: DB_PASSWORD\n  value: hunter2\n- name: B",
            "- name: DB_PASSWORD\n  value: #\n- name: B"},
           {R"([{"value":"hunter2","name":"token"}])", R"([{"value":"#","name":"token"}])"},
           {"if password==hunter2 then", "if password==# then"},
           {"password%3Dhunter2%26x%3D1", "password%3D#%26x%3D1"},
           {"%22password%22%3A%22hunter2%22%7D", "%22password%22%3A%22#%22%7D"},
           {"{&quot;password&quot;:&quot;hunter2&quot;}", "{&quot;password&quot;:&quot;#&quot;}"},
           {"user[password]=hunter2&x=1", "user[password]=#&x=1"},
           {"['--password', 'hunter2', 'x']", "['--password', '#', 'x']"},
           {"curl -u bob:hunter2 http://x", "curl -u bob:# http://x"},
           {"ALTER USER bob PASSWORD 'hunter2'", "ALTER USER bob PASSWORD '#'"},
           {"identified by 'hunter2';", "identified by '#';"},
           {"setPassword(\"hunter2\")", "setPassword(\"#\")"},
           {"val password: String = \"hunter2\"", "val password: String = \"#\""},
           {"AccountName=x;AccountKey=abc==;Suffix=y", "AccountName=x;AccountKey=abc==;Suffix=y"},
           {"password: 'a' 'b'", "password: '#' 'b'"},
           {"postgres://app:pa/ss@db/x", "postgres://app:#@db/x"},
           {"https://abcdef0123456789abcdef@git.example/x", "https://#@git.example/x"},
           {"got Basic dXNlcjpwYXNzd29yZA== from", "got Basic # from"},
       }) {
    RS_EXPECT_EQ(hidden(text), expected);
  }
}

RS_TEST(words_about_a_secret_are_not_taken_for_one) {
  for (const char* text :
       {"Invalid token: unexpected end", "password: expired", "token=null", "secret not found: x",
        "password reset was asked for", "Unexpected token '<'", "token_count: 5", "max_tokens=4096",
        "secrets: 3 found", "basic auth failed", "TokenService: started",
        "src/token.ts:12:5 - error"}) {
    RS_EXPECT_EQ(hidden(text), std::string(text));
  }
}

RS_TEST(tokens_are_known_by_their_issuers_prefix) {
  const std::string body = "hunter249abcdefghijklmnopqrstuvwx24abABCD";
  for (const char* prefix :
       {"ghp_", "npm_", "glpat-", "sk_live_", "xoxb-", "AIza", "hf_", "hvs.", "SG."}) {
    const std::string token = prefix + (prefix[0] == 'A' ? body.substr(0, 35) : body);
    RS_EXPECT_EQ(hidden("a " + token + " b"), "a # b");
    RS_EXPECT_EQ(hidden("x_" + token), "x_#");
  }
}

RS_TEST(personal_data_is_found) {
  for (const char* text :
       {"+49 151 23456789", "+1-202-555-0123", "(202) 555-0123", "202-555-0123",
        "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "078-05-1120", "12345678Z",
        "X1234567L", "QQ123456C", "529.982.247-25", "RSSMRA85T10A562S"}) {
    RS_EXPECT_EQ(hidden(std::string("a ") + text + " b"),
                 text[0] == 'Q' ? "a QQ123456C b" : "a # b");
  }
  for (const char* text :
       {"+1048576 bytes", "2026-11-26", "10.0.0.1", "DE89370400440532013001", "000-12-3456",
        "getty@tty1.service", "git@github.com:org/repo", "lodash@4.17.21", "12345678A", "+00:00"}) {
    RS_EXPECT_EQ(hidden(std::string("a ") + text + " b"), std::string("a ") + text + " b");
  }
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

// Short texts are looked at once before the pass that remembers: what it calls clean is clean.
RS_TEST(block_that_is_taken_for_clean_has_nothing_to_find) {
  const std::vector<std::string> pieces{"password=",
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
                                        "xoxb-12345678"};
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

// Patterns that look back or ahead must not do so for every byte: 1 MiB of each trigger takes no
// time that anyone would notice, and would take hours if it were quadratic. ctest ends what hangs.
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
                           "thin:a/@"}) {
    std::string text;
    while (text.size() < (1U << 20U)) {
      text += unit;
    }
    std::vector<TextSpan> spans;
    SecretScanner(kAll, names()).scan(text, spans);
  }
}

}  // namespace
