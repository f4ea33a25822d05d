// Secrets whose lines arrive one by one.
#include "core/redact/secret_block.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::vector<std::string> shown(std::vector<std::string> lines, SecretBlocks& blocks,
                               std::string_view stream = "a", std::string_view owner = "") {
  static const SecretNames names({"password", "token"});
  for (std::string& line : lines) {
    (void)blocks.take({owner, stream}, line, names);
  }
  return lines;
}
std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    out += line + "/";
  }
  return out;
}
std::string shown(std::vector<std::string> lines) {
  SecretBlocks blocks;
  return joined(shown(std::move(lines), blocks));
}

RS_TEST(the_lines_of_a_key_are_hidden_and_those_around_it_stay) {
  RS_EXPECT_EQ(shown({"a", "-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED",
                      "MIIE+/=", "x", "-----END RSA PRIVATE KEY-----", "b"}),
               "a/-----BEGIN RSA PRIVATE KEY-----/[redacted]/[redacted]/[redacted]/[redacted]/b/");
}

RS_TEST(a_prefix_before_each_line_stays) {
  RS_EXPECT_EQ(
      shown({"12:00 app: -----BEGIN PRIVATE KEY-----", "12:00 app: AAAAAAAAAAAAAAAAAAAAAAAA",
             "12:00 app: QQ==", "12:01 app: hello there", "12:00 app: -----END PRIVATE KEY-----"}),
      "12:00 app: -----BEGIN PRIVATE KEY-----/12:00 app: [redacted]/12:00 app: [redacted]/"
      "12:01 app: hello there/12:00 app: [redacted]/");
}

RS_TEST(what_source_code_puts_around_each_line_stays) {
  RS_EXPECT_EQ(
      shown({"\"-----BEGIN PRIVATE KEY-----\",", "\"AAAAAAAAAAAAAAAAAAAAAAAA\",", "\"QQ==\",",
             "\"-----END PRIVATE KEY-----\"", "x"}),
      "\"-----BEGIN PRIVATE KEY-----\",/\"[redacted]\",/\"[redacted]\",/\"[redacted]\"/x/");
  RS_EXPECT_EQ(
      shown({"9:59:59 -----BEGIN OpenVPN Static key V1-----", "10:00:00 0a1b",
             "10:00:00 -----END OpenVPN Static key V1-----"}),
      "9:59:59 -----BEGIN OpenVPN Static key V1-----/10:00:00 [redacted]/10:00:00 [redacted]/");
}

RS_TEST(a_value_on_the_line_after_its_name_is_hidden) {
  RS_EXPECT_EQ(shown({"- name: DB_PASSWORD", "  value: hunter2", "- name: HOME", "  value: /x"}),
               "- name: DB_PASSWORD/  value: [redacted]/- name: HOME/  value: /x/");
  RS_EXPECT_EQ(shown({"\"name\": \"TOKEN\",", "\"type\": \"x\",", "\"value\": \"hunter2\""}),
               "\"name\": \"TOKEN\",/\"type\": \"x\",/\"value\": \"[redacted]\"/");
  RS_EXPECT_EQ(shown({"- --password", "- hunter2", "- --host", "- db"}),
               "- --password/- [redacted]/- --host/- db/");
  RS_EXPECT_EQ(shown({"- --password", "the next line of a log"}),
               "- --password/the next line of a log/");
}

RS_TEST(a_key_that_never_ends_hides_a_bounded_number_of_lines) {
  SecretBlocks blocks;
  shown({"-----BEGIN PRIVATE KEY-----", "AAAA"}, blocks);
  std::vector<std::string> lines(SecretBlock::kMaxMisses, "ordinary line of the log");
  RS_EXPECT(shown(lines, blocks) == lines);
  RS_EXPECT(blocks.empty());
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks);
  const std::vector<std::string> words(SecretBlock::kMaxTexts + 10, "word");
  RS_EXPECT_EQ(shown(words, blocks).back(), "word");
}

RS_TEST(streams_are_told_apart) {
  SecretBlocks blocks;
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "a|1|");
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "b|1|")), "AAAA/");
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "a|1|")), "[redacted]/");
  RS_EXPECT(blocks.concerns("a|"));
  RS_EXPECT(!blocks.concerns("b|"));
}

RS_TEST(a_source_that_goes_on_with_other_things_is_let_out) {
  SecretBlocks blocks;
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "a|1|");
  unsigned n = 0;
  while (blocks.concerns("a|")) {
    RS_EXPECT_LE(++n, SecretBlocks::kMaxAge);
  }
}

RS_TEST(streams_in_a_block_are_bounded) {
  SecretBlocks blocks;
  for (int i = 0; i < 1000; ++i) {
    shown({"-----BEGIN PRIVATE KEY-----"}, blocks, std::to_string(i) + "|");
  }
  std::size_t n = 0;
  for (int i = 0; i < 1000; ++i) {
    n += blocks.concerns(std::to_string(i) + "|") ? 1U : 0U;
  }
  RS_EXPECT_LE(n, 2 * SecretBlocks::kMaxStreams);  // "1|" is also the end of no other name
}

RS_TEST(one_with_many_blocks_pushes_out_its_own) {
  SecretBlocks blocks;
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "victim|1|", "victim");
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "other|1|", "other");
  for (int i = 0; i < 1000; ++i) {
    shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "many|" + std::to_string(i), "many");
  }
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "victim|1|", "victim")), "[redacted]/");
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "other|1|", "other")), "[redacted]/");
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "many|0", "many")), "AAAA/");
  RS_EXPECT_EQ(joined(shown({"AAAA"}, blocks, "many|999", "many")), "[redacted]/");
}

RS_TEST(what_ended_is_forgotten) {
  SecretBlocks blocks;
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "a|1|x");
  shown({"-----BEGIN PRIVATE KEY-----"}, blocks, "a|12|x");
  blocks.forget("a|1|");
  RS_EXPECT(!blocks.concerns("a|1|"));
  RS_EXPECT(blocks.concerns("a|12|"));
}

RS_TEST(blocks_of_yaml_and_open_quotes_are_hidden) {
  RS_EXPECT_EQ(shown({"db:", "  password: |", "    hunter2", "    more", "  host: x"}),
               "db:/  password: |/    [redacted]/    [redacted]/  host: x/");
  RS_EXPECT_EQ(shown({"password = \"\"\"one", "two", "three\"\"\" end", "x"}),
               "password = \"\"\"one/[redacted]/[redacted]\"\"\" end/x/");
  RS_EXPECT_EQ(shown({"password: \"closed\"", "x"}), "password: \"closed\"/x/");
  RS_EXPECT_EQ(shown({"host: |", "  x"}), "host: |/  x/");
}

}  // namespace
