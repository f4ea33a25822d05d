#pragma once
// What the tests of a session share beside module_fixture.hpp.

#include "module/probes.hpp"
#include "tests/unit/module/module_fixture.hpp"

namespace ringside::test {

using Numbers = std::vector<std::int64_t>;

inline std::string type_of(const Json& message) {
  return std::string(message["type"].as_string().value_or(""));
}

struct Admin : Client {
  explicit Admin(ModuleFixture& where, std::vector<QueryArgument> arguments = {},
                 Endpoint endpoint = Endpoint::kEvents)
      : Client(where, ModuleFixture::admission(endpoint, ModuleFixture::identity({"admin"}),
                                               std::move(arguments))) {}
};

// The next message of this type; others before it are skipped.
inline Json next_of_type(FakeConnection& connection, std::string_view type) {
  while (true) {
    Json message = connection.next();
    if (type_of(message) == type) {
      return message;
    }
  }
}

}  // namespace ringside::test
