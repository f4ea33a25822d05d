// What a log gets from the pipeline: which events, which way they came, when, and what was hidden in them.
#include "worker/event_log.hpp"

#include "tests/unit/worker/pipeline_fixture.hpp"

namespace {

using namespace ringside;
using test::WithKeptLog;
using Fixture = test::PipelineFixture;

RS_TEST(clean_events_take_the_quick_ways_and_all_others_the_slow_one) {
  for (const auto& [way, text] : std::initializer_list<std::pair<char, const char*>>{
           {'a', R"({"event_type":"Strict","data":{"id":"x"}})"},
           {'a', R"({"data":{"id":"x"},"event_type":"Strict"})"},
           {'a', R"({"event_type":"Any","data":{}})"},
           {'a', R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{"n":1}})"},
           {'a', R"({"event_type":"Any","data":{"n":1},"metadata":{"a":"b"}})"},
           {'a',
            R"({"metadata":{},"data":{},"timestamp":"2020-01-01T00:00:00Z","event_type":"A"})"},
           {'c', R"({"event_type":"Any","data":{},"id":"mine"})"},
           {'c', R"({"event_type":"\u0041ny","data":{}})"},
           {'c', R"({"event_type":"Any","timestamp":"2020-01-01T00:00:0\u0030Z","data":{}})"},
           {'c', R"({"event_type":"Any","timestamp":"0001-01-01T00:00:00Z","data":{}})"},
           {'c', R"({"event_type":"Any","data":{"token":"x"}})"},
           {'c', R"({"event_type":"Any","data":{},"metadata":{"token":"x"}})"},
           {'r', R"({"event_type":"Any","data":{},"more":1})"},
           {'r', R"({"event_type":7,"data":{}})"},
           {'r', R"({"data":{}})"},
           {'r', R"({"event_type":"Any"})"},
           {'r', R"({"event_type":"Any","data":[]})"},
           {'r', R"({"event_type":"Any","data":{},"metadata":[]})"},
           {'r', R"({"event_type":"Any","data":{},"metadata":7})"},
           {'r', R"({"event_type":"Any","data":{},"timestamp":7})"},
           {'r', R"({"event_type":"Any","data":{},"timestamp":"now"})"},
           {'r', R"({"event_type":"Strict","data":{"id":1}})"},
           {'r', R"({"event_type":"not a name","data":{}})"},
           {'r', R"([{"event_type":"Any","data":{}}])"}}) {
    WithKeptLog t;
    const char found = t.way_of(text);
    if (found != way) {
      RS_FAIL(fmt::format("{} takes the way '{}' and not '{}'", text, found, way));
    }
    RS_EXPECT_EQ(t.log.entries.size(), way == 'r' ? 0U : 1U);
  }
}

RS_TEST(an_event_of_a_known_shape_is_known_by_it) {
  WithKeptLog t;
  const auto event = [](int id, const char* timestamp) {
    return fmt::format(R"({{"event_type":"Strict",{}"data":{{"id":"x{}"}}}})", timestamp, id);
  };
  const char* const time = R"("timestamp":"2020-01-01T00:00:00Z",)";
  RS_EXPECT_EQ(t.way_of(event(1, "")), 'a');
  RS_EXPECT_EQ(t.way_of(event(22, "")), 's');
  RS_EXPECT_EQ(t.way_of(event(3, time)), 'a');
  RS_EXPECT_EQ(t.way_of(event(44, time)), 's');
  RS_EXPECT_EQ(t.log.entries.size(), 4U);
  RS_EXPECT_EQ(t.log.entries[1].name, "Strict");
  RS_EXPECT_EQ(t.log.entries[1].object, R"({"event_type":"Strict","data":{"id":"x22"})");
  RS_EXPECT(t.log.entries[1].is_one_line && !t.log.entries[1].has_timestamp);
  RS_EXPECT(!t.log.entries[0].is_one_line && t.log.entries[3].has_timestamp);
}

RS_TEST(blanks_around_an_event_and_nuls_after_it_are_not_of_it) {
  const std::string event = R"({"event_type":"Any","data":{}})";
  for (const std::string_view before : {"", " ", "\t", "\n", "\r", "\r\n \t"}) {
    for (const std::string_view after :
         {std::string_view(""), std::string_view(" "), std::string_view("\t"),
          std::string_view("\n"), std::string_view("\r"), std::string_view("\0", 1),
          std::string_view("\0\n\0 ", 4)}) {
      WithKeptLog t;
      RS_EXPECT_EQ(t.way_of(std::string(before) + event + std::string(after)), 'a');
      RS_EXPECT_EQ(t.log.entries.at(0).object, event.substr(0, event.size() - 1));
    }
  }
  Fixture f;
  for (const std::string& text : {std::string(), std::string(" \n"), std::string(3, '\0')}) {
    RS_EXPECT_CONTAINS(f.accept(text), "is not JSON");
  }
}

RS_TEST(the_log_learns_when_events_came_and_when_a_turn_ends) {
  WithKeptLog t;
  const WallTime first = t.f.clock.wall_now();
  RS_EXPECT_EQ(t.way_of(R"({"event_type":"Any","data":{}})"), 'a');
  t.f.clock.advance(std::chrono::seconds(1));
  RS_EXPECT_EQ(t.way_of(R"({"event_type":"Any","data":{"a":1}})"), 'a');
  t.pipeline.begin_burst();
  RS_EXPECT_EQ(t.way_of(R"({"event_type":"Any","data":{"a":"b"}})"), 'a');
  RS_EXPECT(t.log.entries[0].received == first && t.log.entries[1].received == first);
  RS_EXPECT(t.log.entries[2].received == first + std::chrono::seconds(1));
  t.f.clock.advance(std::chrono::seconds(1));
  RS_EXPECT(t.pipeline.emit("Any", Json::object(), Json::object().set("source", "x"), ""));
  RS_EXPECT(t.log.entries[3].received == first + std::chrono::seconds(2));
  RS_EXPECT_EQ(t.log.entries[3].object,
               R"({"event_type":"Any","data":{},"metadata":{"source":"x"})");
  RS_EXPECT_EQ(t.log.n_turns, 0U);
  t.pipeline.end_turn();
  RS_EXPECT_EQ(t.log.n_turns, 1U);
  RS_EXPECT_EQ(t.pipeline.last_ticket(), 4U);
}

// A private key whose lines are events of their own, among those of others.
RS_TEST(a_secret_of_several_lines_is_hidden_in_its_own_stream_only) {
  WithKeptLog t;
  const auto line = [](const char* component, const char* text) {
    return fmt::format(R"({{"event_type":"LogEntry","data":{{"component":"{}","message":"{}"}}}})",
                       component, text);
  };
  constexpr const char* kBody = "MIIEpAIBAAKCAQEA7bq";
  const EventOrigin one{.source = "socket", .pid = 11};
  const EventOrigin other{.source = "socket", .pid = 12};
  const EventOrigin file{.source = "socket", .pid = 77, .stream = 11};
  RS_EXPECT_EQ(t.way_of(line("app", "fine"), one), 'a');
  RS_EXPECT_EQ(t.way_of(line("app", "-----BEGIN RSA PRIVATE KEY-----"), one), 'c');
  RS_EXPECT_EQ(t.way_of(line("app", kBody), other), 's');  // of another process
  RS_EXPECT_CONTAINS(t.log.entries.back().object, kBody);
  RS_EXPECT_EQ(t.way_of(line("web", kBody), one), 'c');  // of another component
  RS_EXPECT_CONTAINS(t.log.entries.back().object, kBody);
  RS_EXPECT_EQ(t.way_of(line("app", kBody), one), 'c');
  RS_EXPECT_NOT_CONTAINS(t.log.entries.back().object, kBody);
  RS_EXPECT_CONTAINS(t.log.entries.back().object, R"("message":"[redacted]")");
  RS_EXPECT_EQ(t.way_of(line("app", kBody), file), 'c');  // its stream is the first one's process
  RS_EXPECT_NOT_CONTAINS(t.log.entries.back().object, kBody);
  RS_EXPECT_EQ(t.way_of(line("app", "-----END RSA PRIVATE KEY-----"), one), 'c');
  RS_EXPECT_EQ(t.way_of(line("app", "fine again"), one), 's');
  t.pipeline.end_turn();
  RS_EXPECT_EQ(t.f.control->own(Counter::kEventsRedacted), 4U);
}

// A quote that seems to close an open value may open another one.
RS_TEST(a_secret_is_hidden_after_a_text_that_left_a_quote_open) {
  for (const char* next :
       {R"(login password=\"hunter2Zq9x\" ok)", R"(the password is \"hunter2Zq9x\")",
        R"({\"password\": \"hunter2Zq9x\"})"}) {
    WithKeptLog t;
    t.way_of(R"({"event_type":"LogEntry","data":{"message":"password=\"cut off"}})");
    t.way_of(fmt::format(R"({{"event_type":"LogEntry","data":{{"message":"{}"}}}})", next));
    RS_EXPECT_NOT_CONTAINS(t.log.entries.back().object, "hunter2");
    WithKeptLog list;
    list.way_of(fmt::format(
        R"({{"event_type":"Any","data":{{"lines":["password=\"cut off","{}"]}}}})", next));
    RS_EXPECT_NOT_CONTAINS(list.log.entries.back().object, "hunter2");
  }
}

// The quick way for known shapes looks at lists as closely as the other one.
RS_TEST(an_option_with_a_secret_is_hidden_in_a_list_like_one_before) {
  for (const char* argv :
       {R"("mysql","-phunter2Zq9x","db")", R"("curl","-ubob:hunter2Zq9x","x")",
        R"("redis-cli","-a","hunter2Zq9x")", R"("/usr/bin/7z","-phunter2Zq9x","x")",
        R"("xfreerdp","/p:hunter2Zq9x","x")", R"("sshpass","-p","hunter2Zq9x")"}) {
    WithKeptLog t;
    const auto event = [](std::string_view list) {
      return fmt::format(R"({{"event_type":"Any","data":{{"argv":[{}]}}}})", list);
    };
    RS_EXPECT_EQ(t.way_of(event(R"("ls","a","b")")), 'a');
    RS_EXPECT_EQ(t.way_of(event(R"("ls","a","c")")), 's');
    RS_EXPECT_EQ(t.way_of(event(argv)), 'c');
    RS_EXPECT_NOT_CONTAINS(t.log.entries.back().object, "hunter2");
  }
}

// Whose blocks are many pushes out its own: one is a local user on all connections, or a user of the web server.
RS_TEST(another_users_open_secrets_are_not_forgotten) {
  WithKeptLog t;
  const auto line = [](std::string_view component, std::string_view text) {
    return fmt::format(R"({{"event_type":"LogEntry","data":{{"component":"{}","message":"{}"}}}})",
                       component, text);
  };
  constexpr std::string_view kBegin = "-----BEGIN PRIVATE KEY-----";
  constexpr std::string_view kBody = "MIIEpAIBAAKCAQEA7bq";
  const EventOrigin victims[] = {{.source = "http", .stream = 5, .producer = "victim"},
                                 {.source = "events.sock", .uid = 1, .stream = 1},
                                 {.source = "files", .stream = 3}};
  for (const EventOrigin& victim : victims) {
    t.way_of(line("app", kBegin), victim);
  }
  for (unsigned i = 0; i < 1000; ++i) {
    t.way_of(line(std::to_string(i), kBegin), {.source = "http", .stream = 7, .producer = "many"});
    t.way_of(line("app", kBegin), {.source = "events.sock", .uid = 2, .stream = 100 + i});
    t.way_of(line("app", kBegin), {.source = "events.dgram", .uid = 2, .pid = 100 + i});
  }
  for (const EventOrigin& victim : victims) {
    t.way_of(line("app", kBody), victim);
    RS_EXPECT_NOT_CONTAINS(t.log.entries.back().object, kBody);
  }
}

RS_TEST(a_file_and_a_sending_user_are_streams_of_their_own) {
  WithKeptLog t;
  const auto emit = [&](Json metadata, const char* text) {
    RS_EXPECT(t.pipeline.emit("LogEntry", Json::object().set("message", text), metadata, ""));
    return t.log.entries.back().object;
  };
  const auto file = [](const char* path) {
    return Json::object().set("source", "files").set("path", path).deep_copy();
  };
  int pid = 100;  // logger(1) is another process for each line
  const auto sender = [&pid](int uid) {
    return Json::object()
        .set("source", "syslog")
        .set("sender_uid", uid)
        .set("sender_pid", ++pid)
        .deep_copy();
  };
  constexpr const char* kBegin = "-----BEGIN PRIVATE KEY-----";
  constexpr const char* kBody = "MIIEpAIBAAKCAQEA7bq";
  emit(file("/a.log"), kBegin);
  RS_EXPECT_CONTAINS(emit(file("/b.log"), kBody), kBody);
  RS_EXPECT_CONTAINS(emit(sender(7), kBody), kBody);
  RS_EXPECT_NOT_CONTAINS(emit(file("/a.log"), kBody), kBody);
  emit(sender(8), kBegin);
  RS_EXPECT_CONTAINS(emit(sender(9), kBody), kBody);
  RS_EXPECT_NOT_CONTAINS(emit(sender(8), kBody), kBody);
  RS_EXPECT_CONTAINS(emit(Json::object(), kBody), kBody);
}

}  // namespace
