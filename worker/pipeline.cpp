// Three ways through. An event like one before it (EventShape) is recognised by comparing bytes.
// Nearly every other event (valid, of a known type, without secrets) is checked where it is, by
// JsonSkim. Both go to the log as the producer's own bytes: nothing is built and nothing allocated.
// Whatever the quick ways are not sure of, wrong things included, takes the slow one, which builds
// the event and alone decides what is refused and why. So a doubt costs time and never gives a wrong
// answer.
//
//   measured, 300-byte TaskStatusChanged, one core: see docs/performance.md, "Ingest"
#include "worker/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::string_view kFields = "event_type, timestamp, data, metadata and id";

[[nodiscard]] Rejection rejection(std::string_view member, std::string_view message) {
  std::string text(member);
  text += text.empty() ? "" : " ";
  text += message;
  return {std::move(text), std::string(member)};
}

// Without blanks, and without the NULs that C programs send with their strings.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && (is_space(text.back()) || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  return text;
}

// jansson's words for what is no fault of the syntax.
[[nodiscard]] Rejection parse_rejection(const JsonError& error) {
  if (error.message.starts_with("nested")) {
    return rejection("", fmt::format("is {} (byte {})", error.message, error.offset));
  }
  if (error.message.starts_with("duplicate object key")) {
    return rejection("", fmt::format("has a duplicate member (byte {})", error.offset));
  }
  if (error.message.starts_with("real number overflow") || error.message.starts_with("too big")) {
    return rejection("", fmt::format("has a number that is too large (byte {})", error.offset));
  }
  return rejection("", fmt::format("is not JSON: {} (byte {})", error.message, error.offset));
}

}  // namespace

Pipeline::Pipeline(EventLog& log, Rejects& rejects, ControlSegment& control, const Clock& clock)
    : log_(log), rejects_(rejects), control_(control), clock_(clock), now_(clock.wall_now()) {}

void Pipeline::set_rules(std::unique_ptr<SchemaSet> schemas, std::unique_ptr<Redactor> redactor,
                         EventLimits limits) {
  shapes_.clear();
  schemas_ = std::move(schemas);
  redactor_ = std::move(redactor);
  limits_ = limits;
}

std::optional<Rejection> Pipeline::accept(std::string_view text, const EventOrigin& origin) {
  const std::size_t n_bytes = text.size();
  if (n_bytes > limits_.max_event_bytes) {
    const Rejection too_long{fmt::format("is longer than {} bytes", limits_.max_event_bytes), ""};
    reject(too_long, text, origin);
    return too_long;
  }
  std::string_view event = trimmed(text);
  if (!(!blocks_.empty() && blocks_.concerns(stream_key(origin))) &&
      accept_quickly(event, origin)) {
    n_bytes_ += n_bytes;
    return std::nullopt;
  }
  std::string repaired;
  if (!is_valid_utf8(event)) {
    repaired = to_valid_utf8(event);
    event = repaired;
  }
  if (auto without_faults = repaired_json(event)) {
    repaired = std::move(*without_faults);
    event = trimmed(repaired);
  }
  std::optional<Rejection> refused = accept_with_care(event, origin);
  if (refused) {
    reject(*refused, text, origin);
  } else {
    n_bytes_ += n_bytes;
    n_repaired_ += repaired.empty() ? 0U : 1U;
  }
  return refused;
}

void Pipeline::end_stream(const EventOrigin& origin) noexcept {
  if (!blocks_.empty()) {
    blocks_.forget(stream_key(origin));
  }
}

void Pipeline::reject(const Rejection& rejection, std::string_view text,
                      const EventOrigin& origin) {
  ++n_rejected_;
  rejects_.add(rejection, text, origin, now_, *redactor_);
}

bool Pipeline::accept_quickly(std::string_view text, const EventOrigin& origin) {
  if (!origin.producer.empty()) {
    if (!stamp(text, origin.producer)) {
      return false;
    }
    text = stamped_;
  }
  return accept_by_shape(text) || (skim_.read(text, {limits_.max_depth}) && accept_as_it_is(text));
}

bool Pipeline::stamp(std::string_view text, std::string_view producer) {
  if (!skim_.read(text, {limits_.max_depth}) || skim_.nodes().size() < 2) {
    return false;
  }
  const JsonSkim::Node* const metadata = skim_.member(&skim_.root(), "metadata");
  if (metadata == nullptr) {
    stamped_ = text.substr(0, skim_.root().end - 1);
    stamped_ += R"(,"metadata":{"producer":)";
    append_json_string(stamped_, producer);
    stamped_ += "}}";
    return true;
  }
  if (metadata->kind != JsonKind::kObject || skim_.member(metadata, "producer") != nullptr) {
    return false;
  }
  const bool is_empty = metadata + 1 == skim_.nodes().data() + metadata->next;
  stamped_ = text.substr(0, metadata->begin + 1);
  stamped_ += R"("producer":)";
  append_json_string(stamped_, producer);
  stamped_ += is_empty ? "" : ",";
  stamped_ += text.substr(metadata->begin + 1);
  return true;
}

// True when it is in the ring. Every "no" only means "not this way".
bool Pipeline::accept_by_shape(std::string_view text) {
  const EventShape::Envelope* const envelope = shapes_.find(text, *redactor_);
  if (envelope == nullptr ||
      !append(envelope->type, envelope->name, text.substr(0, text.size() - 1),
              envelope->has_timestamp, true)) {
    return false;
  }
  ++ways_.n_by_shape;
  return true;
}

bool Pipeline::accept_as_it_is(std::string_view text) {
  const auto nodes = skim_.nodes();
  const JsonSkim::Node* type = nullptr;
  const JsonSkim::Node* timestamp = nullptr;
  const JsonSkim::Node* data = nullptr;
  const JsonSkim::Node* metadata = nullptr;
  for (std::uint32_t i = 1; i < nodes.size(); i = nodes[i].next) {
    const std::string_view name = skim_.name_of(nodes[i]);
    if (name == "event_type") {
      type = &nodes[i];
    } else if (name == "timestamp") {
      timestamp = &nodes[i];
    } else if (name == "data") {
      data = &nodes[i];
    } else if (name == "metadata") {
      metadata = &nodes[i];
    } else {
      return false;
    }
  }
  const auto is_plain_string = [](const JsonSkim::Node* node) {
    return node->kind == JsonKind::kString && !node->escaped;
  };
  if (type == nullptr || !is_plain_string(type) || data == nullptr ||
      data->kind != JsonKind::kObject ||
      (metadata != nullptr && metadata->kind != JsonKind::kObject) ||
      (timestamp != nullptr &&
       (!is_plain_string(timestamp) || !parse_rfc3339(skim_.text_of(*timestamp))))) {
    return false;
  }
  const std::string_view name = skim_.text_of(*type);
  const SchemaSet::Entry* const entry = schemas_->find(name);
  const bool learns = shapes_.wants_more();
  rules_.clear();
  if (entry == nullptr
          ? !is_valid_event_name(name)
          : entry->schema != nullptr &&
                !(learns ? entry->schema->accepts(skim_, rules_) : entry->schema->accepts(skim_))) {
    return false;
  }
  if (!redactor_->is_clean(skim_, *data) ||
      (metadata != nullptr && !redactor_->is_clean(skim_, *metadata))) {
    return false;
  }
  const EventType event_type = entry == nullptr ? EventType::kCustom : entry->type;
  if (learns) {
    shapes_.add(EventShape::learn(skim_, *type, timestamp, rules_,
                                  {event_type, std::string(name), timestamp != nullptr}));
  }
  if (!append(event_type, name, text.substr(0, skim_.root().end - 1), timestamp != nullptr,
              false)) {
    return false;
  }
  ++ways_.n_as_they_are;
  return true;
}

std::optional<Rejection> Pipeline::accept_with_care(std::string_view text,
                                                    const EventOrigin& origin) {
  ++ways_.n_with_care;
  const auto parsed = Json::parse(text, {limits_.max_depth});
  if (!parsed) {
    return parse_rejection(parsed.error());
  }
  JsonRef event = parsed->ref();
  const SchemaSet::Entry* entry = nullptr;
  if (auto refused = check(event, entry)) {
    return refused;
  }
  const std::string name(event["event_type"].as_string().value_or(""));
  bool changed = event.remove_member("id");
  // A zero time says that there is none: the time of receipt is better.
  changed = (is_zero_time(event["timestamp"].as_string().value_or("")) &&
             event.remove_member("timestamp")) ||
            changed;
  if (!origin.producer.empty()) {
    if (!event["metadata"].present()) {
      event.set_member("metadata", Json::object());
    }
    changed = event["metadata"].set_member("producer", origin.producer) || changed;
  }
  bool redacted = redactor_->enabled() && hide_blocks(event, origin);
  redacted = redactor_->redact(event["data"]) || redacted;
  redacted = redactor_->redact(event["metadata"]) || redacted;

  std::string rendered;
  std::string_view object = text;
  if (redacted || changed) {
    event.dump_to(rendered);
    object = rendered;
  }
  object.remove_suffix(1);  // the brace: the text is trimmed, and an object
  if (!append(entry == nullptr ? EventType::kCustom : entry->type, name, object,
              event["timestamp"].present(), false)) {
    return rejection("",
                     fmt::format("is too large for the ring, whose records have at most {} bytes",
                                 log_.max_event_bytes()));
  }
  n_redacted_ += redacted ? 1U : 0U;
  return std::nullopt;
}

bool Pipeline::hide_blocks(JsonRef event, const EventOrigin& origin) {
  constexpr std::string_view kTexts[] = {"message", "msg",    "text",   "line", "log",
                                         "output",  "stdout", "stderr", "body"};
  const JsonRef data = event["data"];
  const std::string owner = owner_key(origin);
  const std::string stream =
      fmt::format("{}{:x}", stream_key(origin),
                  std::hash<std::string_view>()(data["component"].as_string().value_or("")));
  bool changed = false;
  for (const std::string_view member : kTexts) {
    if (const auto text = data[member].as_string()) {
      std::string hidden(*text);
      const std::string name = fmt::format("{}|{}", stream, member);
      if (blocks_.is_in_quotes(name)) {
        hidden = redactor_->redact_text(hidden);
      }
      if (blocks_.take({owner, name}, hidden, redactor_->names())) {
        changed = JsonRef(data).set_member(member, std::string_view(hidden)) || changed;
      }
    }
  }
  return changed;
}

// The contract: docs/schemas.md. Errors of the envelope come before those of the type's schema,
// which also applies to custom types.
std::optional<Rejection> Pipeline::check(JsonRef event, const SchemaSet::Entry*& entry) const {
  if (!event.is_object()) {
    return rejection("", "must be a JSON object");
  }
  std::string unknown;
  event.for_each_member([&](std::string_view name, JsonRef) {
    constexpr std::string_view kKnown[] = {"event_type", "timestamp", "data", "metadata", "id"};
    if (std::ranges::find(kKnown, name) == std::end(kKnown)) {
      unknown = escape_controls(name.substr(0, 64));
    }
    return unknown.empty();
  });
  const JsonRef type = event["event_type"];
  if (!type.present()) {
    return rejection("event_type", "is missing");
  }
  if (!type.is_string()) {
    return rejection("event_type", "must be a string");
  }
  if (!is_valid_event_name(*type.as_string())) {
    return rejection(
        "event_type",
        resolve_event_name(*type.as_string()) != *type.as_string()
            ? fmt::format("must be the full name, {}", resolve_event_name(*type.as_string()))
            : "must begin with a letter and have 1 to 64 letters, digits, '_', '.' or '-'");
  }
  if (!unknown.empty()) {
    return rejection(to_valid_utf8(unknown), fmt::format("is not known; an event has {}", kFields));
  }
  if (const JsonRef timestamp = event["timestamp"]; timestamp.present()) {
    const std::string_view text = timestamp.as_string().value_or("");
    if (!parse_rfc3339(text) && !is_zero_time(text)) {
      return rejection("timestamp", rfc3339_objection(text));
    }
  }
  if (!event["data"].present()) {
    return rejection("data", "is missing");
  }
  if (!event["data"].is_object()) {
    return rejection("data", "must be an object");
  }
  if (event["metadata"].present() && !event["metadata"].is_object()) {
    return rejection("metadata", "must be an object");
  }
  entry = schemas_->find(*type.as_string());
  if (entry != nullptr && entry->schema != nullptr) {
    if (const auto violation = entry->schema->check(event)) {
      return rejection(violation->member, violation->message);
    }
  }
  return std::nullopt;
}

bool Pipeline::append(EventType type, std::string_view name, std::string_view object,
                      bool has_timestamp, bool is_one_line) {
  const Ticket ticket = log_.append({type, name, object, has_timestamp, is_one_line, now_});
  if (ticket == kNotTaken) {
    return false;
  }
  last_ticket_ = ticket;
  ++n_appended_;
  return true;
}

Rejection Pipeline::no_room() {
  return {"came while the log of the cluster took no events and the spool was full", ""};
}

void Pipeline::end_turn() noexcept {
  log_.end_turn();
  const auto count = [this](Counter counter, std::uint64_t& n) {
    if (n != 0) {
      control_.add(counter, n);
      n = 0;
    }
  };
  count(Counter::kEventsIn, n_appended_);
  count(Counter::kBytesIn, n_bytes_);
  count(Counter::kEventsRejected, n_rejected_);
  count(Counter::kEventsRedacted, n_redacted_);
  count(Counter::kEventsRepaired, n_repaired_);
  count(Counter::kDatagramsIn, n_datagrams_);
  rejects_.end_turn();
}

// Rendered and taken like anybody's: one way in, one set of rules.
bool Pipeline::emit(std::string_view event_type, const Json& data, const Json& metadata,
                    std::string_view timestamp) {
  std::string text = R"({"event_type":)";
  append_json_string(text, to_valid_utf8(event_type));
  if (!timestamp.empty()) {
    text += R"(,"timestamp":)";
    append_json_string(text, to_valid_utf8(timestamp));
  }
  text += R"(,"data":)";
  data.ref().dump_to(text);
  if (metadata.present()) {
    text += R"(,"metadata":)";
    metadata.ref().dump_to(text);
  }
  text += '}';
  begin_burst();
  if (is_full()) {
    reject(no_room(), text, origin_of(metadata.ref()));
    return false;
  }
  return !accept(text, origin_of(metadata.ref()));
}

void Pipeline::count_error() { control_.add(Counter::kSourceErrors); }

}  // namespace ringside
