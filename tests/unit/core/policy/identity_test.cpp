#include "core/policy/identity.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

Identity with(std::vector<std::string> roles) {
  Identity identity;
  identity.roles = std::move(roles);
  return identity;
}

}  // namespace

RS_TEST(one_of_the_roles_is_enough) {
  RS_EXPECT(has_one_of(with({"viewer", "ops"}), "admin| ops "));
  RS_EXPECT(has_one_of(with({"admin"}), "admin"));
  RS_EXPECT(!has_one_of(with({"viewer"}), "admin|ops"));
  RS_EXPECT(!has_one_of(with({"admin|ops"}), "admin|ops"));
  RS_EXPECT(!has_one_of(with({}), "admin"));
}

RS_TEST(an_empty_name_is_no_role) {
  RS_EXPECT(!has_one_of(with({""}), ""));
  RS_EXPECT(!has_one_of(with({"", " "}), "admin|"));
  RS_EXPECT(!has_one_of(with({""}), "| |"));
}
