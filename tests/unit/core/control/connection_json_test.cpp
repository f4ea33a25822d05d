#include "core/control/connection_json.hpp"

#include "core/base/json.hpp"
#include "core/proto/endpoint.hpp"
#include "core/proto/ingest.hpp"
#include "core/proto/transport.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(names_are_those_of_the_protocol) {
  for (const EndpointInfo& info : endpoints()) {
    RS_EXPECT_EQ(endpoint_name(static_cast<std::uint8_t>(info.endpoint)), info.path);
  }
  for (const Transport transport :
       {Transport::kWebSocket, Transport::kEventStream, Transport::kJsonLines}) {
    RS_EXPECT_EQ(transport_name(static_cast<std::uint8_t>(transport)), name_of(transport));
  }
  RS_EXPECT_EQ(kListedIngest, endpoints().size());
  for (const IngestPath& info : ingest_paths()) {
    RS_EXPECT_EQ(
        endpoint_name(static_cast<std::uint8_t>(kListedIngest + static_cast<unsigned>(info.kind))),
        info.path);
  }
  RS_EXPECT_EQ(transport_name(kListedRequest), "request");
  RS_EXPECT_EQ(name_of(static_cast<Transport>(kListedRequest)), "?");  // the number is free
  RS_EXPECT_EQ(endpoint_name(200), "?");
  RS_EXPECT_EQ(transport_name(200), "?");
}

RS_TEST(ids_are_written_and_read_as_sixteen_digits) {
  for (const std::uint64_t id : {0ULL, 1ULL, 0xf94674b168511cfeULL, ~0ULL}) {
    RS_EXPECT(connection_id_in(connection_id_text(id)) == id);
  }
  for (const char* text :
       {"", "f94674b168511cf", "f94674b168511cfe0", "g94674b168511cfe", "-94674b168511cfe"}) {
    RS_EXPECT(!connection_id_in(text));
  }
}

RS_TEST(the_list_has_every_member) {
  const TempDir dir;
  const ManualClock clock;
  const auto control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  RS_EXPECT_OK(control->join(ProcessKind::kPlugin));
  ConnectionInfo info;
  info.id = 7;
  info.user = "alice \xff";
  info.roles = "admin, team-a";
  info.numbers = {1, 2, 3, 4, 0x123456789};
  RS_EXPECT(control->list_connection(info).has_value());
  control->add(Counter::kConnectionsUnlisted, 3);
  const Json json = RS_UNWRAP(Json::parse(connections_json(*control, 10, std::nullopt)));
  RS_EXPECT_EQ(json["unlisted"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(json["left_out"].as_integer().value_or(-1), 0);
  const JsonRef one = json["connections"][0];
  RS_EXPECT_EQ(one["id"].as_string().value_or(""), "0000000000000007");
  RS_EXPECT_EQ(one["roles"].size(), 2U);
  RS_EXPECT_EQ(one["endpoint"].as_string().value_or(""), "/ws");
  RS_EXPECT_EQ(one["view"].as_string().value_or(""), "23456789");
  RS_EXPECT_EQ(one["missed"].as_integer().value_or(0), 4);
}
