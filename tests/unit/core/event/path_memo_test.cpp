// The memo is only as good as its forgetting: another event, or another projection of the same,
// must never answer.
#include "core/event/path_memo.hpp"

#include <string>

#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

}  // namespace

RS_TEST(knows_what_was_kept_and_nothing_else) {
  const Json event = *Json::parse(R"({"data":{"status":"Running"}})");
  PathMemo memo;
  RS_EXPECT(!memo.find(event.ref(), "status").has_value());
  memo.keep(event.ref(), "status", event["data"]["status"]);
  memo.keep(event.ref(), "level", JsonRef());
  RS_EXPECT_EQ(*memo.find(event.ref(), "status")->as_string(), std::string_view("Running"));
  RS_EXPECT(memo.find(event.ref(), "level").has_value());
  RS_EXPECT(!memo.find(event.ref(), "level")->present());
  RS_EXPECT(!memo.find(event.ref(), "stat").has_value());
}

RS_TEST(another_root_is_another_event) {
  const Json first = *Json::parse(R"({"data":{"status":"Running"}})");
  const Json second = *Json::parse(R"({"data":{"status":"Failed"}})");
  PathMemo memo;
  memo.keep(first.ref(), "status", first["data"]["status"]);
  RS_EXPECT(!memo.find(second.ref(), "status").has_value());
  memo.keep(second.ref(), "status", second["data"]["status"]);
  RS_EXPECT(!memo.find(first.ref(), "status").has_value());
  RS_EXPECT_EQ(*memo.find(second.ref(), "status")->as_string(), std::string_view("Failed"));
}

RS_TEST(forgets_when_told) {
  const Json event = *Json::parse(R"({"data":{"status":"Running"}})");
  PathMemo memo;
  memo.keep(event.ref(), "status", event["data"]["status"]);
  memo.clear();
  RS_EXPECT(!memo.find(event.ref(), "status").has_value());
}

RS_TEST(many_and_long_paths_are_looked_up_again) {
  const Json event = *Json::parse(R"({"data":{"status":"Running"}})");
  PathMemo memo;
  memo.keep(event.ref(), std::string(1000, 'x'), JsonRef());
  RS_EXPECT(!memo.find(event.ref(), std::string(1000, 'x')).has_value());
  for (int i = 0; i < 100; ++i) {
    memo.keep(event.ref(), "path" + std::to_string(i), JsonRef());
  }
  RS_EXPECT(memo.find(event.ref(), "path0").has_value());
  RS_EXPECT(!memo.find(event.ref(), "path99").has_value());
}

RS_TEST(filters_agree_with_and_without_a_memo) {
  const Json event =
      *Json::parse(R"({"data":{"status":"Running","level":"WARN"},"metadata":{"infra":"lab"}})");
  PathMemo memo;
  for (const char* text :
       {R"({"status":"Running"})", R"({"status":"Failed"})", R"({"infra":["lab","x"]})",
        R"({"infra":"x"})", R"({"min_level":"INFO"})", R"({"level":"ERROR"})", R"({"absent":"x"})",
        R"({"data.status":"Running"})"}) {
    const auto filter = Filter::compile(Json::parse(text)->ref());
    RS_EXPECT(filter.has_value());
    EventView view;
    view.root = event.ref();
    const bool plain = (*filter)->matches(view);
    view.memo = &memo;
    RS_EXPECT_EQ((*filter)->matches(view), plain);
    RS_EXPECT_EQ((*filter)->matches(view), plain);
  }
}
