// jansson parses and holds the values; writing is ours, because every event that was redacted would
// come out with numbers that its producer never wrote: jansson prints 0.1 as 0.10000000000000001,
// and has no integers above 2^63.
//
// So a number that jansson cannot keep digit for digit (a real, an integer of more than 18 digits)
// is handed to it as a string that begins with a mark, and is a number again for everyone who asks
// here. The mark is random for each process, so that no sender can write one.
#include "core/base/json.hpp"

#include <fmt/format.h>
#include <jansson.h>

#include <cmath>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/json_number.hpp"
#include "core/base/json_scan.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

std::string_view string_of(const json_t* value) noexcept {
  return {json_string_value(value), json_string_length(value)};
}

// The digits of a number that is kept as a string; empty for any other value.
std::string_view digits_of(const json_t* value) noexcept {
  if (!json_is_string(value) || json_string_length(value) == 0 ||
      *json_string_value(value) != '\0') {
    return {};
  }
  const std::string_view text = string_of(value);
  if (!text.starts_with(number_mark())) {
    return {};
  }
  // Nobody can know the mark; a text that has it all the same must not become what is no JSON.
  const std::string_view digits = text.substr(number_mark().size());
  return is_kept_as_text(digits) ? digits : std::string_view();
}

json_t* make_string(std::string_view text) {
  json_t* made = json_stringn(text.data(), text.size());
  if (made == nullptr) {  // not UTF-8
    const std::string repaired = to_valid_utf8(text);
    made = json_stringn(repaired.data(), repaired.size());
  }
  RS_CHECK(made != nullptr);
  return made;
}

// jansson has no lookup by length before 2.14's *n calls in Debian 12: the getn family exists
// there.
json_t* member_of(const json_t* object, std::string_view name) noexcept {
  return json_object_getn(object, name.data(), name.size());
}

void dump_value(std::string& out, const json_t* value);

void dump_object(std::string& out, const json_t* value) {
  auto* object = const_cast<json_t*>(value);
  bool first = true;
  out += '{';
  for (void* it = json_object_iter(object); it != nullptr; it = json_object_iter_next(object, it)) {
    if (!first) {
      out += ',';
    }
    first = false;
    append_json_string(out, {json_object_iter_key(it), json_object_iter_key_len(it)});
    out += ':';
    dump_value(out, json_object_iter_value(it));
  }
  out += '}';
}

void dump_array(std::string& out, const json_t* value) {
  out += '[';
  for (std::size_t i = 0; i < json_array_size(value); ++i) {
    if (i != 0) {
      out += ',';
    }
    dump_value(out, json_array_get(value, i));
  }
  out += ']';
}

void dump_value(std::string& out, const json_t* value) {
  switch (json_typeof(value)) {
    case JSON_OBJECT:
      dump_object(out, value);
      break;
    case JSON_ARRAY:
      dump_array(out, value);
      break;
    case JSON_STRING:
      if (const std::string_view digits = digits_of(value); !digits.empty()) {
        out += digits;
      } else {
        append_json_string(out, string_of(value));
      }
      break;
    case JSON_INTEGER:
      fmt::format_to(std::back_inserter(out), "{}", json_integer_value(value));
      break;
    case JSON_REAL: {
      const auto at = out.size();
      fmt::format_to(std::back_inserter(out), "{}", json_real_value(value));
      if (out.find_first_of(".eE", at) == std::string::npos) {
        out += ".0";
      }
      break;
    }
    case JSON_TRUE:
      out += "true";
      break;
    case JSON_FALSE:
      out += "false";
      break;
    case JSON_NULL:
      out += "null";
      break;
  }
}

}  // namespace

std::string_view name_of(JsonKind kind) noexcept {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "boolean";
    case JsonKind::kInteger:
      return "integer";
    case JsonKind::kReal:
      return "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "null";
}

JsonKind JsonRef::kind() const noexcept {
  if (value_ == nullptr) {
    return JsonKind::kNull;
  }
  switch (json_typeof(value_)) {
    case JSON_OBJECT:
      return JsonKind::kObject;
    case JSON_ARRAY:
      return JsonKind::kArray;
    case JSON_STRING:
      if (const std::string_view digits = digits_of(value_); !digits.empty()) {
        return is_real_digits(digits) ? JsonKind::kReal : JsonKind::kInteger;
      }
      return JsonKind::kString;
    case JSON_INTEGER:
      return JsonKind::kInteger;
    case JSON_REAL:
      return JsonKind::kReal;
    case JSON_TRUE:
    case JSON_FALSE:
      return JsonKind::kBool;
    case JSON_NULL:
      return JsonKind::kNull;
  }
  return JsonKind::kNull;
}

std::optional<std::string_view> JsonRef::as_string() const noexcept {
  return is_string() ? std::optional(string_of(value_)) : std::nullopt;
}

std::optional<std::int64_t> JsonRef::as_integer() const noexcept {
  if (const std::string_view digits = digits_of(value_); !digits.empty()) {
    return integer_of_digits(digits);
  }
  return json_is_integer(value_) ? std::optional<std::int64_t>(json_integer_value(value_))
                                 : std::nullopt;
}

std::optional<double> JsonRef::as_number() const noexcept {
  if (const std::string_view digits = digits_of(value_); !digits.empty()) {
    return number_of_digits(digits);
  }
  return json_is_number(value_) ? std::optional(json_number_value(value_)) : std::nullopt;
}

std::optional<bool> JsonRef::as_bool() const noexcept {
  return is_bool() ? std::optional(json_is_true(value_)) : std::nullopt;
}

std::size_t JsonRef::size() const noexcept {
  if (is_array()) {
    return json_array_size(value_);
  }
  return is_object() ? json_object_size(value_) : 0;
}

JsonRef JsonRef::operator[](std::string_view member) const noexcept {
  return is_object() ? JsonRef(member_of(value_, member)) : JsonRef();
}

JsonRef JsonRef::operator[](std::size_t index) const noexcept {
  return is_array() ? JsonRef(json_array_get(value_, index)) : JsonRef();
}

JsonRef JsonRef::at_path(std::string_view dotted) const noexcept {
  JsonRef at = *this;
  for (;;) {
    const auto dot = dotted.find('.');
    const std::string_view step = dotted.substr(0, dot);
    std::size_t index = 0;
    at = at.is_array() ? (parse_u64(step, index) ? at[index] : JsonRef()) : at[step];
    if (dot == std::string_view::npos || !at.present()) {
      return at;
    }
    dotted.remove_prefix(dot + 1);
  }
}

void JsonRef::for_each_member(const std::function<bool(std::string_view, JsonRef)>& visit) const {
  if (!is_object()) {
    return;
  }
  for (void* it = json_object_iter(value_); it != nullptr; it = json_object_iter_next(value_, it)) {
    if (!visit({json_object_iter_key(it), json_object_iter_key_len(it)},
               JsonRef(json_object_iter_value(it)))) {
      return;
    }
  }
}

void JsonRef::for_each_element(const std::function<bool(JsonRef)>& visit) const {
  for (std::size_t i = 0; is_array() && i < json_array_size(value_); ++i) {
    if (!visit(JsonRef(json_array_get(value_, i)))) {
      return;
    }
  }
}

void JsonRef::dump_to(std::string& out) const {
  if (value_ != nullptr) {
    dump_value(out, value_);
  }
}

std::string JsonRef::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

bool JsonRef::set_member(std::string_view member, std::string_view text) {
  return is_object() &&
         json_object_setn_new(value_, member.data(), member.size(), make_string(text)) == 0;
}

bool JsonRef::set_member(std::string_view member, const Json& value) {
  return is_object() && value.present() &&
         json_object_setn(value_, member.data(), member.size(), value.ref().raw()) == 0;
}

bool JsonRef::remove_member(std::string_view member) {
  return is_object() && json_object_deln(value_, member.data(), member.size()) == 0;
}

bool JsonRef::rename_members(const std::function<std::string(std::string_view)>& rename) {
  if (!is_object()) {
    return false;
  }
  std::vector<std::pair<std::string, json_t*>> members;
  for_each_member([&](std::string_view name, JsonRef value) {
    members.emplace_back(to_valid_utf8(rename(name)), json_incref(value.raw()));
    return true;
  });
  json_object_clear(value_);
  for (auto& [name, value] : members) {
    std::string free_name = name;
    for (int n = 2; member_of(value_, free_name) != nullptr; ++n) {
      free_name = fmt::format("{} {}", name, n);
    }
    RS_CHECK(json_object_setn_new(value_, free_name.data(), free_name.size(), value) == 0);
  }
  return true;
}

bool JsonRef::set_element(std::size_t index, std::string_view text) {
  return is_array() && json_array_set_new(value_, index, make_string(text)) == 0;
}

bool JsonRef::remove_element(std::size_t index) {
  return is_array() && json_array_remove(value_, index) == 0;
}

void Json::Free::operator()(json_t* value) const noexcept { json_decref(value); }

Json Json::object() { return Json(json_object()); }
Json Json::array() { return Json(json_array()); }
Json Json::string(std::string_view text) { return Json(make_string(text)); }
Json Json::integer(std::int64_t value) { return Json(json_integer(value)); }
Json Json::number(double value) {
  return Json(std::isfinite(value) ? json_real(value) : json_null());
}
Json Json::boolean(bool value) { return Json(json_boolean(value)); }
Json Json::null() { return Json(json_null()); }
Json Json::deep_copy() const { return Json(json_deep_copy(value_.get())); }
Json Json::copy_of(JsonRef value) { return Json(json_deep_copy(value.raw())); }

Json& Json::set(std::string_view member, const Json& value) {
  if (!ref().set_member(member, value)) {  // a name that is not UTF-8: names come from outside too
    RS_CHECK(ref().set_member(to_valid_utf8(member), value));
  }
  return *this;
}

Json& Json::set(std::string_view member, std::string_view text) {
  return set(member, string(text));
}
Json& Json::set(std::string_view member, std::int64_t value) { return set(member, integer(value)); }
Json& Json::set(std::string_view member, double value) { return set(member, number(value)); }
Json& Json::set(std::string_view member, bool value) { return set(member, boolean(value)); }

Json& Json::append(const Json& value) {
  RS_CHECK(json_array_append(value_.get(), value.ref().raw()) == 0);
  return *this;
}

Json& Json::append(std::string_view text) { return append(string(text)); }

}  // namespace ringside
