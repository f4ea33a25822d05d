#include "core/policy/role_map.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using Names = std::vector<std::string>;

RS_TEST(without_entries_values_are_roles) {
  RS_EXPECT_EQ(RoleMap().roles_of({"admin", "x"}), (Names{"admin", "x"}));
}

RS_TEST(values_give_the_roles_that_they_are_mapped_to_and_others_none) {
  const RoleMap map =
      RS_UNWRAP(RoleMap::make({"/teams/ops = admin| team-a ", "cn=web,ou=x=developer|admin"}));
  RS_EXPECT_EQ(map.roles_of({"/teams/ops"}), (Names{"admin", "team-a"}));
  RS_EXPECT_EQ(map.roles_of({"/teams/ops", "cn=web,ou=x"}),
               (Names{"admin", "team-a", "developer"}));
  RS_EXPECT(map.roles_of({"admin", "other"}).empty());
}

RS_TEST(wrong_entries_are_refused) {
  for (const char* entry : {"", "x", "=admin", " =admin", "x=", "x=|"}) {
    RS_EXPECT_CONTAINS(RoleMap::make({entry}).error().message, "must be VALUE=ROLE|ROLE");
  }
  RS_EXPECT_CONTAINS(RoleMap::make({"x=a", "x=b"}).error().message, "mapped already");
}
