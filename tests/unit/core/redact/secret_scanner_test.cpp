// Secrets by their shape in running text.
#include "core/redact/secret_scanner.hpp"

#include "tests/unit/core/redact/scanner_fixture.hpp"

namespace {

using namespace ringside;
using namespace ringside::test;

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

}  // namespace
