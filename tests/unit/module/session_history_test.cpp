#include "module/session.hpp"

#include <filesystem>

#include "core/segments/segment_store.hpp"
#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(since_an_id_replays_then_says_so_then_goes_live) {
  ModuleFixture fixture;
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{2})}, {"batch_size", "1"}});
  fixture.hub->on_wake();
  fixture.append("A", 6);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(type_of(client.connection.next()), "welcome");
  Numbers replayed;
  for (int i = 0; i < 3; ++i) {
    replayed.push_back(client.connection.next()["data"]["n"].as_integer().value_or(0));
  }
  RS_EXPECT_EQ(replayed, (Numbers{3, 4, 5}));
  const Json end = client.connection.next();
  RS_EXPECT_EQ(type_of(end), "replay_end");
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(end["missed"].as_integer().value_or(-1), 0);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{6}));
}

RS_TEST(what_came_before_the_connection_is_history_to_it_though_no_wake_up_told_of_it) {
  ModuleFixture fixture;
  fixture.append("LogEntry", 1);
  fixture.hub->on_wake();
  fixture.append("LogEntry", 2);
  Admin client(fixture, {{"tail", "1"}, {"batch_size", "1"}}, Endpoint::kLogs);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.next()["head"].as_string().value_or(""), fixture.id_of(Seq{2}));
  RS_EXPECT_EQ(client.connection.next()["data"]["n"].as_integer().value_or(0), 2);
  RS_EXPECT_EQ(type_of(client.connection.next()), "replay_end");
}

RS_TEST(since_something_overwritten_counts_what_is_gone) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  const std::uint64_t tail = fixture.hub->ring().cursor_at_tail().seq.value;
  Admin client(fixture, {{"since", fixture.id_of(Seq{10})}});
  for (int i = 0; i < 10; ++i) {
    fixture.hub->on_wake();
  }
  std::uint64_t missed = 0;
  while (!client.connection.texts.empty()) {
    const Json message = client.connection.next();
    if (type_of(message) == "replay_end") {
      RS_EXPECT_EQ(message["recovered"].as_bool(), std::optional(false));
      missed = static_cast<std::uint64_t>(message["missed"].as_integer().value_or(0));
    }
  }
  RS_EXPECT_EQ(missed, tail - 11);
}

RS_TEST(tail_gives_the_last_that_match_first) {
  ModuleFixture fixture;
  for (int n = 1; n <= 6; ++n) {
    fixture.append(n % 2 == 0 ? "LogEntry" : "Other", n, R"("level":"INFO","message":"m")");
  }
  fixture.hub->on_wake();
  Admin client(fixture, {{"tail", "2"}}, Endpoint::kLogs);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{4, 6}));
}

RS_TEST(a_search_for_the_last_events_goes_on_over_turns) {
  ModuleFixture fixture;
  for (int n = 1; n <= 500; ++n) {
    fixture.append("LogEntry", n, n == 3 ? R"("level":"ERROR")" : R"("level":"INFO")");
  }
  fixture.hub->on_wake();
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
  const std::uint64_t before = fixture.hub->turn_number();
  Admin client(fixture, {{"tail", "1"}, {"level", "ERROR"}}, Endpoint::kLogs);
  RS_EXPECT(fixture.hub->turn_number() - before > 5);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{3}));
}

RS_TEST(a_longer_work_slice_needs_fewer_turns) {
  const auto turns_with = [](const char* slice) {
    ModuleFixture fixture(Settings{{"work-slice", slice}});
    for (int n = 1; n <= 500; ++n) {
      fixture.append("LogEntry", n, n == 3 ? R"("level":"ERROR")" : R"("level":"INFO")");
    }
    fixture.hub->on_wake();
    fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
    const std::uint64_t before = fixture.hub->turn_number();
    const Admin client(fixture, {{"tail", "1"}, {"level", "ERROR"}}, Endpoint::kLogs);
    return fixture.hub->turn_number() - before;
  };
  RS_EXPECT(turns_with("20ms") * 4 < turns_with("2ms"));
}

RS_TEST(replays_of_a_user_beyond_the_limit_wait_for_the_others) {
  ModuleFixture fixture(Settings{{"limit-replays-per-user", "1"}});
  for (int n = 1; n <= 500; ++n) {
    fixture.append("A", n);
  }
  fixture.hub->on_wake();
  Admin first(fixture);
  first.connection.fills_with_each_send = true;
  first.say(R"({"type":"subscribe","events":["*"],"filters":{"since":"2020-01-01T00:00:00Z"}})");
  first.connection.socket_full = false;
  first.session.on_writable();  // takes one chunk and is busy in the middle of its replay
  fixture.host.settle();
  RS_EXPECT_EQ(fixture.hub->control()->in_use(ControlSegment::Quota::kReplays, "alice"), 1U);
  Admin second(fixture, {{"since", "2020-01-01T00:00:00Z"}});
  second.connection.texts.pop_front();  // welcome
  fixture.hub->on_wake();
  RS_EXPECT(second.connection.texts.empty());
  first.connection.fills_with_each_send = first.connection.socket_full = false;
  first.session.on_writable();
  fixture.host.settle();
  fixture.hub->on_wake();
  fixture.host.settle();
  RS_EXPECT_EQ(type_of(next_of_type(second.connection, "replay_end")), "replay_end");
  RS_EXPECT_EQ(fixture.hub->control()->in_use(ControlSegment::Quota::kReplays, "alice"), 0U);
}

RS_TEST(since_a_time_ago_replays_what_came_after_it) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.clock.advance(std::chrono::minutes(10));
  fixture.append("A", 2);
  fixture.clock.advance(std::chrono::minutes(4));
  fixture.append("A", 3);
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", "-5m"}, {"batch_size", "1"}});
  client.connection.texts.pop_front();  // welcome
  fixture.host.settle();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{2, 3}));
}

RS_TEST(an_id_of_another_epoch_is_not_recovered) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", "00000001:1"}});
  RS_EXPECT(!next_of_type(client.connection, "replay_end")["recovered"].as_bool().value_or(true));
}

namespace {

// As the worker of a cluster's node says it.
void set_cluster(ModuleFixture& fixture, ClusterState state, std::uint64_t head) {
  ClusterStatus status;
  status.state = state;
  status.head = head;
  status.current = fixture.clock.mono_now();
  RS_UNWRAP(ControlSegment::open(fixture.dir / "control", fixture.clock))->set_cluster(status);
}

}  // namespace

RS_TEST(an_id_ahead_of_this_node_waits_for_what_comes_after_it) {
  ModuleFixture fixture;
  set_cluster(fixture, ClusterState::kLive, 2);
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{4})}, {"batch_size", "1"}});
  fixture.hub->on_wake();
  const Json end = next_of_type(client.connection, "replay_end");
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(true));
  for (int n = 3; n <= 6; ++n) {
    fixture.append("A", n);
    fixture.hub->on_wake();
  }
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5, 6}));
}

RS_TEST(a_ring_that_grows_beyond_the_id_while_the_client_is_welcomed_sends_nothing_again) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.append("A", 2);
  fixture.hub->on_wake();
  Client client(fixture,
                ModuleFixture::admission(Endpoint::kEvents, std::nullopt,
                                         {{"since", fixture.id_of(Seq{4})}, {"batch_size", "1"}}));
  client.connection.before_send = [&fixture] {
    for (int n = 3; n <= 5; ++n) {
      fixture.append("A", n);
    }
  };
  client.say(R"({"type":"auth","token":")" +
             fixture.token("alice", "admin", std::chrono::seconds(120)) + "\"}");
  RS_EXPECT(client.connection.before_send == nullptr);
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{5}));
}

RS_TEST(an_id_ahead_that_the_log_does_not_have_is_of_another_history) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.append("A", 2);
  set_cluster(fixture, ClusterState::kLive, 2);
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{1'000'000})}, {"batch_size", "1"}});
  fixture.hub->on_wake();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{}));
  // A node that is cut off cannot say what the log has: it waits.
  set_cluster(fixture, ClusterState::kCut, 2);
  fixture.clock.advance(std::chrono::seconds(30));
  fixture.hub->on_tick();
  fixture.host.settle();
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{}));
  set_cluster(fixture, ClusterState::kLive, 2);
  fixture.hub->on_tick();
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  fixture.host.settle();
  RS_EXPECT_EQ(next_of_type(client.connection, "gap")["reason"].as_string().value_or(""), "epoch");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{1, 2}));
}

RS_TEST(an_id_ahead_of_the_ring_of_a_single_machine_is_of_another_history) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.hub->on_wake();
  Admin client(fixture, {{"since", fixture.id_of(Seq{7})}, {"batch_size", "1"}});
  fixture.hub->on_wake();
  RS_EXPECT_EQ(type_of(client.connection.next()), "welcome");
  RS_EXPECT_EQ(client.connection.next()["data"]["n"].as_integer().value_or(0), 1);
  const Json end = client.connection.next();
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(false));
}

RS_TEST(events_beyond_the_history_are_no_loss_of_a_connection) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  for (std::int64_t n = 0; n < 2000; ++n) {
    fixture.append("Custom", n);
  }
  fixture.hub->on_wake();
  const std::string first = fixture.id_of(Seq{10});
  Admin viewer(fixture, {{"since", first}});
  const Json end = next_of_type(viewer.connection, "replay_end");
  const auto missed = static_cast<std::uint64_t>(*end["missed"].as_integer());
  RS_EXPECT(missed > 0);
  fixture.hub->flush_counters();
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kEventsBeyondHistory), missed);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kEventsMissed), 0U);
}

// --- on disk

namespace {

// The ring's file is replaced by one that continues after a stop that may have lost events.
struct Restarted : ModuleFixture {
  explicit Restarted(std::int64_t n_before) {
    for (std::int64_t n = 1; n <= n_before; ++n) {
      append("A", n);
    }
    old_epoch = writer->epoch();
    RingOptions options;
    options.path = dir / "second/ring";
    options.capacity_bytes = 64U << 10U;
    options.lineage = writer->lineage();
    options.lineage.begin(Epoch{0xb}, Seq{static_cast<std::uint64_t>(n_before) - 10});
    options.first = Seq{static_cast<std::uint64_t>(n_before) - 9};
    std::filesystem::create_directory(dir.path() / "second");
    hub.reset();
    writer = RS_UNWRAP(RingWriter::open(options, clock));
    writer->beat();
    std::filesystem::rename(dir / "second/ring", dir / "ring");
    hub = std::make_shared<Hub>(dir.path().string(), host.host(), clock);
    host.serve(*hub);
    PluginOptionsResult loaded = load_plugin_options(
        Settings{{"run-dir", dir.path().string()}, {"keys", "HS256:" + dir / "jwt.secret"}});
    vhost = RS_UNWRAP(Vhost::make(std::move(loaded.options), hub, clock));
  }
  Epoch old_epoch;
};

Json end_of_replay(Admin& client, Numbers& numbers) {
  for (;;) {
    Json message = client.connection.next();
    if (type_of(message) == "replay_end") {
      return message;
    }
    if (const auto n = message["data"]["n"].as_integer()) {
      numbers.push_back(*n);
    }
  }
}

}  // namespace

RS_TEST(an_id_of_a_past_epoch_is_valid_up_to_its_last_event) {
  Restarted fixture(100);
  for (int n = 1001; n <= 1005; ++n) {
    fixture.append("A", n);  // sequences 91 to 95
  }
  fixture.hub->on_wake();
  Admin valid(fixture,
              {{"since", format_event_id({fixture.old_epoch, Seq{90}})}, {"batch_size", "1"}});
  fixture.host.settle();
  Numbers numbers;
  const Json end = end_of_replay(valid, numbers);
  RS_EXPECT_EQ(numbers, (Numbers{1001, 1002, 1003, 1004, 1005}));
  RS_EXPECT_EQ(end["recovered"].as_bool(), std::optional(true));
  RS_EXPECT_EQ(end["missed"].as_integer().value_or(-1), 0);
  std::string cuts;
  end["cuts"].for_each_element([&cuts](JsonRef id) {
    cuts += std::string(id.as_string().value_or("?")) + ' ';
    return true;
  });
  RS_EXPECT_EQ(cuts, fixture.id_of(Seq{90}) + ' ');

  // The event was lost: what came after the last one that was not, and nobody knows how many are missing.
  Admin lost(fixture,
             {{"since", format_event_id({fixture.old_epoch, Seq{95}})}, {"batch_size", "1"}});
  fixture.host.settle();
  numbers.clear();
  const Json unknown = end_of_replay(lost, numbers);
  RS_EXPECT_EQ(numbers, (Numbers{1001, 1002, 1003, 1004, 1005}));
  RS_EXPECT_EQ(unknown["recovered"].as_bool(), std::optional(false));
  RS_EXPECT(!unknown["missed"].as_integer().has_value());

  Admin later(fixture, {{"since", fixture.id_of(Seq{93})}, {"batch_size", "1"}});
  fixture.host.settle();
  numbers.clear();
  RS_EXPECT(!end_of_replay(later, numbers)["cuts"].present());
  RS_EXPECT_EQ(numbers, (Numbers{1004, 1005}));
}

RS_TEST(a_replay_reads_the_disk_where_the_ring_has_lost_it_and_live_does_not) {
  ModuleFixture fixture;
  auto store = RS_UNWRAP(SegmentStore::open({.dir = fixture.dir / "history"}, fixture.clock));
  store->continue_with(fixture.writer->lineage(), Seq{1});
  const auto append = [&](std::int64_t n) {
    fixture.append("A", n);
    store->add(fixture.writer->last_record().header, fixture.writer->last_record().payload);
  };
  for (std::int64_t n = 1; n <= 3000; ++n) {
    append(n);
  }
  RS_EXPECT_OK(store->flush());
  fixture.hub->on_tick();
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  RS_EXPECT_GT(fixture.hub->ring().cursor_at_tail().seq.value, 1000U);
  Admin client(fixture, {{"since", fixture.id_of(Seq{10})}});
  fixture.host.settle();
  const Numbers replayed = client.connection.event_numbers();
  RS_EXPECT_EQ(replayed.size(), 2990U);
  RS_EXPECT_EQ(replayed.front(), 11);
  RS_EXPECT_EQ(replayed.back(), 3000);
}

RS_TEST(a_tail_longer_than_the_history_is_all_of_it) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("LogEntry", n);
  }
  fixture.hub->on_wake();
  fixture.hub->on_tick();
  const auto tail = static_cast<std::int64_t>(fixture.hub->ring().cursor_at_tail().seq.value);
  RS_EXPECT_GT(tail, 2000);
  Admin client(fixture, {{"tail", "1000"}, {"batch_size", "1000"}}, Endpoint::kLogs);
  fixture.host.settle();
  const Numbers numbers = client.connection.event_numbers();
  RS_EXPECT_EQ(numbers.front(), tail);
  RS_EXPECT_EQ(numbers.back(), 3000);
  RS_EXPECT_EQ(numbers.size(), static_cast<std::size_t>(3000 - tail + 1));
  RS_EXPECT_EQ(fixture.hub->control()->in_use(ControlSegment::Quota::kReplays, "alice"), 0U);
}
