// jansson reads a text a character at a time, in about 16 ns each: a message of 64 KiB kept all connections of lwsws waiting for a
// millisecond. So JsonSkim reads it, and its list becomes jansson's values. jansson still reads short texts that are wrong, for
// its words; and numbers that only it can decide on.
#include <fmt/format.h>
#include <jansson.h>

#include <utility>

#include "core/base/check.hpp"
#include "core/base/json.hpp"
#include "core/base/json_escape.hpp"
#include "core/base/json_number.hpp"
#include "core/base/json_scan.hpp"
#include "core/base/json_skim.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxSkimDepth = 64;
constexpr std::size_t kWordedBytes = 4096;  // of a wrong text that jansson reads for its words

// Depth by a scan of the text, before jansson recurses: it would go 2,048 deep. Strings are
// skipped, errors left to jansson.
std::optional<std::size_t> first_deeper_than(std::string_view text, std::size_t limit) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = find_end_of_string(text, i + 1);
    } else if (c == '{' || c == '[') {
      if (++depth > limit) {
        return i;
      }
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

// Makes jansson's values of a list that JsonSkim has read with Rare::kTaken. Recursion is as deep as the list, at most
// kMaxSkimDepth.
class Builder {
 public:
  Builder(const JsonSkim& skim, bool allow_duplicates)
      : skim_(skim), allow_duplicates_(allow_duplicates) {}

  // Null when the text is wrong after all; error() says how.
  [[nodiscard]] json_t* build(std::uint32_t at) {
    const JsonSkim::Node& node = skim_.nodes()[at];
    switch (node.kind) {
      case JsonKind::kObject:
        return object(at);
      case JsonKind::kArray:
        return array(at);
      case JsonKind::kString:
        return string(node);
      case JsonKind::kInteger:
      case JsonKind::kReal:
        return number(node);
      case JsonKind::kBool:
        return json_boolean(skim_.text_of(node).front() == 't');
      case JsonKind::kNull:
        break;
    }
    return json_null();
  }

  [[nodiscard]] JsonError& error() noexcept { return error_; }

 private:
  [[nodiscard]] std::string_view resolved(std::string_view raw, bool escaped) {
    if (!escaped) {
      return raw;
    }
    unescaped_.clear();
    unescape_json(raw, unescaped_);
    return unescaped_;
  }

  [[nodiscard]] json_t* object(std::uint32_t at) {
    const auto nodes = skim_.nodes();
    json_t* const made = json_object();
    for (std::uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
      json_t* const value = build(i);
      if (value == nullptr || !add(made, nodes[i], value)) {
        json_decref(made);
        return nullptr;
      }
    }
    return made;
  }

  // Takes over the value.
  [[nodiscard]] bool add(json_t* object, const JsonSkim::Node& member, json_t* value) {
    const std::string_view name = resolved(skim_.name_of(member), member.name_escaped);
    if (name.find('\0') != std::string_view::npos) {
      json_decref(value);
      fail(member.name_begin, "a member's name has a NUL");
      return false;
    }
    const std::size_t n_before = json_object_size(object);
    RS_CHECK(json_object_setn_new_nocheck(object, name.data(), name.size(), value) == 0);
    if (json_object_size(object) == n_before && !allow_duplicates_) {
      fail(member.name_begin, "duplicate object key");
      return false;
    }
    return true;
  }

  [[nodiscard]] json_t* array(std::uint32_t at) {
    const auto nodes = skim_.nodes();
    json_t* const made = json_array();
    for (std::uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
      if (json_array_append_new(made, build(i)) != 0) {
        json_decref(made);
        return nullptr;
      }
    }
    return made;
  }

  [[nodiscard]] json_t* string(const JsonSkim::Node& node) {
    const std::string_view text = resolved(skim_.text_of(node), node.escaped);
    return json_stringn_nocheck(text.data(), text.size());
  }

  [[nodiscard]] json_t* number(const JsonSkim::Node& node) {
    const std::string_view digits = skim_.text_of(node);
    if (is_kept_as_text(digits)) {
      unescaped_ = number_mark();
      unescaped_ += digits;
      return json_stringn_nocheck(unescaped_.data(), unescaped_.size());
    }
    if (const auto integer = integer_of_digits(digits);
        integer && node.kind == JsonKind::kInteger) {
      return json_integer(*integer);
    }
    json_t* const made = json_loadb(digits.data(), digits.size(), JSON_DECODE_ANY, nullptr);
    if (made == nullptr) {
      fail(node.begin, "the number is too large");
    }
    return made;
  }

  void fail(std::size_t at, std::string why) { error_ = JsonError{std::move(why), at}; }

  const JsonSkim& skim_;
  bool allow_duplicates_;
  std::string unescaped_;
  JsonError error_;
};

JsonError too_deep(std::size_t limit, std::size_t at) {
  return {fmt::format("nested deeper than {} levels", limit), at};
}

// Of a text that JsonSkim did not read to its end.
JsonError error_at(std::string_view text, const JsonSkim& skim, std::size_t max_depth) {
  const std::size_t at = skim.stopped_at();
  constexpr std::size_t kShownBytes = 20;
  if (const auto place = first_deeper_than(text, max_depth); place && *place <= at) {
    return too_deep(max_depth, *place);
  }
  if (at >= text.size()) {
    return {"it ends too early", text.size()};
  }
  const std::string_view expected = skim.expected();
  return {fmt::format("{}{} near '{}'", expected, expected.empty() ? "invalid" : " expected",
                      escape_controls(to_valid_utf8(text.substr(at, kShownBytes)))),
          at};
}

// The value, or why there is none.
tl::expected<json_t*, JsonError> parse_by_skim(std::string_view text, JsonLimits limits) {
  thread_local JsonSkim skim;
  const bool is_read = skim.read(text, limits, JsonSkim::Rare::kTaken);
  Builder builder(skim, limits.allow_duplicates);
  json_t* const value = is_read ? builder.build(0) : nullptr;
  skim.trim();
  if (value != nullptr) {
    return value;
  }
  return tl::unexpected(is_read ? std::move(builder.error())
                                : error_at(text, skim, limits.max_depth));
}

}  // namespace

tl::expected<Json, JsonError> Json::parse(std::string_view text, JsonLimits limits) {
  if (limits.max_depth > kMaxSkimDepth) {
    return parse_by_jansson(text, limits);
  }
  auto value = parse_by_skim(text, limits);
  if (value) {
    return Json(*value);
  }
  if (text.size() <= kWordedBytes) {
    return parse_by_jansson(text, limits);
  }
  return tl::unexpected(std::move(value.error()));
}

// Numbers that jansson cannot keep: see json.cpp.
tl::expected<Json, JsonError> Json::parse_by_jansson(std::string_view text, JsonLimits limits) {
  if (const auto place = first_deeper_than(text, limits.max_depth)) {
    return tl::unexpected(too_deep(limits.max_depth, *place));
  }
  const auto marked = with_marked_numbers(text);
  const std::string_view source = marked ? std::string_view(*marked) : text;
  const std::size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL |
                            (limits.allow_duplicates ? 0U : std::size_t{JSON_REJECT_DUPLICATES});
  json_error_t error;
  json_t* value = json_loadb(source.data(), source.size(), flags, &error);
  if (value == nullptr && marked) {  // again, for the true place and words
    value = json_loadb(text.data(), text.size(), flags, &error);
  }
  if (value == nullptr) {
    return tl::unexpected(
        JsonError{escape_controls(error.text), static_cast<std::size_t>(error.position)});
  }
  return Json(value);
}

}  // namespace ringside
