#include "core/proto/endpoint.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(a_path_names_its_endpoint_exactly) {
  RS_EXPECT(endpoint_of_path("/ws") == Endpoint::kEvents);
  RS_EXPECT(endpoint_of_path("/metrics") == Endpoint::kMetrics);
  RS_EXPECT(endpoint_of_path("/logs") == Endpoint::kLogs);
  for (const char* path : {"", "/", "/ws/", "/WS", "ws", "/wss", "/logs/x"}) {
    RS_EXPECT(!endpoint_of_path(path).has_value());
  }
}

RS_TEST(each_row_is_found_by_its_enumerator_and_by_its_path) {
  for (const EndpointInfo& row : endpoints()) {
    RS_EXPECT(info_of(row.endpoint).endpoint == row.endpoint);
    RS_EXPECT(endpoint_of_path(row.path) == row.endpoint);
    RS_EXPECT_EQ(row.subprotocol.substr(0, 9), "ringside-");
  }
}

RS_TEST(defaults_of_the_endpoints) {
  RS_EXPECT(info_of(Endpoint::kEvents).default_events.empty());
  RS_EXPECT_EQ(info_of(Endpoint::kMetrics).default_events.size(), 2U);
  RS_EXPECT_EQ(info_of(Endpoint::kLogs).default_events.front(), "LogEntry");
  RS_EXPECT(info_of(Endpoint::kMetrics).serves_series);
}
