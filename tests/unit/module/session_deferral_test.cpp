#include "module/session.hpp"

#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(a_costly_filter_that_overdraws_is_served_last_told_and_closed_when_lapped) {
  ModuleFixture fixture;
  Admin costly(fixture, {{"filter.search.regex", "[a-f]{10}x"}});
  Admin plain(fixture);
  costly.connection.texts.clear();
  plain.connection.texts.clear();
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(50);
  // The process' cache holds more than the ring, so it has to be outrun too.
  const std::string text = R"("text":")" + std::string(7000, 'a') + '"';
  constexpr int kEvents = 6;  // of a round: less than the ring, so that this process reads them all
  for (int round = 0; round < 5000 && costly.connection.close_code == 0; ++round) {
    for (int n = 0; n < kEvents; ++n) {
      fixture.append("A", round * kEvents + n, text);
    }
    fixture.clock.advance(std::chrono::milliseconds(500));
    fixture.hub->on_wake();
    fixture.hub->on_wake();
  }
  const std::string page = prometheus_of(*fixture.hub);
  RS_EXPECT_NOT_CONTAINS(page, "ringside_deferrals_total 0");
  RS_EXPECT_EQ(plain.connection.close_code, 0);
  RS_EXPECT_EQ(costly.connection.close_code, 4008);
  bool told = false;
  while (!costly.connection.texts.empty()) {
    told = costly.connection.next()["code"].as_string().value_or("") == "filter_too_costly" || told;
  }
  RS_EXPECT(told);
}

RS_TEST(a_user_who_stays_overdrawn_is_told_after_ten_seconds_and_served_all_the_same) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.search.regex", "[a-f]{10}x"}, {"batch_size", "1"}});
  client.connection.texts.clear();
  const auto account = fixture.hub->account_of("alice");
  const auto serve = [&](int n) {
    account->filters.charge(std::chrono::seconds(1));  // ten times its share
    fixture.append("A", n, R"("text":"aaaaaaaaaax")");
    fixture.append("A", 1000 + n, R"("text":"other")");
    fixture.hub->on_wake();
    fixture.host.settle();
  };
  for (int n = 1; n <= 11; ++n) {
    serve(n);
    RS_EXPECT_EQ(client.connection.next()["data"]["n"].as_integer().value_or(0), n);
    RS_EXPECT(client.connection.texts.empty());
    fixture.clock.advance(std::chrono::seconds(1));
  }
  serve(12);
  const Json told = client.connection.next();
  RS_EXPECT_EQ(told["code"].as_string().value_or(""), "filter_too_costly");
  RS_EXPECT_EQ(told["request"].as_string().value_or(""), "subscribe");
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{12}));
  fixture.clock.advance(std::chrono::seconds(1));
  serve(13);
  RS_EXPECT_EQ(client.connection.event_numbers(), (Numbers{13}));
  RS_EXPECT(client.connection.texts.empty());  // told once
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kDeferrals), 13U);
}

RS_TEST(a_user_who_was_in_credit_in_between_is_told_anew_and_not_before_ten_seconds) {
  ModuleFixture fixture;
  Admin client(fixture, {{"filter.search.regex", "[a-f]{10}x"}, {"batch_size", "1"}});
  client.connection.texts.clear();
  const auto account = fixture.hub->account_of("alice");
  const auto serve = [&](int n) {
    fixture.append("A", n, R"("text":"aaaaaaaaaax")");
    fixture.hub->on_wake();
    fixture.host.settle();
    int n_told = 0;
    while (!client.connection.texts.empty()) {
      n_told += type_of(client.connection.next()) == "error" ? 1 : 0;
    }
    fixture.clock.advance(std::chrono::seconds(1));
    return n_told;
  };
  for (int stretch = 0; stretch < 2; ++stretch) {
    int n_told = 0;
    for (int n = 0; n < 11; ++n) {
      account->filters.charge(std::chrono::seconds(1));
      n_told += serve(n);
    }
    RS_EXPECT_EQ(n_told, 0);
    account->filters.charge(std::chrono::seconds(1));
    RS_EXPECT_EQ(serve(11), 1);
    fixture.clock.advance(std::chrono::hours(1));  // the share is earned
    RS_EXPECT_EQ(serve(12), 0);
  }
}
