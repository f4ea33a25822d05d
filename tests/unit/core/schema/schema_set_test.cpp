// The schemas of a directory.
#include "core/schema/schema_set.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;
using ringside::test::TempDir;

RS_TEST(files_are_taken_by_their_names_and_others_left_alone) {
  const TempDir dir;
  dir.write("LogEntry.schema.json", R"({"required":["data"]})");
  dir.write("Mine.schema.json", "true");
  dir.write("README.md", "not a schema");
  const auto set = RS_UNWRAP(SchemaSet::load(dir.path().string()));
  RS_EXPECT_EQ(set->n_schemas(), 2u);
  RS_EXPECT_EQ(set->n_missing_core(), 5u);
  RS_EXPECT_EQ(set->find("LogEntry")->type, EventType::kLog);
  RS_EXPECT(set->find("LogEntry")->schema != nullptr);
  RS_EXPECT_EQ(set->find("Mine")->type, EventType::kCustom);
  RS_EXPECT(set->find("TaskStatusChanged")->schema == nullptr);
  RS_EXPECT(set->find("Other") == nullptr);
}

RS_TEST(errors_name_the_file) {
  const auto error_of = [](const char* name, const char* content) {
    const TempDir dir;
    dir.write(name, content);
    const auto set = SchemaSet::load(dir.path().string());
    return set ? std::string("taken") : set.error().message;
  };
  RS_EXPECT_CONTAINS(error_of("A.schema.json", "{"), "A.schema.json: is not JSON");
  RS_EXPECT_CONTAINS(error_of("A.schema.json", R"({"not":{}})"),
                     "A.schema.json: not: this keyword");
  RS_EXPECT_CONTAINS(error_of("task.schema.json", "{}"), "\"task\" is not a name");
  RS_EXPECT_CONTAINS(SchemaSet::load("/nonexistent").error().message, "schema_dir: /nonexistent");
}

}  // namespace
