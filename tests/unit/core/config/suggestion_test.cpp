// A slip of the finger is recognised; something else altogether gets no advice.
#include "core/config/suggestion.hpp"

#include "core/config/plugin_options.hpp"
#include "core/config/worker_options.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(slips_are_recognised) {
  RS_EXPECT_EQ(suggestion_for("ring.sise", worker_option_specs()), "; did you mean \"ring.size\"?");
  RS_EXPECT_EQ(suggestion_for("rundir", worker_option_specs()), "; did you mean \"run_dir\"?");
  RS_EXPECT_EQ(suggestion_for("limit_connections_per_user", plugin_option_specs()),
               "; did you mean \"limit-connections-per-user\"?");
}

RS_TEST(what_is_near_nothing_gets_no_advice) {
  RS_EXPECT_EQ(suggestion_for("colour", worker_option_specs()), "");
  RS_EXPECT_EQ(suggestion_for("", worker_option_specs()), "");
  RS_EXPECT_EQ(suggestion_for(std::string(100'000, 'x'), worker_option_specs()), "");
}
