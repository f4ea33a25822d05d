// Subscriptions: the first replaces the implied "all", later ones add, taking away works on "all"
// too.
#include "core/policy/subscription.hpp"

#include <random>

#include "tests/support/rs_test.hpp"

using namespace ringside;
using Names = std::vector<std::string>;

namespace {

std::shared_ptr<const Filter> filter(const std::string& text) {
  const Json json = RS_UNWRAP(Json::parse(text));
  return *Filter::compile(json.ref());
}

bool wants(const Subscription& subscription, const std::string& type,
           const std::string& data = "{}") {
  const Json root =
      RS_UNWRAP(Json::parse(R"({"event_type":")" + type + R"(","data":)" + data + "}"));
  EventView event;
  event.name = type;
  event.type = event_type_of(type);
  event.root = root.ref();
  return subscription.wants(event);
}

}  // namespace

RS_TEST(everything_wants_all_types_known_or_not) {
  const Subscription all = Subscription::everything(nullptr);
  RS_EXPECT(wants(all, "TaskStatusChanged"));
  RS_EXPECT(wants(all, "Custom"));
  RS_EXPECT_EQ(all.types(), Names({"*"}));
  RS_EXPECT_EQ(all.types(), std::vector<std::string>{"*"});
  RS_EXPECT(!all.needs_json());
}

RS_TEST(first_subscribe_replaces_the_implied_all_and_later_ones_add) {
  Subscription s = Subscription::everything(filter(R"({"status":"x"})"));
  s.subscribe({"task"}, nullptr);
  RS_EXPECT_EQ(s.types(), Names({"TaskStatusChanged"}));
  RS_EXPECT(wants(s, "TaskStatusChanged"));
  RS_EXPECT(!wants(s, "LogEntry"));
  s.subscribe({"LogEntry", "Custom"}, nullptr);
  RS_EXPECT_EQ(s.types(), Names({"Custom", "LogEntry", "TaskStatusChanged"}));
}

RS_TEST(subscribe_on_named_types_adds) {
  Subscription s = Subscription::of({"task"}, nullptr);
  s.subscribe({"batch"}, nullptr);
  RS_EXPECT_EQ(s.types(), Names({"BatchOperationUpdate", "TaskStatusChanged"}));
}

RS_TEST(filters_hold_for_the_types_of_their_message_only) {
  Subscription s = Subscription::of({"task"}, filter(R"({"status":"Running"})"));
  s.subscribe({"batch"}, nullptr);
  RS_EXPECT(wants(s, "TaskStatusChanged", R"({"status":"Running"})"));
  RS_EXPECT(!wants(s, "TaskStatusChanged", R"({"status":"Failed"})"));
  RS_EXPECT(wants(s, "BatchOperationUpdate", R"({"status":"Failed"})"));
  RS_EXPECT(s.needs_json());
}

RS_TEST(subscribing_again_replaces_the_filter_of_that_type) {
  Subscription s = Subscription::of({"task", "batch"}, filter(R"({"status":"Running"})"));
  s.subscribe({"TaskStatusChanged"}, filter(R"({"status":"Failed"})"));
  RS_EXPECT(wants(s, "TaskStatusChanged", R"({"status":"Failed"})"));
  RS_EXPECT(!wants(s, "TaskStatusChanged", R"({"status":"Running"})"));
  RS_EXPECT(wants(s, "BatchOperationUpdate", R"({"status":"Running"})"));
  s.subscribe({"task", "batch"}, nullptr);
  RS_EXPECT(!s.needs_json());
}

RS_TEST(unsubscribe_takes_away_named_types) {
  Subscription s = Subscription::of({"task", "log"}, nullptr);
  s.unsubscribe({"LogEntry", "NeverSubscribed"});
  RS_EXPECT_EQ(s.types(), Names({"TaskStatusChanged"}));
  RS_EXPECT_EQ(s.n_types(), 1u);
  s.unsubscribe({"task"});
  RS_EXPECT_EQ(s.types(), Names());
  RS_EXPECT(!wants(s, "TaskStatusChanged"));
}

RS_TEST(unsubscribe_takes_away_from_all_too) {
  Subscription s = Subscription::everything(nullptr);
  s.unsubscribe({"log"});
  RS_EXPECT(!wants(s, "LogEntry"));
  RS_EXPECT(wants(s, "TaskStatusChanged"));
  RS_EXPECT(wants(s, "Custom"));
  RS_EXPECT(!s.wants_type(EventType::kLog, "LogEntry"));
  RS_EXPECT(s.wants_type(EventType::kCustom, "Custom"));
  RS_EXPECT_EQ(s.n_types(), 1u);
}

RS_TEST(first_subscribe_after_an_unsubscribe_still_replaces_the_implied_all) {
  Subscription s = Subscription::everything(nullptr);
  s.unsubscribe({"log"});
  s.subscribe({"log"}, nullptr);
  RS_EXPECT_EQ(s.types(), Names({"LogEntry"}));
  RS_EXPECT(!wants(s, "TaskStatusChanged"));
}

RS_TEST(star_subscribes_to_all_explicitly) {
  Subscription s = Subscription::of({"task"}, filter(R"({"status":"Running"})"));
  s.subscribe({"*"}, nullptr);
  RS_EXPECT(wants(s, "Custom"));
  RS_EXPECT(wants(s, "TaskStatusChanged", R"({"status":"Failed"})"));
  s.subscribe({"task"}, filter(R"({"status":"Running"})"));
  RS_EXPECT(!wants(s, "TaskStatusChanged", R"({"status":"Failed"})"));
  RS_EXPECT(wants(s, "Custom"));
  RS_EXPECT_EQ(s.types(), Names({"*"}));
}

RS_TEST(subscribing_to_a_type_taken_away_brings_it_back) {
  Subscription s = Subscription::of({"*"}, nullptr);
  s.unsubscribe({"log", "metric"});
  s.subscribe({"log"}, nullptr);
  RS_EXPECT(wants(s, "LogEntry"));
  RS_EXPECT(!wants(s, "MetricUpdate"));
  s.subscribe({"*"}, nullptr);
  RS_EXPECT(wants(s, "MetricUpdate"));
  RS_EXPECT_EQ(s.n_types(), 0u);
}

RS_TEST(unsubscribe_from_star_leaves_nothing_and_later_subscribes_add) {
  Subscription s = Subscription::everything(nullptr);
  s.unsubscribe({"*"});
  RS_EXPECT(!wants(s, "TaskStatusChanged"));
  RS_EXPECT_NE(s.types(), std::vector<std::string>{"*"});
  s.subscribe({"task"}, nullptr);
  s.subscribe({"log"}, nullptr);
  RS_EXPECT_EQ(s.types(), Names({"LogEntry", "TaskStatusChanged"}));
}

RS_TEST(key_says_what_is_selected_and_not_how_it_came_to_be) {
  const auto running = [] { return filter(R"({"status":["Running","Failed"]})"); };
  Subscription a = Subscription::everything(nullptr);
  a.subscribe({"log", "task"}, running());
  Subscription b = Subscription::of({"TaskStatusChanged"}, nullptr);
  b.subscribe({"LogEntry"}, filter(R"({"status":["Failed","Running"]})"));
  RS_EXPECT_NE(a.key(), b.key());
  b.subscribe({"task"}, running());
  RS_EXPECT_EQ(a.key(), b.key());

  Subscription c = Subscription::of({"*"}, running());
  c.unsubscribe({"task"});
  c.subscribe({"task"}, running());
  RS_EXPECT_EQ(c.key(), Subscription::everything(running()).key());
  RS_EXPECT_EQ(Subscription::of({"task"}, filter("{}")).key(),
               Subscription::of({"task"}, nullptr).key());
}

RS_TEST(different_selections_have_different_keys) {
  const auto a = filter(R"({"a":"1"})");
  Subscription without_log = Subscription::everything(nullptr);
  without_log.unsubscribe({"log"});
  Subscription all_but_task = Subscription::of({"*"}, nullptr);
  all_but_task.subscribe({"task"}, a);
  Subscription nothing = Subscription::of({}, nullptr);
  const Names keys = {Subscription::everything(nullptr).key(),
                      Subscription::everything(a).key(),
                      Subscription::of({"log"}, nullptr).key(),
                      Subscription::of({"log"}, a).key(),
                      Subscription::of({"log", "task"}, a).key(),
                      without_log.key(),
                      all_but_task.key(),
                      nothing.key()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = i + 1; j < keys.size(); ++j) {
      RS_EXPECT_NE(keys[i], keys[j]);
    }
  }
}

// Random operations against the sentences of the protocol written as plain sets; equal keys must
// mean equal answers.
RS_TEST(random_operations_agree_with_a_plain_model_and_keys_with_answers) {
  std::mt19937_64 random(ringside::test::seed());
  const Names universe = {"TaskStatusChanged", "LogEntry", "MetricUpdate", "Custom", "Other"};
  std::map<std::string, std::string> answers_of_key;
  for (int round = 0; round < 300; ++round) {
    Subscription s = Subscription::everything(nullptr);
    std::map<std::string, bool> model;  // type: wanted; "Other" means all that is never named
    bool implied = true;
    for (const std::string& type : universe) {
      model[type] = true;
    }
    for (int step = 0; step < 8; ++step) {
      const bool star = random() % 10 == 0;
      const std::string type = star ? "*" : universe[random() % 4];
      const bool adds = random() % 2 == 0;
      if (adds && implied) {
        for (auto& [name, wanted] : model) {
          wanted = false;
        }
      }
      implied = implied && !adds && !star;
      for (auto& [name, wanted] : model) {
        wanted = star || name == type ? adds : wanted;
      }
      adds ? s.subscribe({type}, nullptr) : s.unsubscribe({type});
      std::string answers;
      for (const std::string& name : universe) {
        RS_EXPECT_EQ(wants(s, name), model[name]);
        answers += model[name] ? '1' : '0';
      }
      const auto [at, fresh] = answers_of_key.emplace(s.key(), answers);
      RS_EXPECT_EQ(at->second, answers);
    }
  }
}
