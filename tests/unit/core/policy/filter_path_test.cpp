// Where the keys of a filter lead.
#include "core/policy/filter_path.hpp"

#include "core/event/path_memo.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr const char* kEvent =
    R"({"event_type":"A","id":"e:1","timestamp":"t","other":9,"data":{"a":{"b":1,"b.c":2},"l":[10,{"x":11},[12]],"name":"n",
        "metadata":{"m":3},"deep.er":{"z":4},"nothing":null},"metadata":{"a":5,"m":6,"only":7}})";

std::string at(const char* key, PathMemo* memo = nullptr) {
  const Json root = RS_UNWRAP(Json::parse(kEvent));
  EventView view;
  view.root = root.ref();
  view.memo = memo;
  const JsonRef found = FilterPath(key).read(view);
  std::string out;
  if (found.present()) {
    found.dump_to(out);
  }
  return out;
}

}  // namespace

RS_TEST(keys_lead_into_data_then_metadata_or_begin_at_the_root) {
  for (const auto& [key, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a.b", "1"},        {"a.b.c", "2"},         {"l.0", "10"},
           {"l.1.x", "11"},     {"l.2.0", "12"},        {"l.3", ""},
           {"l.x", ""},         {"l.-1", ""},           {"deep.er", R"({"z":4})"},
           {"deep.er.y", ""},   {"only", "7"},          {"m", "6"},
           {"metadata.m", "6"}, {"metadata.a", "5"},    {"data.a.b", "1"},
           {"data.only", ""},   {"task_name", "\"n\""}, {"event_type", "\"A\""},
           {"id", "\"e:1\""},   {"timestamp", "\"t\""}, {"other", ""},
           {"a.q", ""},         {"a.q.b", ""},          {"q.b.c", ""}}) {
    if (at(key) != expected) {
      RS_FAIL(std::string(key) + " leads to '" + at(key) + "'");
    }
  }
}

RS_TEST(what_was_found_is_remembered_for_the_event) {
  const Json root = RS_UNWRAP(Json::parse(kEvent));
  PathMemo memo;
  EventView view;
  view.root = root.ref();
  view.memo = &memo;
  const FilterPath path("a.b");
  RS_EXPECT(!memo.find(view.root, "a.b").has_value());
  RS_EXPECT_EQ(path.read(view).as_integer().value_or(0), 1);
  RS_EXPECT_EQ(memo.find(view.root, "a.b")->as_integer().value_or(0), 1);
  memo.clear();
  memo.keep(view.root, "a.b", root.ref()["other"]);  // what is remembered is believed
  RS_EXPECT_EQ(path.read(view).as_integer().value_or(0), 9);
}

RS_TEST(steps_are_counted_and_empty_ones_are_not_a_path) {
  RS_EXPECT_EQ(n_path_steps("a"), 1U);
  RS_EXPECT_EQ(n_path_steps("a.b.c"), 3U);
  for (const char* key : {"", ".", ".a", "a.", "a..b"}) {
    RS_EXPECT_EQ(n_path_steps(key), 0U);
  }
}
