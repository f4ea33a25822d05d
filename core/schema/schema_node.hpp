#pragma once
// One compiled (sub)schema: what a value at its place must be. Made by SchemaCompiler, walked by
// Schema; no other file uses it.

#include "core/schema/schema.hpp"

namespace ringside {

// Bits of Schema::Node::types.
[[nodiscard]] constexpr std::uint32_t kind_bit(JsonKind kind) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(kind);
}
inline constexpr std::uint32_t kAnyKind = 0x7F;
inline constexpr std::uint32_t kNumberKinds =
    kind_bit(JsonKind::kInteger) | kind_bit(JsonKind::kReal);

struct Schema::Node {
  struct Property {
    std::string name;
    const Node* schema = nullptr;
    bool required = false;  // then `schema` may be null
  };

  std::uint32_t types = kAnyKind;
  bool whole_reals = false;  // "integer": 3.0 is one too
  bool nothing = false;      // the schema `false`
  const Node* ref = nullptr;

  std::vector<Property> properties;
  std::uint64_t required = 0;  // one bit for each of the first 64 properties
  bool closed = false;         // additionalProperties: false
  const Node* additional = nullptr;

  const Node* items = nullptr;
  std::size_t min_items = 0;
  std::size_t max_items = std::numeric_limits<std::size_t>::max();

  std::optional<double> minimum, maximum, above, below;
  std::size_t min_length = 0;
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::unique_ptr<re2::RE2> pattern;
  bool date_time = false;

  std::vector<Json> allowed;  // enum, const; empty: any
  std::vector<const Node*> any_of;

  [[nodiscard]] bool looks_at_text() const noexcept {
    return min_length != 0 || max_length != std::numeric_limits<std::size_t>::max() ||
           pattern != nullptr || date_time || !allowed.empty();
  }
  [[nodiscard]] bool looks_at_number() const noexcept {
    return minimum || maximum || above || below || !allowed.empty();
  }
};

}  // namespace ringside
