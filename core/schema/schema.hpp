#pragma once
// Schema: a JSON Schema (draft 2020-12), compiled. Supported keywords:
//
//   type, enum, const, properties, required, additionalProperties, items, minItems, maxItems,
//   minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, pattern (RE2),
//   format "date-time", anyOf, $ref into its own $defs, true and false; and passes over $schema,
//   $id, $comment, title, description, examples, default, deprecated, readOnly, writeOnly.
//
// Any other keyword is an error when the file is loaded: a rule that is not kept must not look as
// if it were.
//
// Threads: const after make(); any.

#include <re2/re2.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/base/result.hpp"

namespace ringside {

struct SchemaViolation {
  std::string member;   // "data.operations[1].progress"; empty for the event itself
  std::string message;  // "must be a number". Holds nothing of the event's values.
};

class Schema {
 public:
  // Errors: not a schema, or one with a keyword that is not known; the message names the place
  // ("properties.data.if").
  [[nodiscard]] static Result<std::unique_ptr<Schema>> make(JsonRef document);
  ~Schema();

  // The first violation, in the order of the event's members; nothing when it is valid.
  [[nodiscard]] std::optional<SchemaViolation> check(JsonRef event) const;
  // Whether an event is valid, read in place. May say false of a valid one that is rare;
  // check() has the word.
  //   Cost: one look-up for each member; allocates nothing.
  [[nodiscard]] bool accepts(const JsonSkim& skim) const;

  struct Node;  // core/schema/schema_node.hpp
  // A rule that a string or number of an accepted event had to keep: `at` is its index in
  // skim.nodes(). The rule lives as long as the schema.
  struct LeafRule {
    std::uint32_t at = 0;
    const Node* node = nullptr;
  };
  // accepts(), and appends what each string and number was held to. An event of the same names,
  // kinds and structure whose values keep these rules is valid too.
  [[nodiscard]] bool accepts(const JsonSkim& skim, std::vector<LeafRule>& rules) const;
  // Whether a string or number that stands as `raw` (a string: without escapes) keeps a rule.
  [[nodiscard]] static bool keeps(const Node& rule, JsonKind kind, std::string_view raw);

 private:
  Schema();
  std::vector<std::unique_ptr<Node>> nodes_;
  const Node* root_ = nullptr;
  friend class SchemaCompiler;
};

}  // namespace ringside
