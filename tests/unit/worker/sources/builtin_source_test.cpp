#include "worker/sources/builtin_source.hpp"

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

class Example final : public BuiltinSource {
 public:
  explicit Example(const SourceContext& context) : BuiltinSource(context) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "example"; }
  [[nodiscard]] Status start() override {
    set_state("running");
    return {};
  }
  void stop() override {}

  using BuiltinSource::emit;
  using BuiltinSource::report_error;

 private:
  void add_details(Json& details) const override { details.set("answer", 42); }
};

}  // namespace

RS_TEST(source_counts_what_it_gives_and_what_is_refused) {
  test::SourceFixture f;
  Example source(f.context());
  RS_EXPECT_OK(source.start());
  const SourceEvent event{"LogEntry", "2025-09-26T10:00:00Z", Json::object(), Json::object()};
  source.emit(event);
  source.emit(event);
  f.sink.refuse = true;
  source.emit(event);
  RS_EXPECT_EQ(
      source.describe().dump(),
      R"({"name":"example","state":"running","events":2,"refused":1,"errors":0,"details":{"answer":42}})");
  RS_EXPECT_EQ(f.sink.events.at(0).timestamp, "2025-09-26T10:00:00Z");
}

RS_TEST(errors_are_counted_by_the_sink_too) {
  test::SourceFixture f;
  Example source(f.context());
  source.report_error("no");
  source.report_error("no");
  RS_EXPECT_EQ(f.sink.n_errors, 2);
  RS_EXPECT_EQ(source.describe()["errors"].as_integer().value_or(0), 2);
  RS_EXPECT_EQ(source.describe()["last_error"].as_string().value_or(""), "no");
}
