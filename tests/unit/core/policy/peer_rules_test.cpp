// Which local users may send events.
#include "core/policy/peer_rules.hpp"

#include <grp.h>
#include <pwd.h>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

PeerRules rules(const std::vector<std::string>& users, const std::vector<std::string>& groups) {
  return RS_UNWRAP(PeerRules::make(users, groups));
}

RS_TEST(empty_lists_leave_it_to_the_file_mode) {
  RS_EXPECT(rules({}, {}).allows_all());
  RS_EXPECT(rules({}, {}).allows({1, 12345, 12345, {}}));
}

RS_TEST(one_match_of_either_list_is_enough) {
  const PeerRules some = rules({"root", "4242"}, {"5151"});
  RS_EXPECT(some.allows({1, 0, 99, {}}));
  RS_EXPECT(some.allows({1, 4242, 99, {}}));
  RS_EXPECT(some.allows({1, 7, 5151, {}}));
  RS_EXPECT(some.allows({1, 7, 99, {98, 5151}}));
  RS_EXPECT(!some.allows({1, 7, 99, {98}}));
}

RS_TEST(a_user_of_one_list_needs_no_entry_in_the_other) {
  const PeerRules users = rules({"4242"}, {});
  RS_EXPECT(!users.allows_all());
  RS_EXPECT(users.allows({1, 4242, 99, {}}));
  RS_EXPECT(!users.allows({1, 7, 4242, {4242}}));
  const PeerRules groups = rules({}, {"5151"});
  RS_EXPECT(!groups.allows_all());
  RS_EXPECT(groups.allows({1, 7, 5151, {}}));
  RS_EXPECT(!groups.allows({1, 5151, 99, {}}));
  RS_EXPECT(rules({}, {"root"}).allows({1, 7, 0, {}}));
}

// Whatever group of this system has a member.
RS_TEST(a_group_lets_its_members_in_by_the_user_database) {
  std::string name;
  std::string member;
  ::setgrent();
  while (const group* const each = ::getgrent()) {
    if (each->gr_mem[0] != nullptr && ::getpwnam(each->gr_mem[0]) != nullptr) {
      name = each->gr_name;
      member = each->gr_mem[0];
      break;
    }
  }
  ::endgrent();
  if (name.empty()) {
    RS_SKIP("no group here has a member");
  }
  const gid_t gid = ::getgrnam(name.c_str())->gr_gid;
  const uid_t uid = ::getpwnam(member.c_str())->pw_uid;
  for (const std::string& group : {name, std::to_string(gid)}) {
    RS_EXPECT(rules({}, {group}).allows({1, uid, 4242, {}}));
    RS_EXPECT(!rules({}, {group}).allows({1, uid + 1000, 4242, {}}));
  }
}

RS_TEST(the_largest_id_is_no_user) {
  RS_EXPECT(rules({"4294967294"}, {"4294967294"}).allows({1, 4294967294U, 99, {}}));
  RS_EXPECT(!PeerRules::make({"4294967295"}, {}));
  RS_EXPECT(!PeerRules::make({}, {"4294967295"}));
}

RS_TEST(root_is_no_exception) { RS_EXPECT(!rules({"4242"}, {}).allows({1, 0, 0, {0}})); }

RS_TEST(who_does_not_exist_is_an_error) {
  RS_EXPECT_CONTAINS(PeerRules::make({"no-such-user"}, {}).error().message,
                     "events.allow_users: there is no user \"no-such-user\"");
  RS_EXPECT_CONTAINS(PeerRules::make({}, {"no-such-group"}).error().message,
                     "events.allow_groups: there is no group \"no-such-group\"");
}

}  // namespace
