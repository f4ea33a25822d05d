// Most events have no secret. So there are two ways: is_clean() reads an event where it is, builds
// nothing and stops at the first doubt; only then the event is built as a tree and redact() changes
// it. Whatever redact() would change, is_clean() must doubt: a test compares the two on random
// events.
#include "core/redact/redactor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"
#include "core/redact/redact_patterns.hpp"
#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxMemberName = 64;
constexpr std::size_t kMinCardDigits = 13;
constexpr std::int64_t kMaxRegexMemory = 1 << 20;

[[nodiscard]] bool hides_by_name(JsonRef value, NameVerdict verdict) {
  if (verdict == NameVerdict::kHarmless) {
    return false;
  }
  switch (value.kind()) {
    case JsonKind::kString:
      return value.as_string() != kRedacted &&
             !(verdict == NameVerdict::kUnlessDirectory && value.as_string()->starts_with('/'));
    case JsonKind::kInteger:
    case JsonKind::kReal:
      return verdict != NameVerdict::kUnlessNumber;
    case JsonKind::kArray:
    case JsonKind::kObject:
      return value.size() != 0;
    case JsonKind::kBool:
    case JsonKind::kNull:
      return false;
  }
  return true;
}

// Without the dashes of an option and the colon of a header.
[[nodiscard]] std::string_view bare_name(std::string_view text) noexcept {
  while (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(':') || text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return text;
}

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

// Whether a text is more likely a secret than a word.
[[nodiscard]] bool looks_made(std::string_view text) noexcept {
  return std::ranges::any_of(
      text, [](char c) { return is_ascii_digit(c) || is_ascii_upper(c) || !is_word_char(c); });
}

}  // namespace

Redactor::Redactor(const RedactOptions& options, SecretPatterns patterns)
    : enabled_(options.redact),
      names_(with_personal_names(options), options.redact_keep),
      scanner_(patterns, names_),
      thorough_(with_assignments(patterns), names_) {}

Result<std::unique_ptr<Redactor>> Redactor::make(const RedactOptions& options) {
  for (const std::string& name : options.redact_members) {
    if (name.empty() || name.size() > kMaxMemberName) {
      return fail(fmt::format("redact.members: a name has 1 to {} bytes, \"{}\" has {}",
                              kMaxMemberName, name.substr(0, kMaxMemberName), name.size()));
    }
  }
  std::unique_ptr<Redactor> made(new Redactor(options, patterns_of(options)));
  for (const std::string& expression : options.redact_custom) {
    RE2::Options re2_options(RE2::Quiet);
    re2_options.set_max_mem(kMaxRegexMemory);
    auto compiled = std::make_unique<RE2>(expression, re2_options);
    if (!compiled->ok()) {
      return fail(fmt::format("redact.custom: \"{}\" is not a regular expression of RE2: {}",
                              expression, compiled->error()));
    }
    if (RE2::FullMatch("", *compiled)) {
      return fail(fmt::format("redact.custom: \"{}\" matches the empty text, and so every text",
                              expression));
    }
    made->custom_.push_back(std::move(compiled));
  }
  return made;
}

const Redactor::KnownName& Redactor::known(std::string_view name) {
  std::uint64_t hash = name.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(name.size(), 8); ++i) {
    hash = (hash * 0x100000001B3U) ^ static_cast<unsigned char>(name[i]);
    hash = (hash * 0x100000001B3U) ^ static_cast<unsigned char>(name[name.size() - 1 - i]);
  }
  KnownName& entry =
      name.size() > long_name_.bytes.size() ? long_name_ : known_[(hash >> 7U) % known_.size()];
  if (entry.n_bytes == name.size() && &entry != &long_name_ && !name.empty() &&
      std::memcmp(entry.bytes.data(), name.data(), name.size()) == 0) {
    return entry;
  }
  entry.verdict = names_.look_up(name);
  entry.has_secret = finds_in(name);
  entry.is_pair_name = ringside::is_pair_name(name);
  entry.n_bytes = 0;
  if (&entry != &long_name_) {
    entry.n_bytes = static_cast<std::uint8_t>(name.size());
    name.copy(entry.bytes.data(), name.size());
  }
  return entry;
}

bool Redactor::names_nothing(std::string_view text) {
  if (!enabled_ || text.size() > SecretNames::kMaxNameBytes ||
      text.find(' ') != std::string_view::npos) {
    return true;
  }
  return !names_.is_secret(bare_name(text));
}

std::string_view Redactor::text_of(const JsonSkim& skim, const JsonSkim::Node& node) {
  const std::string_view text = skim.text_of(node);
  if (!node.escaped) {
    return text;
  }
  unescape_json(text, unescaped_);
  return unescaped_;
}

bool Redactor::is_clean_member(const JsonSkim& skim, const JsonSkim::Node& node) {
  if (!node.is_member) {
    return node.kind != JsonKind::kString || names_nothing(text_of(skim, node));
  }
  const KnownName& name = known(skim.name_of(node));
  if (name.has_secret) {
    return false;
  }
  if (name.is_pair_name && node.kind == JsonKind::kString && !names_nothing(text_of(skim, node))) {
    return false;
  }
  switch (name.verdict) {
    case NameVerdict::kHarmless:
      return true;
    case NameVerdict::kSecret:
      return node.kind == JsonKind::kBool || node.kind == JsonKind::kNull;
    case NameVerdict::kUnlessNumber:
      return node.kind != JsonKind::kString && node.kind != JsonKind::kObject &&
             node.kind != JsonKind::kArray;
    case NameVerdict::kUnlessDirectory:
      return node.kind == JsonKind::kBool || node.kind == JsonKind::kNull;
  }
  return false;
}

bool Redactor::is_clean(const JsonSkim& skim, const JsonSkim::Node& value) {
  if (!enabled_) {
    return true;
  }
  const auto nodes = skim.nodes();
  const auto first = static_cast<std::size_t>(&value - nodes.data());
  for (std::size_t i = first; i < value.next; ++i) {
    const JsonSkim::Node& node = nodes[i];
    if (i != first && !is_clean_member(skim, node)) {
      return false;
    }
    const bool is_long_number =
        node.kind == JsonKind::kInteger && node.end - node.begin >= kMinCardDigits;
    if ((node.kind == JsonKind::kString || is_long_number) && finds_in(text_of(skim, node))) {
      return false;
    }
  }
  return true;
}

bool Redactor::finds_in(std::string_view text) {
  find_spans(scanner_, text);
  return !spans_.empty() || is_open_;
}

void Redactor::find_spans(const SecretScanner& scanner, std::string_view text) {
  spans_.clear();
  is_open_ = scanner.scan(text, spans_);
  for (const auto& expression : custom_) {
    re2::StringPiece found;
    std::size_t from = 0;
    while (from <= text.size() && expression->Match({text.data(), text.size()}, from, text.size(),
                                                    RE2::UNANCHORED, &found, 1)) {
      const auto begin = static_cast<std::size_t>(found.data() - text.data());
      if (!found.empty() && std::string_view(found.data(), found.size()) != kRedacted) {
        spans_.push_back({begin, begin + found.size()});
      }
      from = begin + std::max<std::size_t>(found.size(), 1);
    }
  }
  if (!custom_.empty()) {
    std::ranges::sort(spans_, {}, &TextSpan::begin);
  }
}

std::string Redactor::without_spans(std::string_view text) const {
  std::string out;
  std::size_t at = 0;
  for (const TextSpan& span : spans_) {
    if (span.end <= at) {
      continue;
    }
    if (span.begin >= at) {  // one that overlaps what was just hidden only lengthens it
      out.append(text.substr(at, span.begin - at));
      out.append(kRedacted);
    }
    at = span.end;
  }
  out.append(text.substr(at));
  return out;
}

std::optional<std::string> Redactor::replacement(JsonRef value, NameVerdict verdict) {
  if (hides_by_name(value, verdict)) {
    return std::string(kRedacted);
  }
  std::string number;
  std::optional<std::string_view> text = value.as_string();
  if (value.is_integer()) {
    value.dump_to(number);
    text = number.size() >= kMinCardDigits ? std::optional<std::string_view>(number) : std::nullopt;
  }
  if (!text) {
    return std::nullopt;
  }
  find_spans(scanner_, *text);
  return spans_.empty() ? std::nullopt : std::optional(without_spans(*text));
}

bool Redactor::redact(JsonRef container) { return enabled_ && redact_value(container, "", false); }

bool Redactor::redact_value(JsonRef value, std::string_view member, bool in_array) {
  return value.is_array() ? redact_array(value, member, in_array) : redact_object(value);
}

// Besides the elements themselves: an option of a program and its value, and a name and its value.
bool Redactor::redact_array(JsonRef array, std::string_view member, bool in_array) {
  const bool is_list_of_pairs = in_array || array.size() == 2;
  const ListKind kind = list_kind(member);
  bool changed = false;
  bool hides_next = false;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const JsonRef element = array[i];
    const std::string text(element.as_string().value_or(""));
    const bool is_option = text.starts_with('-');
    const bool hides_this = std::exchange(hides_next, false) && !(is_option && !is_list_of_pairs);
    if (element.is_string() && !names_nothing(text)) {
      const std::string_view next = array[i + 1].as_string().value_or("1");
      hides_next = is_option || (in_array && i == 0) ||
                   (kind == ListKind::kNamesAndValues && i % 2 == 0) ||
                   (kind == ListKind::kArguments && i != 0 && text.ends_with("word")) ||
                   (array.size() == 2 && i == 0 && looks_made(next) && names_nothing(next));
    }
    const auto hidden =
        replacement(element, hides_this ? NameVerdict::kSecret : NameVerdict::kHarmless);
    if (hidden) {
      changed |= array.set_element(i, *hidden);
    } else if (!element.is_string()) {
      changed |= redact_value(element, member, true);
    }
  }
  return changed;
}

// {"name": "DB_PASSWORD", ...}
bool Redactor::holds_secret_pair(JsonRef object) {
  bool holds = false;
  object.for_each_member([&](std::string_view name, JsonRef value) {
    const auto text = value.as_string();
    holds = text && known(name).is_pair_name && !names_nothing(*text);
    return !holds;
  });
  return holds;
}

bool Redactor::redact_object(JsonRef object) {
  if (!object.is_object()) {
    return false;
  }
  bool changed = false;
  bool has_secret_names = false;
  const bool is_pair = holds_secret_pair(object);
  // Collected first: an object must not change while it is walked.
  std::vector<std::pair<std::string, std::string>> hidden;
  object.for_each_member([&](std::string_view name, JsonRef value) {
    const KnownName& found = known(name);
    has_secret_names = has_secret_names || found.has_secret;
    const NameVerdict verdict =
        is_pair && is_pair_value(name) ? NameVerdict::kSecret : found.verdict;
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

std::string Redactor::redact_text(std::string_view text) {
  if (!enabled_) {
    return std::string(text);
  }
  find_spans(thorough_, text);
  return without_spans(text);
}

}  // namespace ringside
