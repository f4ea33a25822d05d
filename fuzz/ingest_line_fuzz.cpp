// Lines of producers. The quick ways (JsonSkim with Schema::accepts and Redactor::is_clean, and
// EventShape) may say "not this way" to anything; their yes must be what the slow way says.
#include <memory>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "core/schema/schema.hpp"
#include "fuzz/fuzz.hpp"
#include "worker/event_shape.hpp"

using namespace ringside;

namespace {

constexpr std::string_view kSchema = R"({
  "required": ["event_type", "data"],
  "properties": {
    "data": {
      "required": ["id"],
      "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 8},
        "status": {"enum": ["Running", "Done"]},
        "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
        "count": {"type": "integer"},
        "when": {"type": "string", "format": "date-time"},
        "list": {"type": "array", "maxItems": 3, "items": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^a"}]}}
      }
    }
  }
})";

struct Worker {
  std::unique_ptr<Redactor> redactor = *Redactor::make(parse_worker_options("", "fuzz").options);
  std::unique_ptr<Schema> schema = *Schema::make(Json::parse(kSchema)->ref());
  std::unique_ptr<EventShape> shape;  // of the event that was taken last
  JsonSkim skim;

  bool slow(std::string_view text) const {
    const auto event = Json::parse(text);
    return event && event->ref().is_object() && !schema->check(event->ref()) &&
           !redactor->redact((*event)["data"]) && !redactor->redact((*event)["metadata"]);
  }
  bool quick(std::string_view text) {
    if (!skim.read(text)) {
      return false;
    }
    const auto* const data = skim.member(&skim.root(), "data");
    const auto* const metadata = skim.member(&skim.root(), "metadata");
    const auto* const type = skim.member(&skim.root(), "event_type");
    std::vector<Schema::LeafRule> rules;
    if (data == nullptr || type == nullptr || skim.member(&skim.root(), "timestamp") != nullptr ||
        !schema->accepts(skim, rules) || !redactor->is_clean(skim, *data) ||
        (metadata != nullptr && !redactor->is_clean(skim, *metadata))) {
      return false;
    }
    // Top-level strings beside event_type are no business of the shape: the pipeline has none.
    if (skim.root().begin == 0 && skim.root().end == text.size()) {
      if (auto learned = EventShape::learn(skim, *type, nullptr, rules, {})) {
        shape = std::move(learned);
      }
    }
    return true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Worker worker;
  const std::string_view text = fuzz::text_of(data, size);
  const bool is_good = worker.slow(text);
  if (worker.shape && worker.shape->matches(text, *worker.redactor)) {
    fuzz::require(is_good, "what the shape takes, the slow way takes");
  }
  if (worker.quick(text)) {
    fuzz::require(is_good, "what the quick way takes, the slow way takes");
  }
  return 0;
}
