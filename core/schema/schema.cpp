// One walk serves two views of an event: JsonSkim's list of places, for the quick yes, and the
// built tree, for the exact no. They must never disagree in the dangerous direction, so there is
// one template and two thin views, and whatever the quick view cannot see as the value itself (a
// string with escapes, a number with limits) it gives up on.
#include "core/schema/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/schema/schema_compiler.hpp"

namespace ringside {
namespace {

using Node = Schema::Node;

constexpr std::string_view kIsMissing = "is missing";

struct TreeView {
  static constexpr bool kTells = true;
  JsonRef value;

  [[nodiscard]] JsonKind kind() const { return value.kind(); }
  [[nodiscard]] std::optional<std::string_view> text() const { return value.as_string(); }
  [[nodiscard]] std::optional<double> number() const { return value.as_number(); }
  [[nodiscard]] bool equals(JsonRef other) const {
    return kind() == other.kind()
               ? value.dump() == other.dump()
               : value.is_number() && other.is_number() && value.as_number() == other.as_number();
  }
  template <class Visit>
  bool members(Visit visit) const {
    bool good = true;
    value.for_each_member([&](std::string_view name, JsonRef member) {
      return good = visit(name, TreeView{member});
    });
    return good;
  }
  template <class Visit>
  bool elements(Visit visit) const {
    bool good = true;
    value.for_each_element([&](JsonRef element) { return good = visit(TreeView{element}); });
    return good;
  }
};

[[nodiscard]] std::optional<double> number_of(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value)
                                                                      : std::nullopt;
}

struct SkimView {
  static constexpr bool kTells = false;
  const JsonSkim& skim;
  std::uint32_t at;

  [[nodiscard]] const JsonSkim::Node& node() const { return skim.nodes()[at]; }
  [[nodiscard]] JsonKind kind() const { return node().kind; }
  [[nodiscard]] std::optional<std::string_view> text() const {
    if (!node().escaped) {
      return skim.text_of(node());
    }
    static thread_local std::string
        unescaped;  // good until the next call, which is all that is needed
    unescape_json(skim.text_of(node()), unescaped);
    return unescaped;
  }
  [[nodiscard]] std::optional<double> number() const { return number_of(skim.text_of(node())); }
  [[nodiscard]] bool equals(JsonRef other) const {
    return kind() == JsonKind::kString && !node().escaped &&
           other.as_string() == skim.text_of(node());
  }
  template <class Visit>
  bool members(Visit visit) const {
    const std::uint32_t end = node().next;
    for (std::uint32_t i = at + 1; i < end; i = skim.nodes()[i].next) {
      if (!visit(skim.name_of(skim.nodes()[i]), SkimView{skim, i})) {
        return false;
      }
    }
    return true;
  }
  template <class Visit>
  bool elements(Visit visit) const {
    const std::uint32_t end = node().next;
    for (std::uint32_t i = at + 1; i < end; i = skim.nodes()[i].next) {
      if (!visit(SkimView{skim, i})) {
        return false;
      }
    }
    return true;
  }
};

// A string or number alone.
struct LeafView {
  static constexpr bool kTells = false;
  JsonKind its_kind;
  std::string_view raw;

  [[nodiscard]] JsonKind kind() const { return its_kind; }
  [[nodiscard]] std::optional<std::string_view> text() const { return raw; }
  [[nodiscard]] std::optional<double> number() const { return number_of(raw); }
  [[nodiscard]] bool equals(JsonRef other) const {
    return its_kind == JsonKind::kString && other.as_string() == raw;
  }
  template <class Visit>
  bool members(Visit) const {
    return false;
  }
  template <class Visit>
  bool elements(Visit) const {
    return false;
  }
};

std::string names_of(const Node& node) {
  constexpr JsonKind kKinds[] = {JsonKind::kString, JsonKind::kBool, JsonKind::kObject,
                                 JsonKind::kArray, JsonKind::kNull};
  std::vector<std::string_view> names;
  if ((node.types & kNumberKinds) == kNumberKinds) {
    names.emplace_back("a number");
  } else if ((node.types & kind_bit(JsonKind::kInteger)) != 0) {
    names.emplace_back("a whole number");
  }
  for (const JsonKind kind : kKinds) {
    if ((node.types & kind_bit(kind)) != 0) {
      names.push_back(kind == JsonKind::kString   ? "a string"
                      : kind == JsonKind::kBool   ? "true or false"
                      : kind == JsonKind::kObject ? "an object"
                      : kind == JsonKind::kArray  ? "a list"
                                                  : "null");
    }
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

std::string one_of(const Node& node) {
  std::string out = node.allowed.size() == 1 ? "must be " : "must be one of ";
  for (std::size_t i = 0; i < node.allowed.size(); ++i) {
    out += (i != 0 ? ", " : "") + node.allowed[i].dump();
  }
  return out;
}

[[nodiscard]] std::size_t n_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// A walk down an event and its schema side by side. The path grows while the walk comes back from
// what is wrong, so a valid event pays nothing for it.
template <class View>
class Walk {
 public:
  SchemaViolation violation;
  std::vector<Schema::LeafRule>* rules = nullptr;  // of what was accepted, if anybody asks

  [[nodiscard]] bool check(const Node* node, const View& value) {
    for (; node->ref != nullptr; node = node->ref) {
      if (!check_here(*node, value)) {
        return false;
      }
    }
    return check_here(*node, value);
  }

  [[nodiscard]] bool check_here(const Node& node, const View& value) {
    if (!holds(node, value)) {
      return false;
    }
    if constexpr (std::is_same_v<View, SkimView>) {
      if (rules != nullptr && (value.kind() == JsonKind::kString || is_number(value.kind()))) {
        rules->push_back({value.at, &node});
      }
    }
    return true;
  }

 private:
  [[nodiscard]] bool holds(const Node& node, const View& value) {
    if (node.nothing) {
      return says([] { return "is not allowed here"; });
    }
    const JsonKind kind = value.kind();
    if ((node.types & kind_bit(kind)) == 0 && !is_whole(node, value)) {
      return says([&] { return "must be " + names_of(node); });
    }
    if (kind == JsonKind::kString
            ? !check_text(node, value)
            : is_number(kind) && node.looks_at_number() && !check_number(node, value)) {
      return false;
    }
    if (!node.allowed.empty() && !std::ranges::any_of(node.allowed, [&](const Json& one) {
          return value.equals(one.ref());
        })) {
      return says([&] { return one_of(node); });
    }
    if (kind == JsonKind::kObject && !check_members(node, value)) {
      return false;
    }
    return (kind != JsonKind::kArray || check_elements(node, value)) &&
           (node.any_of.empty() || check_any(node, value));
  }

  template <class Message>
  bool says(Message message) {
    if constexpr (View::kTells) {
      violation = {"", std::string(message())};
    }
    return false;
  }
  bool comes_from(std::string_view name) {
    if constexpr (View::kTells) {
      violation.member.insert(
          0, violation.member.empty() || violation.member.front() == '[' ? "" : ".");
      violation.member.insert(0, name);
    }
    return false;
  }

  [[nodiscard]] static bool is_number(JsonKind kind) noexcept {
    return kind == JsonKind::kInteger || kind == JsonKind::kReal;
  }
  [[nodiscard]] static bool is_whole(const Node& node, const View& value) {
    if (!node.whole_reals || value.kind() != JsonKind::kReal) {
      return false;
    }
    const auto number = value.number();
    return number && std::trunc(*number) == *number;
  }

  [[nodiscard]] bool check_text(const Node& node, const View& value) {
    if (!node.looks_at_text()) {
      return true;
    }
    const auto text = value.text();
    if (!text) {
      return false;
    }
    if (const std::size_t n = n_characters(*text); n < node.min_length || n > node.max_length) {
      return says([&] {
        return n > node.max_length
                   ? fmt::format("must not be longer than {} characters, and has {}",
                                 node.max_length, n)
               : node.min_length == 1 ? std::string("must not be empty")
                                      : fmt::format("must have at least {} characters, and has {}",
                                                    node.min_length, n);
      });
    }
    if (node.pattern != nullptr &&
        !RE2::PartialMatch(re2::StringPiece(text->data(), text->size()), *node.pattern)) {
      return says([&] { return fmt::format("must match {}", node.pattern->pattern()); });
    }
    return !node.date_time || is_rfc3339(*text) ||
           says([&] { return std::string(rfc3339_objection(*text)); });
  }

  [[nodiscard]] bool check_number(const Node& node, const View& value) {
    const auto number = value.number();
    if (!number) {
      return false;
    }
    if (node.minimum && *number < *node.minimum) {
      return says([&] { return fmt::format("must be at least {}", *node.minimum); });
    }
    if (node.maximum && *number > *node.maximum) {
      return says([&] { return fmt::format("must be at most {}", *node.maximum); });
    }
    if (node.above && *number <= *node.above) {
      return says([&] { return fmt::format("must be more than {}", *node.above); });
    }
    return !node.below || *number < *node.below ||
           says([&] { return fmt::format("must be less than {}", *node.below); });
  }

  [[nodiscard]] bool check_members(const Node& node, const View& value) {
    if (node.properties.empty() && node.additional == nullptr) {
      return true;
    }
    std::uint64_t missing = node.required;
    const bool good = value.members([&](std::string_view name, const View& member) {
      for (std::size_t i = 0; i < node.properties.size(); ++i) {
        const Node::Property& property = node.properties[i];
        if (property.name == name) {
          missing &= ~(std::uint64_t{1} << i);
          return property.schema == nullptr || check(property.schema, member) || comes_from(name);
        }
      }
      if (node.closed) {
        says([] { return "is not known"; });
        return comes_from(name);
      }
      return node.additional == nullptr || check(node.additional, member) || comes_from(name);
    });
    if (!good || missing == 0) {
      return good;
    }
    says([] { return kIsMissing; });
    return comes_from(node.properties[static_cast<std::size_t>(__builtin_ctzll(missing))].name);
  }

  [[nodiscard]] bool check_elements(const Node& node, const View& value) {
    std::size_t n = 0;
    const bool good = value.elements([&](const View& element) {
      ++n;
      return node.items == nullptr || check(node.items, element) ||
             comes_from(fmt::format("[{}]", n - 1));
    });
    if (good && (n < node.min_items || n > node.max_items)) {
      return says([&] {
        return n < node.min_items
                   ? fmt::format("must have at least {} elements, and has {}", node.min_items, n)
                   : fmt::format("must have at most {} elements, and has {}", node.max_items, n);
      });
    }
    return good;
  }

  [[nodiscard]] bool check_any(const Node& node, const View& value) {
    std::string reasons;
    std::string
        missing;  // of alternatives that only want a member each, which is what most are for
    bool all_missing = true;
    const std::size_t n_rules = rules == nullptr ? 0 : rules->size();
    for (const Node* branch : node.any_of) {
      if (check(branch, value)) {
        violation = {};
        return true;
      }
      if (rules != nullptr) {  // what a branch that failed had found good binds nobody
        rules->resize(n_rules);
      }
      if constexpr (View::kTells) {
        all_missing = all_missing && violation.message == kIsMissing;
        missing += (missing.empty() ? "" : " or ") + violation.member;
        reasons += fmt::format("{}{}{}{}", reasons.empty() ? "" : ", and ", violation.member,
                               violation.member.empty() ? "" : " ", violation.message);
      }
    }
    return says([&] {
      return all_missing ? "must have " + missing
                         : fmt::format("is not one of the values allowed: {}", reasons);
    });
  }
};

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;

Result<std::unique_ptr<Schema>> Schema::make(JsonRef document) {
  return SchemaCompiler(document).compile();
}

std::optional<SchemaViolation> Schema::check(JsonRef event) const {
  Walk<TreeView> walk;
  if (walk.check(root_, TreeView{event})) {
    return std::nullopt;
  }
  return std::move(walk.violation);
}

bool Schema::accepts(const JsonSkim& skim) const {
  Walk<SkimView> walk;
  return walk.check(root_, SkimView{skim, 0});
}

bool Schema::accepts(const JsonSkim& skim, std::vector<LeafRule>& rules) const {
  Walk<SkimView> walk;
  walk.rules = &rules;
  return walk.check(root_, SkimView{skim, 0});
}

bool Schema::keeps(const Node& rule, JsonKind kind, std::string_view raw) {
  return Walk<LeafView>().check_here(rule, LeafView{kind, raw});
}

}  // namespace ringside
