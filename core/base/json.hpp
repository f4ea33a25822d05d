#pragma once
// JSON values: jansson behind two small types, so that no other file sees its headers or its reference counts.
//
//   Json     owns a value.                    JsonRef  borrows one that some Json keeps alive.
//
// Threads: a value belongs to one thread at a time; nothing here is shared.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

struct json_t;

namespace ringside {

enum class JsonKind { kNull, kBool, kInteger, kReal, kString, kArray, kObject };

// "null", "boolean", "integer", "number", "string", "array", "object": the words of JSON Schema.
[[nodiscard]] std::string_view name_of(JsonKind kind) noexcept;

// A borrowed value; a missing one (absent member, index past the end) is an "absent" JsonRef and
// every question about it answers no, so that look-ups chain:
// `event["data"]["status"].as_string()`.
class JsonRef {
 public:
  JsonRef() noexcept = default;
  explicit JsonRef(json_t* value) noexcept : value_(value) {}

  [[nodiscard]] bool present() const noexcept { return value_ != nullptr; }
  [[nodiscard]] JsonKind kind() const noexcept;  // kNull when absent
  [[nodiscard]] bool is_object() const noexcept { return present() && kind() == JsonKind::kObject; }
  [[nodiscard]] bool is_array() const noexcept { return present() && kind() == JsonKind::kArray; }
  [[nodiscard]] bool is_string() const noexcept { return present() && kind() == JsonKind::kString; }
  [[nodiscard]] bool is_integer() const noexcept {
    return present() && kind() == JsonKind::kInteger;
  }
  [[nodiscard]] bool is_number() const noexcept {
    return is_integer() || (present() && kind() == JsonKind::kReal);
  }
  [[nodiscard]] bool is_bool() const noexcept { return present() && kind() == JsonKind::kBool; }

  // Nothing when the value is absent or of another kind. A string's view lives as long as the
  // value; it may contain U+0000.
  [[nodiscard]] std::optional<std::string_view> as_string() const noexcept;
  // An integer beyond 64 bits is a number and has no as_integer(); as_number() is near it.
  [[nodiscard]] std::optional<std::int64_t> as_integer() const noexcept;
  [[nodiscard]] std::optional<double> as_number() const noexcept;
  [[nodiscard]] std::optional<bool> as_bool() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept;  // of an array or object; else 0
  [[nodiscard]] JsonRef operator[](std::string_view member) const noexcept;
  [[nodiscard]] JsonRef operator[](std::size_t index) const noexcept;
  // `a.b.c` through objects and, by number, arrays.
  [[nodiscard]] JsonRef at_path(std::string_view dotted) const noexcept;

  // Calls `visit` for each member in insertion order, or each element. Return false to stop. Do not
  // change the value meanwhile.
  void for_each_member(const std::function<bool(std::string_view, JsonRef)>& visit) const;
  void for_each_element(const std::function<bool(JsonRef)>& visit) const;

  // Compact JSON: members in insertion order, valid UTF-8. Numbers that were parsed have the digits
  // that they came with.
  void dump_to(std::string& out) const;
  [[nodiscard]] std::string dump() const;

  // In-place changes, used by redaction and by role projection of a copy. Each returns false where
  // it does not apply.
  bool set_member(std::string_view member, std::string_view text);
  bool set_member(std::string_view member, const class Json& value);
  bool remove_member(std::string_view member);
  // Gives each member the name that `rename` returns, in the same order; a name that is taken
  // already gets a number behind it.
  bool rename_members(const std::function<std::string(std::string_view)>& rename);
  bool set_element(std::size_t index, std::string_view text);
  bool remove_element(std::size_t index);

  [[nodiscard]] json_t* raw() const noexcept { return value_; }

 private:
  json_t* value_ = nullptr;
};

struct JsonLimits {
  std::size_t max_depth = 32;     // containers inside one another
  bool allow_duplicates = false;  // of a member that an object has twice, the last counts
};

// Why a text is not JSON, for the one who sent it.
struct JsonError {
  std::string
      message;  // "'}' expected near 'x'"; has no part of the text beyond a few characters, escaped
  std::size_t offset = 0;  // bytes from the start
};

class Json {
 public:
  Json() noexcept = default;
  explicit Json(json_t* owned) noexcept : value_(owned) {}  // takes over one reference

  // Parses one whole text (anything may be the root). Refuses duplicate members, invalid UTF-8, deeper nesting than the limit, trailing text.
  //   Cost: one pass of JsonSkim, an allocation for each value; about 1 ns a byte of text in long strings.
  [[nodiscard]] static tl::expected<Json, JsonError> parse(std::string_view text,
                                                           JsonLimits limits = {});
  // The same by jansson alone, which decides what is JSON: for tests that compare the two.  Cost: about 16 ns a byte.
  [[nodiscard]] static tl::expected<Json, JsonError> parse_by_jansson(std::string_view text,
                                                                      JsonLimits limits = {});

  [[nodiscard]] static Json object();
  [[nodiscard]] static Json array();
  [[nodiscard]] static Json string(std::string_view text);  // invalid UTF-8 is repaired
  [[nodiscard]] static Json integer(std::int64_t value);
  [[nodiscard]] static Json number(double value);  // not finite: null
  [[nodiscard]] static Json boolean(bool value);
  [[nodiscard]] static Json null();
  [[nodiscard]] Json deep_copy() const;
  [[nodiscard]] static Json copy_of(JsonRef value);  // deep; absent for an absent one

  // Building: `Json::object().set("type", "pong").set("lag_ms", 3)`. A member's name that is not
  // UTF-8 is repaired.
  Json& set(std::string_view member, const Json& value);
  Json& set(std::string_view member, std::string_view text);
  Json& set(std::string_view member, const char* text) {
    return set(member, std::string_view(text));
  }
  Json& set(std::string_view member, std::int64_t value);
  Json& set(std::string_view member, std::uint64_t value) {
    return set(member, static_cast<std::int64_t>(value));
  }
  Json& set(std::string_view member, int value) {
    return set(member, static_cast<std::int64_t>(value));
  }
  Json& set(std::string_view member, double value);
  Json& set(std::string_view member, bool value);
  Json& append(const Json& value);
  Json& append(std::string_view text);

  [[nodiscard]] bool present() const noexcept { return value_ != nullptr; }
  [[nodiscard]] JsonRef ref() const noexcept { return JsonRef(value_.get()); }
  [[nodiscard]] JsonRef operator[](std::string_view member) const noexcept { return ref()[member]; }
  [[nodiscard]] std::string dump() const { return ref().dump(); }

 private:
  struct Free {
    void operator()(json_t* value) const noexcept;
  };
  std::unique_ptr<json_t, Free> value_;
};

}  // namespace ringside
