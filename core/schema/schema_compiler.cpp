// Our own code and not a library: the one over jansson that Debian has (valijson) validates a tree through adapters, at some
// microseconds per event, and words its errors for programmers. Event schemas need a small part of JSON Schema; the rest is
// refused by name. docs/adr/0003-own-schema-validator.md has the reasons.
#include "core/schema/schema_compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ringside {
namespace {

constexpr unsigned kMaxDepth = 64;
constexpr std::size_t kMaxProperties = 64;
constexpr std::int64_t kMaxRegexMemory = 1 << 20;

constexpr std::array<std::string_view, 11> kPassedOver{
    "$schema",  "$id",     "$comment",   "$defs",    "title",    "description",
    "examples", "default", "deprecated", "readOnly", "writeOnly"};

}  // namespace

Result<std::unique_ptr<Schema>> SchemaCompiler::compile() {
  made_.reset(new Schema());
  made_->root_ = compile_node(document_, "");
  if (made_->root_ == nullptr) {
    return fail(error_);
  }
  return std::move(made_);
}

bool SchemaCompiler::wrong(const std::string& place, std::string_view what) {
  if (error_.empty()) {
    error_ = place.empty() ? std::string(what) : fmt::format("{}: {}", place, what);
  }
  return false;
}

const Schema::Node* SchemaCompiler::compile_node(JsonRef schema, const std::string& place) {
  made_->nodes_.push_back(std::make_unique<Node>());
  Node& node = *made_->nodes_.back();
  if (schema.is_bool()) {
    node.nothing = schema.as_bool() == false;
    return &node;
  }
  if (!schema.is_object()) {
    wrong(place, "must be a schema: an object, true or false");
    return nullptr;
  }
  if (++depth_ > kMaxDepth) {
    wrong(place, "is nested too deep");
    return nullptr;
  }
  bool good = true;
  // Properties first, so that "required" finds them.
  if (const JsonRef members = schema["properties"]; members.present()) {
    good = properties(node, members, place + "properties.");
  }
  schema.for_each_member([&](std::string_view name, JsonRef value) {
    good = good && (name == "properties" || keyword(node, name, value, place + std::string(name)));
    return good;
  });
  --depth_;
  return good ? &node : nullptr;
}

bool SchemaCompiler::keyword(Node& node, std::string_view name, JsonRef value,
                             const std::string& place) {
  if (std::ranges::find(kPassedOver, name) != kPassedOver.end()) {
    return true;
  }
  if (name == "type") {
    return types(node, value, place);
  }
  if (name == "required") {
    return required(node, value, place);
  }
  if (name == "$ref") {
    return reference(node, value, place);
  }
  if (name == "enum" || name == "const") {
    if (name == "const") {
      node.allowed.push_back(Json::copy_of(value));
      return true;
    }
    value.for_each_element([&](JsonRef element) {
      node.allowed.push_back(Json::copy_of(element));
      return true;
    });
    return !node.allowed.empty() || wrong(place, "must be a list of values");
  }
  if (name == "pattern") {
    const auto text = value.as_string();
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kMaxRegexMemory);
    const std::string_view expression = text.value_or("(");
    node.pattern =
        std::make_unique<RE2>(re2::StringPiece(expression.data(), expression.size()), options);
    return node.pattern->ok() ||
           wrong(place, "is not a regular expression of RE2: " + node.pattern->error());
  }
  if (name == "format") {
    node.date_time = value.as_string() == "date-time";
    return node.date_time || wrong(place, "only \"date-time\" is known");
  }
  return structure(node, name, value, place);
}

bool SchemaCompiler::structure(Node& node, std::string_view name, JsonRef value,
                               const std::string& place) {
  if (name == "additionalProperties") {
    node.additional = compile_node(value, place + ".");
    node.closed = node.additional != nullptr && node.additional->nothing;
    return node.additional != nullptr;
  }
  if (name == "items") {
    node.items = compile_node(value, place + ".");
    return node.items != nullptr;
  }
  if (name == "anyOf") {
    for (std::size_t i = 0; i < value.size() && value.is_array(); ++i) {
      const Node* const branch = compile_node(value[i], fmt::format("{}[{}].", place, i));
      if (branch == nullptr) {
        return false;
      }
      node.any_of.push_back(branch);
    }
    return !node.any_of.empty() || wrong(place, "must be a list of schemas");
  }
  return limit(node, name, value, place);
}

bool SchemaCompiler::limit(Node& node, std::string_view name, JsonRef value,
                           const std::string& place) {
  const std::array<std::pair<std::string_view, std::optional<double>*>, 4> bounds{
      {{"minimum", &node.minimum},
       {"maximum", &node.maximum},
       {"exclusiveMinimum", &node.above},
       {"exclusiveMaximum", &node.below}}};
  for (const auto& [keyword, bound] : bounds) {
    if (name == keyword) {
      *bound = value.as_number();
      return bound->has_value() || wrong(place, "must be a number");
    }
  }
  const std::array<std::pair<std::string_view, std::size_t*>, 4> counts{
      {{"minLength", &node.min_length},
       {"maxLength", &node.max_length},
       {"minItems", &node.min_items},
       {"maxItems", &node.max_items}}};
  for (const auto& [keyword, count] : counts) {
    if (name == keyword) {
      const auto number = value.as_integer();
      if (!number || *number < 0) {
        return wrong(place, "must be a whole number, 0 or more");
      }
      *count = static_cast<std::size_t>(*number);
      return true;
    }
  }
  return wrong(place, "this keyword is not known here; see docs/schemas.md for those that are");
}

bool SchemaCompiler::types(Node& node, JsonRef value, const std::string& place) {
  constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> kTypes{
      {{"null", kind_bit(JsonKind::kNull)},
       {"boolean", kind_bit(JsonKind::kBool)},
       {"integer", kind_bit(JsonKind::kInteger)},
       {"number", kNumberKinds},
       {"string", kind_bit(JsonKind::kString)},
       {"array", kind_bit(JsonKind::kArray)},
       {"object", kind_bit(JsonKind::kObject)}}};
  node.types = 0;
  const auto add = [&](JsonRef name) {
    const auto text = name.as_string().value_or("");
    const auto* const found =
        std::ranges::find(kTypes, text, &std::pair<std::string_view, std::uint32_t>::first);
    if (found == kTypes.end()) {
      return wrong(
          place,
          "must be null, boolean, integer, number, string, array or object, or a list of these");
    }
    node.types |= found->second;
    node.whole_reals = node.whole_reals || text == "integer";
    return true;
  };
  if (!value.is_array()) {
    return add(value);
  }
  bool good = true;
  value.for_each_element([&](JsonRef name) { return good = add(name); });
  return good;
}

bool SchemaCompiler::properties(Node& node, JsonRef value, const std::string& place) {
  if (!value.is_object() || value.size() > kMaxProperties) {
    return wrong(place, fmt::format("must be an object of at most {} members", kMaxProperties));
  }
  bool good = true;
  value.for_each_member([&](std::string_view name, JsonRef schema) {
    const Node* const compiled = compile_node(schema, place + std::string(name) + '.');
    good = compiled != nullptr;
    node.properties.push_back({std::string(name), compiled, false});
    return good;
  });
  return good;
}

bool SchemaCompiler::required(Node& node, JsonRef value, const std::string& place) {
  bool good = value.is_array();
  value.for_each_element([&](JsonRef element) {
    const auto name = element.as_string();
    if (!name) {
      return good = false;
    }
    auto found = std::ranges::find(node.properties, *name, &Node::Property::name);
    if (found == node.properties.end()) {
      node.properties.push_back({std::string(*name), nullptr, true});
      found = std::prev(node.properties.end());
    }
    found->required = true;
    node.required |= std::uint64_t{1} << static_cast<unsigned>(found - node.properties.begin());
    return good = node.properties.size() <= kMaxProperties;
  });
  return good || wrong(place, fmt::format("must be a list of names, at most {} with the properties",
                                          kMaxProperties));
}

// "#" and "#/$defs/NAME". A definition may refer to itself: it is entered into refs_ before it is
// compiled.
bool SchemaCompiler::reference(Node& node, JsonRef value, const std::string& place) {
  constexpr std::string_view kDefs = "#/$defs/";
  const auto target = value.as_string().value_or("");
  const std::string key(target);
  if (const auto known = refs_.find(key); known != refs_.end()) {
    node.ref = known->second;
    return true;
  }
  const JsonRef definition =
      target.starts_with(kDefs) ? document_["$defs"][target.substr(kDefs.size())] : JsonRef();
  if (!definition.present()) {
    return wrong(place, "only \"#/$defs/NAME\" of the same file is known");
  }
  made_->nodes_.push_back(std::make_unique<Node>());
  Node& forward = *made_->nodes_.back();
  refs_.emplace(key, &forward);
  forward.ref = compile_node(definition, key + '.');
  node.ref = &forward;
  // A definition that is only another reference, and that one only this, would be followed for
  // ever.
  std::size_t n_steps = 0;
  for (const Node* at = forward.ref; at != nullptr; at = at->ref) {
    if (++n_steps > made_->nodes_.size()) {
      return wrong(place, "refers to itself and to nothing else");
    }
  }
  return forward.ref != nullptr;
}

}  // namespace ringside
