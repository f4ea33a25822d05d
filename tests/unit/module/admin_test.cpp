#include "module/admin.hpp"

#include "core/base/json.hpp"
#include "tests/unit/module/session_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

class Admins {
 public:
  explicit Admins(ModuleFixture& fixture) : fixture_(fixture) {}

  [[nodiscard]] HttpAnswer ask(std::string_view path, HttpMethod method,
                               std::vector<QueryArgument> arguments = {},
                               const std::string& role = "admin") const {
    HttpRequest request;
    request.path = path;
    request.method = method;
    request.host = "localhost";
    const std::string authorization =
        "Bearer " + fixture_.token("root", role, std::chrono::seconds(60));
    request.authorization = authorization;
    request.arguments = std::move(arguments);
    return answer_admin(request, *fixture_.vhost);
  }
  [[nodiscard]] Json list(std::vector<QueryArgument> arguments = {}) const {
    const HttpAnswer answer = ask("/admin/connections", HttpMethod::kGet, std::move(arguments));
    RS_EXPECT_EQ(answer.status, 200U);
    return RS_UNWRAP(Json::parse(answer.body));
  }

 private:
  ModuleFixture& fixture_;
};

}  // namespace

RS_TEST(the_list_names_who_is_connected_and_can_be_narrowed) {
  ModuleFixture fixture;
  const Client alice(fixture, ModuleFixture::admission(
                                  Endpoint::kEvents, ModuleFixture::identity({"admin"}, "alice")));
  const Client bob(fixture, ModuleFixture::admission(Endpoint::kLogs,
                                                     ModuleFixture::identity({"admin"}, "bob")));
  const Admins admins(fixture);
  RS_EXPECT_EQ(admins.list()["connections"].size(), 2U);
  const Json of_bob = admins.list({{"user", "bob"}});
  RS_EXPECT_EQ(of_bob["connections"].size(), 1U);
  RS_EXPECT(of_bob["connections"][0]["user"].as_string() == "bob");
  RS_EXPECT(of_bob["connections"][0]["endpoint"].as_string() == "/logs");
  const Json one = admins.list({{"limit", "1"}});
  RS_EXPECT_EQ(one["connections"].size(), 1U);
  RS_EXPECT(one["left_out"].as_integer() == 1);
  RS_EXPECT_EQ(admins.list({{"user", "nobody"}})["connections"].size(), 0U);
}

RS_TEST(a_cut_ends_one_connection_or_all_of_a_user_and_no_other) {
  ModuleFixture fixture;
  const auto admit = [](const char* user) {
    return ModuleFixture::admission(Endpoint::kEvents, ModuleFixture::identity({"admin"}, user));
  };
  const Client first(fixture, admit("alice"));
  const Client second(fixture, admit("alice"));
  const Client bob(fixture, admit("bob"));
  const Admins admins(fixture);
  const auto tick = [&] {
    for (int i = 0; i < 20; ++i) {
      fixture.clock.advance(std::chrono::milliseconds(100));
      fixture.hub->on_tick();
      fixture.host.settle();
    }
  };
  const Json list = admins.list({{"user", "alice"}});
  const std::string id(list["connections"][0]["id"].as_string().value_or(""));
  RS_EXPECT_EQ(admins.ask("/admin/disconnect", HttpMethod::kPost, {{"id", id}}).status, 200U);
  tick();
  RS_EXPECT_EQ((first.connection.close_code != 0) + (second.connection.close_code != 0), 1);
  RS_EXPECT_EQ(admins.ask("/admin/disconnect", HttpMethod::kPost, {{"user", "alice"}}).status,
               200U);
  tick();
  RS_EXPECT_NE(first.connection.close_code, 0);
  RS_EXPECT_NE(second.connection.close_code, 0);
  RS_EXPECT_EQ(bob.connection.close_code, 0);
}

RS_TEST(what_is_asked_wrongly_is_refused_with_the_reason) {
  ModuleFixture fixture;
  const Admins admins(fixture);
  struct Case {
    const char* path;
    HttpMethod method;
    std::vector<QueryArgument> arguments;
    unsigned status;
    const char* part;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"/admin/connections", HttpMethod::kPost, {}, 405, "GET"},
           {"/admin/disconnect", HttpMethod::kGet, {{"user", "a"}}, 405, "POST"},
           {"/admin/disconnect", HttpMethod::kPost, {}, 400, "name one connection"},
           {"/admin/disconnect",
            HttpMethod::kPost,
            {{"user", "a"}, {"id", "0123456789abcdef"}},
            400,
            "name one connection"},
           {"/admin/disconnect", HttpMethod::kPost, {{"id", "7"}}, 400, "16 hexadecimal"},
           {"/admin/disconnect", HttpMethod::kPost, {{"limit", "7"}}, 400, "not a parameter"},
           {"/admin/connections", HttpMethod::kGet, {{"limit", "0"}}, 400, "1 to 1000"},
           {"/admin/connections", HttpMethod::kGet, {{"limit", "1001"}}, 400, "1 to 1000"},
           {"/admin/connections", HttpMethod::kGet, {{"id", "7"}}, 400, "not a parameter"},
           {"/admin/connections",
            HttpMethod::kGet,
            {{"user", "a"}, {"user", "b"}},
            400,
            "given twice"},
       }) {
    const HttpAnswer answer = admins.ask(one.path, one.method, one.arguments);
    RS_EXPECT_EQ(answer.status, one.status);
    RS_EXPECT_CONTAINS(answer.body, one.part);
  }
}

RS_TEST(a_connection_is_told_that_its_roles_may_ask) {
  ModuleFixture fixture(Settings{{"admin-role", "operator|admin"}});
  const auto is_told = [&](std::vector<std::string> roles) {
    Client client(fixture, ModuleFixture::admission(Endpoint::kEvents,
                                                    ModuleFixture::identity(std::move(roles))));
    return client.connection.next()["admin"].as_bool().value_or(false);
  };
  RS_EXPECT(is_told({"operator"}));
  RS_EXPECT(is_told({"viewer", "admin"}));
  RS_EXPECT(!is_told({"viewer"}));
}

RS_TEST(only_the_roles_of_the_option_may_ask) {
  ModuleFixture fixture(Settings{{"admin-role", "operator"}});
  const Admins admins(fixture);
  RS_EXPECT_EQ(admins.ask("/admin/connections", HttpMethod::kGet, {}, "admin").status, 403U);
  RS_EXPECT_EQ(admins.ask("/admin/connections", HttpMethod::kGet, {}, "operator").status, 200U);
  RS_EXPECT(is_admin_path("/admin/connections") && is_admin_path("/admin/disconnect"));
  RS_EXPECT(!is_admin_path("/admin") && !is_admin_path("/admin/other"));
}
