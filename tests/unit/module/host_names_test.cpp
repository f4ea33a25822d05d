#include "module/host_names.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(a_port_that_the_scheme_implies_may_be_left_out_on_either_side) {
  RS_EXPECT(is_same_host("https://a.example", "a.example:443"));
  RS_EXPECT(is_same_host("http://a.example", "a.example:80"));
  RS_EXPECT(is_same_host("http://a.example:80", "a.example"));
  RS_EXPECT(is_same_host("HTTPS://A.example:443", "a.EXAMPLE."));
  RS_EXPECT(is_same_host("http://[::1]", "[::1]:80"));
  RS_EXPECT(is_same_host("http://a.example:9090", "a.example:9090"));
  RS_EXPECT(!is_same_host("https://a.example", "a.example:8443"));
  RS_EXPECT(!is_same_host("https://a.example", "a.example:80"));
  RS_EXPECT(!is_same_host("http://a.example", "a.example:443"));
  RS_EXPECT(!is_same_host("http://a.example", "b.example"));
  RS_EXPECT(!is_same_host("http://[::1]:81", "[::1]"));
  RS_EXPECT(!is_same_host("null", "null"));
  RS_EXPECT(!is_same_host("file://", ""));
}

RS_TEST(addresses_localhost_and_own_names_are_known) {
  HostNames names({});
  names.add_own("Vhost.example");
  for (const std::string_view known :
       {"", "127.0.0.1", "10.1.2.3:9090", "[::1]", "[fe80::1]:9090", "localhost", "LOCALHOST:1",
        "a.localhost", "localhost.", "vhost.EXAMPLE:9090"}) {
    RS_EXPECT(names.is_known(known));
    RS_EXPECT(names.may_ask(known));
  }
  for (const std::string_view strange :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
        "vhost.example.evil.example", "[::1].evil.example", "evillocalhost", "0x7f.1", "127.1",
        "[zz]", "]", ":80"}) {
    RS_EXPECT(!names.is_known(strange));
    RS_EXPECT(names.may_ask(strange));
  }
}

RS_TEST(with_a_list_others_may_not_ask) {
  HostNames names({"events.example", "other.example:8443"});
  RS_EXPECT(names.may_ask("events.example"));
  RS_EXPECT(names.may_ask("EVENTS.example:443"));
  RS_EXPECT(names.may_ask("other.example"));
  RS_EXPECT(names.may_ask("127.0.0.1:9090"));
  RS_EXPECT(!names.may_ask("evil.example"));
}

RS_TEST(a_name_has_one_normal_form) {
  RS_EXPECT_EQ(normal_authority("A.Example:80", "http"), "a.example");
  RS_EXPECT_EQ(normal_authority("A.Example:80", "https"), "a.example:80");
  RS_EXPECT_EQ(normal_authority("a.example:443", "https"), "a.example");
  RS_EXPECT_EQ(normal_authority("a.example:443", "http"), "a.example:443");
  RS_EXPECT_EQ(normal_authority("a.example.", "http"), "a.example");
  RS_EXPECT_EQ(normal_authority("a.example.:81", "http"), "a.example:81");
  RS_EXPECT_EQ(normal_authority("a.example:", "http"), "a.example");
  RS_EXPECT_EQ(normal_authority(".", "http"), ".");
  RS_EXPECT_EQ(normal_authority("[::1]", "http"), "[::1]");
  RS_EXPECT_EQ(normal_authority("[::1]:8080", "http"), "[::1]:8080");
  RS_EXPECT_EQ(normal_authority("", "http"), "");
}

RS_TEST(origins_are_compared_with_scheme_name_and_port) {
  RS_EXPECT(is_same_origin("https://a.example", "HTTPS://A.example"));
  RS_EXPECT(is_same_origin("https://a.example", "https://a.example:443"));
  RS_EXPECT(is_same_origin("http://a.example:80", "HTTP://a.example"));
  RS_EXPECT(is_same_origin("null", "null"));
  RS_EXPECT(!is_same_origin("http://a.example", "https://a.example"));
  RS_EXPECT(!is_same_origin("http://a.example", "file://a.example"));
  RS_EXPECT(!is_same_origin("http://a.example", "http://b.example"));
  RS_EXPECT(!is_same_origin("http://a.example", "http://a.example:443"));
  RS_EXPECT(!is_same_origin("https://a.example", "null"));
  RS_EXPECT(!is_same_origin("null", "https://a.example"));
  RS_EXPECT(!is_same_origin("xttp://a.example", "http://a.example"));
}

RS_TEST(brackets_alone_are_no_address) {
  HostNames names({});
  RS_EXPECT(!names.is_known("[]"));
  RS_EXPECT(!names.is_known("[::1"));
  RS_EXPECT(!names.is_known("::1"));
  RS_EXPECT(!names.is_known("[127.0.0.1]"));
  RS_EXPECT(names.is_known("[::]"));
  names.add_own("");
  RS_EXPECT(!names.is_known(":"));
}
