// Most events hold no secret. So there are two ways: is_clean() reads an event where it stands,
// builds nothing and stops at the first doubt; only then the event is built as a tree and redact()
// changes it.
#include "core/redact/redactor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

constexpr std::size_t kMaxMemberName = 64;
constexpr std::int64_t kMaxRegexMemory = 1 << 20;

[[nodiscard]] SecretPatterns patterns_of(const std::vector<std::string>& names) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  return {.jwt = has("jwt"),
          .pem = has("pem"),
          .aws = has("aws"),
          .url = has("url"),
          .card = has("card"),
          .assignment = has("assignment"),
          .email = has("email")};
}

[[nodiscard]] SecretPatterns with_assignments(SecretPatterns patterns) {
  patterns.assignment = true;
  return patterns;
}

// Resolves the one-character escapes, which is all that JsonSkim lets through.
void unescape(std::string_view raw, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      default:
        out += raw[i];
        break;
    }
  }
}

[[nodiscard]] bool hides_by_name(JsonRef value) {
  switch (value.kind()) {
    case JsonKind::kString:
      return value.as_string() != kRedacted;
    case JsonKind::kInteger:
    case JsonKind::kReal:
    case JsonKind::kArray:
    case JsonKind::kObject:
      return true;
    case JsonKind::kBool:
    case JsonKind::kNull:
      return false;
  }
  return true;
}

}  // namespace

Redactor::Redactor(const WorkerOptions& options, SecretPatterns patterns)
    : enabled_(options.redact),
      names_(options.redact_members),
      scanner_(patterns, names_),
      thorough_(with_assignments(patterns), names_) {}

Result<std::unique_ptr<Redactor>> Redactor::make(const WorkerOptions& options) {
  for (const std::string& name : options.redact_members) {
    if (name.empty() || name.size() > kMaxMemberName) {
      return fail(fmt::format("redact.members: a name has 1 to {} bytes, \"{}\" has {}",
                              kMaxMemberName, name.substr(0, kMaxMemberName), name.size()));
    }
  }
  std::unique_ptr<Redactor> made(new Redactor(options, patterns_of(options.redact_patterns)));
  for (const std::string& expression : options.redact_custom) {
    RE2::Options re2_options(RE2::Quiet);
    re2_options.set_max_mem(kMaxRegexMemory);
    auto compiled = std::make_unique<RE2>(expression, re2_options);
    if (!compiled->ok()) {
      return fail(
          fmt::format("redact.custom: \"{}\" is not a regular expression that RE2 takes: {}",
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

bool Redactor::is_clean(const JsonSkim& skim, const JsonSkim::Node& value) {
  if (!enabled_) {
    return true;
  }
  const auto nodes = skim.nodes();
  const auto first = static_cast<std::size_t>(&value - nodes.data());
  for (std::size_t i = first; i < value.next; ++i) {
    const JsonSkim::Node& node = nodes[i];
    if (i != first && node.is_member && node.kind != JsonKind::kBool &&
        node.kind != JsonKind::kNull && names_.contains(skim.name_of(node))) {
      return false;
    }
    if (node.kind == JsonKind::kString) {
      std::string_view text = skim.text_of(node);
      if (node.escaped) {
        unescape(text, unescaped_);
        text = unescaped_;
      }
      if (finds_in(text)) {
        return false;
      }
    }
  }
  return true;
}

bool Redactor::finds_in(std::string_view text) {
  find_spans(scanner_, text);
  return !spans_.empty();
}

void Redactor::find_spans(const SecretScanner& scanner, std::string_view text) {
  spans_.clear();
  scanner.scan(text, spans_);
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

// Recursion is as deep as the event, which Json::parse has bounded.
bool Redactor::redact(JsonRef container) {
  if (!enabled_) {
    return false;
  }
  bool changed = false;
  if (container.is_array()) {
    for (std::size_t i = 0; i < container.size(); ++i) {
      const JsonRef element = container[i];
      if (const auto text = element.as_string()) {
        if (finds_in(*text)) {
          changed |= container.set_element(i, without_spans(*text));
        }
      } else {
        changed |= redact(element);
      }
    }
    return changed;
  }
  // Collected first: an object does not like to be changed while it is walked.
  std::vector<std::pair<std::string, std::string>> hidden;
  container.for_each_member([&](std::string_view name, JsonRef value) {
    if (names_.contains(name) && hides_by_name(value)) {
      hidden.emplace_back(name, kRedacted);
    } else if (const auto text = value.as_string()) {
      if (finds_in(*text)) {
        hidden.emplace_back(name, without_spans(*text));
      }
    } else {
      changed |= redact(value);
    }
    return true;
  });
  for (const auto& [name, text] : hidden) {
    // A custom expression with \C may cut a character in two; set_member makes it valid again.
    changed |= container.set_member(name, std::string_view(text));
  }
  return changed;
}

std::string Redactor::redact_text(std::string_view text) {
  if (!enabled_) {
    return std::string(text);
  }
  find_spans(thorough_, text);
  return without_spans(text);
}

}  // namespace ringside
