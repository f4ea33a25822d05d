// A shape's yes must be worth as much as that of reader, schema and redactor together, whatever
// is at the places of its values.
#include "worker/event_shape.hpp"

#include <fmt/format.h>

#include <random>

#include "core/base/time.hpp"
#include "core/config/worker_options.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

constexpr std::string_view kSchema = R"({
  "required": ["data"],
  "properties": {
    "timestamp": {"type": "string", "format": "date-time"},
    "data": {
      "required": ["id", "status"],
      "properties": {
        "id": {"type": "string", "minLength": 2, "maxLength": 12},
        "status": {"enum": ["Running", "Completed"]},
        "code": {"type": "string", "pattern": "^[a-z]+-[0-9]+$"},
        "when": {"type": ["string", "null"], "format": "date-time"},
        "progress": {"type": "number", "minimum": 0, "maximum": 100},
        "count": {"type": "integer"},
        "list": {"type": "array", "items": {"type": "number", "exclusiveMinimum": -1}},
        "either": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "string", "pattern": "^long"},
                             {"type": "number", "maximum": 5}]}
      }
    }
  }
})";

// `%` stands where a value is.
constexpr std::string_view kTemplate =
    R"({"event_type":"T","timestamp":%,"data":{"id":%,"status":%,"code":%,"when":%,"progress":%,)"
    R"("count":%,"list":[%,%],"either":%,"text":%,"flag":true,"none":null,"deep":{"a":[{"b":%}]}},)"
    R"("metadata":{"infra":%}})";
const std::vector<std::string> kGood{R"("2025-09-26T10:00:00Z")",
                                     R"("ab")",
                                     R"("Running")",
                                     R"("task-1")",
                                     R"("2025-09-26T10:00:00Z")",
                                     "62.5",
                                     "3",
                                     "1",
                                     "2",
                                     R"("abc")",
                                     R"("hello")",
                                     "7",
                                     R"("lab")"};
const std::vector<std::string> kAny{R"("")",
                                    R"("a")",
                                    R"("ab")",
                                    R"("abcdefghijkl")",
                                    R"("abcdefghijklm")",
                                    R"("Running")",
                                    R"("Completed")",
                                    R"("running")",
                                    R"("task-99")",
                                    R"("Task-1")",
                                    R"("2026-02-28T23:59:59.5+01:00")",
                                    R"("2026-02-30T00:00:00Z")",
                                    "0",
                                    "-0",
                                    "5",
                                    "6",
                                    "100",
                                    "100.5",
                                    "-1",
                                    "-0.5",
                                    "1e2",
                                    "1e999",
                                    "01",
                                    "1.",
                                    "3.0",
                                    "3.5",
                                    "123456789012345678901",
                                    "true",
                                    "null",
                                    R"("longer than three")",
                                    R"("xyz")",
                                    R"("password=hunter2")",
                                    R"("4111111111111111")",
                                    R"("caf\u00e9")",
                                    "\"caf\xC3\xA9\"",
                                    "\"bad\xFF\"",
                                    R"("a\"b")",
                                    R"("tab\t")",
                                    "\"raw\ttab\"",
                                    "[]",
                                    "{}",
                                    R"({"password":"x"})",
                                    "",
                                    R"("x","y":1)",
                                    R"("unended)"};

std::string filled(const std::vector<std::string>& values) {
  std::string out;
  std::size_t i = 0;
  for (const char c : kTemplate) {
    if (c == '%') {
      out += values[i++];
    } else {
      out += c;
    }
  }
  return out;
}

struct Fixture {
  std::unique_ptr<Redactor> redactor =
      RS_UNWRAP(Redactor::make(parse_worker_options("", "test").options));
  Json document = RS_UNWRAP(Json::parse(kSchema));
  std::unique_ptr<Schema> schema = RS_UNWRAP(Schema::make(document.ref()));
  JsonSkim skim;

  // What the plain way says, and the shape if it is yes.
  bool accepts(const std::string& text, std::unique_ptr<EventShape>* shape = nullptr) {
    if (!skim.read(text)) {
      return false;
    }
    const auto* const root = &skim.root();
    const auto* const type = skim.member(root, "event_type");
    const auto* const timestamp = skim.member(root, "timestamp");
    const auto* const data = skim.member(root, "data");
    const auto* const metadata = skim.member(root, "metadata");
    std::vector<Schema::LeafRule> rules;
    if (type == nullptr || timestamp == nullptr || data == nullptr || metadata == nullptr ||
        timestamp->kind != JsonKind::kString || timestamp->escaped ||
        !parse_rfc3339(skim.text_of(*timestamp)) || !schema->accepts(skim, rules) ||
        !redactor->is_clean(skim, *data) || !redactor->is_clean(skim, *metadata)) {
      return false;
    }
    if (shape != nullptr) {
      *shape = EventShape::learn(skim, *type, timestamp, rules, {EventType::kCustom, "T", true});
    }
    return true;
  }
  std::unique_ptr<EventShape> learn(const std::vector<std::string>& values) {
    std::unique_ptr<EventShape> shape;
    RS_EXPECT(accepts(filled(values), &shape));
    RS_EXPECT(shape != nullptr);
    return shape;
  }
};

RS_TEST(the_same_with_other_values_is_recognised) {
  Fixture f;
  const auto shape = f.learn(kGood);
  RS_EXPECT(shape->begins(filled(kGood)));
  RS_EXPECT(shape->matches(filled(kGood), *f.redactor));
  auto values = kGood;
  // Longer and shorter, several at once, back again: places move.
  for (const auto& change : std::vector<std::vector<std::pair<std::size_t, std::string>>>{
           {{1, R"("abcdefghij")"}},
           {{1, R"("xy")"}, {5, "7.25"}, {12, R"("production")"}},
           {{2, R"("Completed")"}, {8, "123456"}, {10, R"("")"}},
           {{10, R"("a longer text than before, by far")"}},
           {{1, R"("ab")"}, {2, R"("Running")"}, {10, R"("hello")"}}}) {
    for (const auto& [at, value] : change) {
      values[at] = value;
    }
    RS_EXPECT(f.accepts(filled(values)));
    RS_EXPECT(shape->matches(filled(values), *f.redactor));
    RS_EXPECT(shape->matches(filled(values), *f.redactor));
  }
}

RS_TEST(a_value_that_breaks_its_rule_is_not) {
  Fixture f;
  const auto shape = f.learn(kGood);
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, std::string>>{{0, R"("yesterday")"},
                                                        {1, R"("a")"},
                                                        {1, R"("abcdefghijklm")"},
                                                        {2, R"("Failed")"},
                                                        {3, R"("TASK")"},
                                                        {4, R"("noon")"},
                                                        {5, "101"},
                                                        {5, "100.5"},
                                                        {6, "3.5"},
                                                        {7, "-1"},
                                                        {9, R"("abcd")"},
                                                        {10, R"("password=hunter2")"},

                                                        {12, R"("4111111111111111")"}}) {
    auto values = kGood;
    values[at] = value;
    RS_EXPECT(!shape->matches(filled(values), *f.redactor));
    RS_EXPECT(!f.accepts(filled(values)));
    RS_EXPECT(shape->matches(filled(kGood), *f.redactor));  // and nothing of it stays
  }
}

RS_TEST(another_structure_is_not) {
  Fixture f;
  const auto shape = f.learn(kGood);
  const std::string text = filled(kGood);
  RS_EXPECT(!shape->matches("", *f.redactor));
  RS_EXPECT(!shape->matches(text + " ", *f.redactor));
  RS_EXPECT(!shape->matches(text + "}", *f.redactor));
  for (std::size_t n = 0; n < text.size(); ++n) {
    RS_EXPECT(!shape->matches(std::string_view(text).substr(0, n), *f.redactor));
  }
}

// Every value by any other, and bytes at random: never a yes where the plain way says no.
RS_TEST(its_yes_is_never_wrong) {
  Fixture f;
  std::mt19937_64 random(test::seed());
  const auto pick = [&](const auto& from) { return from[random() % from.size()]; };
  int n_yes = 0;
  for (int round = 0; round < 40; ++round) {
    auto base = kGood;
    for (int i = 0; i < 6; ++i) {
      base[random() % base.size()] = pick(kAny);
    }
    std::unique_ptr<EventShape> shape;
    if (!f.accepts(filled(base), &shape) || shape == nullptr) {
      shape = f.learn(kGood);
    }
    for (int i = 0; i < 500; ++i) {
      auto values = kGood;
      for (std::size_t n = random() % 4; n != 0; --n) {
        values[random() % values.size()] = pick(kAny);
      }
      std::string text = filled(values);
      if (random() % 4 == 0) {
        const std::size_t at = random() % text.size();
        switch (random() % 3) {
          case 0:
            text[at] = static_cast<char>(random());
            break;
          case 1:
            text.erase(at, 1 + random() % 3);
            break;
          default:
            text.insert(at, 1, "\"\\{}[],:0a "[random() % 11]);
        }
      }
      if (shape->matches(text, *f.redactor)) {
        ++n_yes;
        if (!f.accepts(text)) {
          RS_FAIL("taken, and should not be: " + text);
        }
      }
    }
  }
  RS_EXPECT_GT(n_yes, 1000);
}

RS_TEST(what_is_too_large_or_has_no_values_makes_no_shape) {
  Fixture f;
  auto values = kGood;
  values[10] = "\"" + std::string(EventShape::kMaxBytes, 'x') + "\"";
  std::unique_ptr<EventShape> shape;
  RS_EXPECT(f.accepts(filled(values), &shape));
  RS_EXPECT(shape == nullptr);
  const std::string empty = R"({"event_type":"T","data":{"a":[true,null,{}]}})";
  RS_EXPECT(f.skim.read(empty));
  RS_EXPECT(EventShape::learn(f.skim, *f.skim.member(&f.skim.root(), "event_type"), nullptr, {},
                              {}) == nullptr);
}

}  // namespace
