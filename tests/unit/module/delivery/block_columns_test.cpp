#include "module/delivery/block_columns.hpp"

#include <map>
#include <memory>
#include <string>

#include "core/policy/filter.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

using Slots = BlockColumns::Slots;

// Events by slot, and how often each was read.
struct Events {
  std::map<std::size_t, Json> roots;
  std::map<std::size_t, std::string> names;
  std::map<std::size_t, int> n_reads;
  int n_left = 1000;  // that may be read

  void set(std::size_t slot, const std::string& text, const std::string& name = "LogEntry") {
    auto parsed = Json::parse(text);
    roots[slot] = parsed ? std::move(*parsed) : Json();
    names[slot] = name;
  }
  BlockColumns::ReadEvent read() {
    return [this](std::size_t slot, bool with_json) -> std::optional<EventView> {
      if (with_json && n_left == 0) {
        return std::nullopt;
      }
      n_left -= with_json ? 1 : 0;
      EventView event;
      event.name = names.at(slot);
      if (with_json) {
        ++n_reads[slot];
        event.root = roots.at(slot).ref();
      }
      return event;
    };
  }
};

Slots bits(std::initializer_list<std::size_t> slots) {
  Slots all = 0;
  for (const std::size_t slot : slots) {
    all |= Slots{1} << slot;
  }
  return all;
}

std::shared_ptr<const Filter> compiled(const std::string& filters) {
  return RS_UNWRAP(Filter::compile(RS_UNWRAP(Json::parse(filters)).ref()));
}

}  // namespace

RS_TEST(records_are_found_by_the_hash_of_a_member) {
  Events events;
  for (std::size_t slot = 0; slot < BlockColumns::kRecords; ++slot) {
    events.set(slot, R"({"data":{"task":"t)" + std::to_string(slot % 16) + "\"}}");
  }
  BlockColumns columns;
  for (std::size_t task = 0; task < 16; ++task) {
    const auto filter = compiled(R"({"task":"t)" + std::to_string(task) + "\"}");
    RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), ~Slots{0}, events.read()),
                 bits({task, task + 16, task + 32, task + 48}));
  }
  const auto two = compiled(R"({"task":["t0","t15"]})");
  RS_EXPECT_EQ(columns.matching(*two->indexed().front(), bits({0, 1, 15, 16, 63}), events.read()),
               bits({0, 15, 16, 63}));
}

RS_TEST(a_record_is_read_once_for_a_member_and_only_when_it_is_wanted) {
  Events events;
  events.set(0, R"({"data":{"a":"x"}})");
  events.set(1, R"({"data":{"a":"y"}})");
  BlockColumns columns;
  const auto filter = compiled(R"({"a":"x"})");
  for (int i = 0; i < 3; ++i) {
    RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({0}), events.read()), bits({0}));
  }
  RS_EXPECT_EQ(events.n_reads[0], 1);
  RS_EXPECT_EQ(events.n_reads[1], 0);
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({0, 1}), events.read()),
               bits({0}));
  RS_EXPECT_EQ(events.n_reads[1], 1);
}

RS_TEST(arrays_may_be_anything_and_what_does_not_parse_is_nothing) {
  Events events;
  events.set(3, R"({"data":{"a":["x","y"]}})");
  events.set(4, "not JSON");
  events.set(5, R"({"data":{"a":null}})");
  BlockColumns columns;
  const auto filter = compiled(R"({"a":"z"})");
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({3, 4, 5}), events.read()),
               bits({3}));
}

RS_TEST(a_record_that_is_replaced_is_read_again) {
  Events events;
  events.set(7, R"({"data":{"a":["x"]}})", "A");
  BlockColumns columns;
  const auto filter = compiled(R"({"a":"z"})");
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({7}), events.read()), bits({7}));
  RS_EXPECT_EQ(columns.names(bits({7}), events.read()).front().slots, bits({7}));
  events.set(7, R"({"data":{"a":"y"}})", "B");
  columns.forget(7);
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({7}), events.read()), Slots{0});
  const auto& names = columns.names(bits({7}), events.read());
  RS_EXPECT_EQ(names.size(), std::size_t{2});
  RS_EXPECT_EQ(names[0].slots, Slots{0});
  RS_EXPECT_EQ(names[1].slots, bits({7}));
}

RS_TEST(members_beyond_the_bound_rule_nothing_out) {
  Events events;
  events.set(0, R"({"data":{}})");
  BlockColumns columns;
  for (std::size_t i = 0; i < BlockColumns::kMostColumns + 2; ++i) {
    const auto filter = compiled("{\"m" + std::to_string(i) + "\":1}");
    RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({0}), events.read()),
                 i < BlockColumns::kMostColumns ? Slots{0} : bits({0}));
  }
  const std::size_t n_bytes = columns.n_bytes();
  RS_EXPECT_GT(n_bytes, BlockColumns::kMostColumns * BlockColumns::kRecords * 4);
  RS_EXPECT_LT(n_bytes, 4 * BlockColumns::kMostColumns * BlockColumns::kRecords * 4);
}

RS_TEST(what_there_is_no_time_to_read_is_not_ruled_out) {
  Events events;
  for (std::size_t slot = 0; slot < 6; ++slot) {
    events.set(slot, R"({"data":{"a":"y"}})");
  }
  events.n_left = 2;
  BlockColumns columns;
  const auto filter = compiled(R"({"a":"x"})");
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({0, 1, 2, 5}), events.read()),
               bits({2, 5}));
  events.n_left = 2;
  RS_EXPECT_EQ(columns.matching(*filter->indexed().front(), bits({0, 1, 2, 5}), events.read()),
               Slots{0});
}
