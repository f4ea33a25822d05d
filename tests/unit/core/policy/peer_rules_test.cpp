// Which local users may send events.
#include "core/policy/peer_rules.hpp"

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

RS_TEST(root_is_no_exception) { RS_EXPECT(!rules({"4242"}, {}).allows({1, 0, 0, {0}})); }

RS_TEST(who_does_not_exist_is_an_error) {
  RS_EXPECT_CONTAINS(PeerRules::make({"no-such-user"}, {}).error().message,
                     "events.allow_users: there is no user \"no-such-user\"");
  RS_EXPECT_CONTAINS(PeerRules::make({}, {"no-such-group"}).error().message,
                     "events.allow_groups: there is no group \"no-such-group\"");
}

}  // namespace
