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
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"
#include "core/redact/tool_options.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxMemberName = 64;
constexpr std::size_t kMinCardDigits = 13;
constexpr std::string_view kEscape = "\\u00";  // of an ASCII character, in JSON within a string
constexpr std::int64_t kMaxRegexMemory = 1 << 20;

[[nodiscard]] bool hides_by_name(JsonRef value, NameVerdict verdict) {
  if (verdict == NameVerdict::kHarmless) {
    return false;
  }
  if (verdict == NameVerdict::kIfPin) {
    std::string number;
    if (value.kind() == JsonKind::kInteger) {
      value.dump_to(number);
    }
    return is_pin(value.as_string().value_or(number));
  }
  switch (value.kind()) {
    case JsonKind::kString:
      return value.as_string() != kRedacted &&
             !(verdict == NameVerdict::kUnlessDirectory && value.as_string()->starts_with('/')) &&
             !is_key_file(*value.as_string());
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

// Without a sign, too: 4111111111111111.0 is what Python makes of a number that has passed a spreadsheet.
[[nodiscard]] std::string_view without_fraction(std::string_view number) noexcept {
  number.remove_prefix(number.starts_with('-') ? 1 : 0);
  const auto dot = number.find('.');
  return dot != std::string_view::npos &&
                 number.find_first_not_of('0', dot + 1) == std::string_view::npos
             ? number.substr(0, dot)
             : number;
}

// 57.12345678901234: without an exponent, too few digits before the point for a card.
[[nodiscard]] bool is_measurement(std::string_view number) noexcept {
  return number.find('.') < kMinCardDigits && number.find_first_of("eE") == std::string_view::npos;
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
  entry.is_pair_name = ringside::is_pair_name(name) || name == "path";
  entry.needs_care = name == "kty" || is_auth_name(name);
  entry.n_bytes = 0;
  if (&entry != &long_name_) {
    entry.n_bytes = static_cast<std::uint8_t>(name.size());
    name.copy(entry.bytes.data(), name.size());
  }
  return entry;
}

// Of the value that belongs to a name in another value.
NameVerdict Redactor::verdict_of_pair(std::string_view text) const {
  return names_.look_up(bare_name(text)) == NameVerdict::kIfPin ? NameVerdict::kIfPin
                                                                : NameVerdict::kSecret;
}

bool Redactor::names_nothing(std::string_view text) {
  if (!enabled_ || text.size() > SecretNames::kMaxNameBytes ||
      text.find(' ') != std::string_view::npos) {
    return true;
  }
  if (is_user_option(text)) {
    return false;
  }
  const std::string_view name = bare_name(text);
  return name.find('=') != std::string_view::npos || names_.look_up(name) == NameVerdict::kHarmless;
}

bool Redactor::is_harmless_element(std::string_view text) {
  return !enabled_ || (!may_be_tool_option(text) && names_nothing(text));
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
    const std::string_view text =
        node.kind == JsonKind::kString ? text_of(skim, node) : std::string_view();
    return is_harmless_element(text);
  }
  const KnownName& name = known(skim.name_of(node));
  if (name.has_secret || name.needs_care) {
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
    case NameVerdict::kIfPin:
      return node.kind != JsonKind::kString && node.kind != JsonKind::kInteger;
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
    const bool is_number = node.kind == JsonKind::kInteger || node.kind == JsonKind::kReal;
    if (is_number ? !is_clean_number(skim.text_of(node))
                  : node.kind == JsonKind::kString && finds_in(text_of(skim, node))) {
      return false;
    }
  }
  return true;
}

bool Redactor::is_clean_plain(std::string_view text) {
  return !enabled_ || (custom_.empty() && SecretPass::is_clean_block(text)) || !finds_in(text);
}

bool Redactor::finds_in(std::string_view text) {
  find_spans(scanner_, text);
  return !spans_.empty() || is_open_ || text.find(kEscape) != std::string_view::npos;
}

bool Redactor::is_clean_number(std::string_view number) {
  if (!enabled_ || number.size() < kMinCardDigits || (custom_.empty() && is_measurement(number))) {
    return true;
  }
  return !finds_in(without_fraction(number));
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
  if (value.is_number()) {
    value.dump_to(number);
    text = number.size() >= kMinCardDigits ? std::optional(without_fraction(number)) : std::nullopt;
  }
  if (!text) {
    return std::nullopt;
  }
  return without_secrets(scanner_, *text);
}

std::optional<std::string> Redactor::without_secrets(const SecretScanner& scanner,
                                                     std::string_view text) {
  std::optional<std::string> hidden;
  find_spans(scanner, text);
  if (!spans_.empty()) {
    hidden = without_spans(text);
  }
  const std::string_view rest = hidden ? *hidden : text;
  if (rest.find(kEscape) != std::string_view::npos) {
    const std::string plain = without_ascii_escapes(rest);
    find_spans(scanner, plain);
    if (!spans_.empty()) {
      hidden = without_spans(plain);
    }
  }
  return hidden;
}

std::string Redactor::redact_text(std::string_view text) {
  const auto hidden = enabled_ ? without_secrets(thorough_, text) : std::nullopt;
  return hidden.value_or(std::string(text));
}

}  // namespace ringside
