// What is hidden for its place: next to the name of a secret, in an object or a list. Each of these places is one that
// programs really use; lists of words stay.
#include <algorithm>
#include <utility>

#include "core/base/text.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/secret_block.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"
#include "core/redact/token_shapes.hpp"
#include "core/redact/tool_options.hpp"

namespace ringside {
namespace {

enum class ListKind { kOther, kNamesAndValues, kArguments };

[[nodiscard]] ListKind list_kind(std::string_view member) noexcept {
  const auto is = [&](auto... names) { return (equals_ignoring_case(member, names) || ...); };
  if (is("headers", "rawHeaders", "raw_headers", "header", "env", "environment", "pairs")) {
    return ListKind::kNamesAndValues;
  }
  return is("args", "argv", "arguments", "command", "cmd", "cmdline", "command_line", "exec")
             ? ListKind::kArguments
             : ListKind::kOther;
}

// After "--password": "-x9!" is a value that begins with a dash, "--verbose" and "-v" are options.
[[nodiscard]] bool is_option_name(std::string_view text) noexcept {
  return text.starts_with('-') && std::ranges::none_of(text, [](char c) {
           return is_ascii_digit(c) || is_ascii_upper(c) || !(is_name_char(c) || c == '=');
         });
}

// The members of a JSON Web Key that are not public (RFC 7518): "k" of a symmetric one.
[[nodiscard]] bool is_private_part(std::string_view name, std::string_view type) noexcept {
  constexpr std::string_view kParts[] = {"d", "p", "q", "dp", "dq", "qi"};
  return type == "oct" ? name == "k" : std::ranges::find(kParts, name) != std::end(kParts);
}

}  // namespace

bool Redactor::redact(JsonRef container) { return enabled_ && redact_value(container, "", false); }

bool Redactor::redact_value(JsonRef value, std::string_view member, bool in_array) {
  return value.is_array() ? redact_array(value, member, in_array) : redact_object(value);
}

// Besides the elements themselves: an option of a program and its value, and a name and its value.
bool Redactor::redact_array(JsonRef array, std::string_view member, bool in_array) {
  const bool is_list_of_pairs = in_array || array.size() == 2;
  const ListKind kind = list_kind(member);
  bool changed = hide_blocks(array);
  bool hides_next = false;
  bool hides_user = false;
  NameVerdict verdict_of_next = NameVerdict::kSecret;
  const Tool* tool = nullptr;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const JsonRef element = array[i];
    const std::string text(element.as_string().value_or(""));
    const bool is_option = text.starts_with('-');
    const NameVerdict verdict_of_this = std::exchange(verdict_of_next, NameVerdict::kSecret);
    const bool hides_this =
        std::exchange(hides_next, false) && !(is_option_name(text) && !is_list_of_pairs);
    const ToolOption found = tool != nullptr ? match_tool_option(*tool, text) : ToolOption();
    const bool is_here = found.where == ToolOption::Where::kHere;
    const bool is_user = std::exchange(hides_user, false) || (is_here && found.is_user);
    const std::size_t password =
        is_user ? password_of_user(std::string_view(text).substr(found.begin)) : 0;
    if (password != 0 || (is_here && !is_user)) {
      changed |=
          array.set_element(i, text.substr(0, found.begin + password) + std::string(kRedacted));
      continue;
    }
    hides_user = is_user_option(text);
    if (const Tool* const named = is_option ? nullptr : find_tool(text); named != nullptr) {
      tool = named;
    }
    if (found.where == ToolOption::Where::kNext) {
      hides_user = found.is_user;
      hides_next = !found.is_user;
      continue;
    }
    if (element.is_string() && !hides_user && !names_nothing(text)) {
      const std::string_view next = array[i + 1].as_string().value_or("1");
      hides_next = is_option || (in_array && i == 0) ||
                   (kind == ListKind::kNamesAndValues && i % 2 == 0) ||
                   (kind == ListKind::kArguments && i != 0 && text.ends_with("word")) ||
                   (array.size() == 2 && i == 0 && looks_made(next) && names_nothing(next));
      verdict_of_next = verdict_of_pair(text);
    }
    const auto hidden = replacement(element, hides_this ? verdict_of_this : NameVerdict::kHarmless);
    if (hidden) {
      changed |= array.set_element(i, *hidden);
    } else if (!element.is_string()) {
      changed |= redact_value(element, member, true);
    }
  }
  return changed;
}

// A private key as a list of its lines.
bool Redactor::hide_blocks(JsonRef array) {
  std::optional<SecretBlock> block;
  bool changed = false;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const auto element = array[i].as_string();
    if (!element) {
      block.reset();
      continue;
    }
    std::string text(*element);
    if (block) {
      text = block->is_quoted() ? redact_text(text) : text;
      changed = (block->hide_in(text) && array.set_element(i, text)) || changed;
    }
    if (!block || block->has_ended()) {
      block = SecretBlock::begun_by(text, names_);
    }
  }
  return changed;
}

// {"name": "DB_PASSWORD", ...}, and {"op": "replace", "path": "/db/password", ...} (RFC 6902)
NameVerdict Redactor::verdict_of_values(JsonRef object) {
  NameVerdict verdict = NameVerdict::kHarmless;
  object.for_each_member([&](std::string_view name, JsonRef value) {
    const auto text = value.as_string();
    if (text && known(name).is_pair_name && !names_nothing(*text) &&
        (name != "path" || object["op"].is_string())) {
      verdict = verdict_of_pair(*text);
    }
    return verdict == NameVerdict::kHarmless;
  });
  return verdict;
}

bool Redactor::redact_object(JsonRef object) {
  if (!object.is_object()) {
    return false;
  }
  bool changed = false;
  bool has_secret_names = false;
  const NameVerdict of_values = verdict_of_values(object);
  const std::string key_type(object["kty"].as_string().value_or(""));
  // Collected first: an object must not change while it is walked.
  std::vector<std::pair<std::string, std::string>> hidden;
  object.for_each_member([&](std::string_view name, JsonRef value) {
    const KnownName& found = known(name);
    has_secret_names = has_secret_names || found.has_secret;
    const bool is_secret = (!key_type.empty() && is_private_part(name, key_type)) ||
                           (is_auth_name(name) && are_credentials(value.as_string().value_or("")));
    const bool is_of_pair = of_values != NameVerdict::kHarmless && is_pair_value(name);
    const NameVerdict verdict = is_secret    ? NameVerdict::kSecret
                                : is_of_pair ? of_values
                                             : found.verdict;
    if (auto text = replacement(value, verdict)) {
      hidden.emplace_back(name, std::move(*text));
    } else {
      changed |= redact_value(value, name, false);
    }
    return true;
  });
  for (const auto& [name, text] : hidden) {
    // A custom expression with \C may cut a character in two; set_member makes it valid again.
    changed |= object.set_member(name, std::string_view(text));
  }
  return (has_secret_names && redact_names(object)) || changed;
}

bool Redactor::redact_names(JsonRef object) {
  bool changed = false;
  object.for_each_member([&](std::string_view name, JsonRef) {
    find_spans(scanner_, name);
    changed = changed || !spans_.empty();
    return !changed;
  });
  return changed && object.rename_members([this](std::string_view name) {
    find_spans(scanner_, name);
    return without_spans(name);
  });
}

}  // namespace ringside
