// RE2 for both: it is linear in the text whatever the expression (a client's expression runs in the
// server), its memory is bounded, and its literal mode knows more of Unicode's case folding than a
// loop over bytes.
#include "core/policy/filter_search.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {
namespace {

Result<std::unique_ptr<re2::RE2>> compile(std::string_view text, bool literal,
                                          std::size_t max_memory_bytes) {
  re2::RE2::Options options;
  options.set_literal(literal);
  options.set_case_sensitive(false);
  options.set_log_errors(false);  // the client gets the error; our log is not for its mistakes
  options.set_never_capture(true);
  options.set_max_mem(static_cast<std::int64_t>(max_memory_bytes));
  auto pattern = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!pattern->ok()) {
    return fail(escape_controls(pattern->error()));
  }
  return pattern;
}

// 'S' and 's' fold to each other and to no other letter that the pattern would lose, so the key may
// be lower-cased.
std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

SearchPattern::SearchPattern(std::unique_ptr<re2::RE2> pattern, std::string key)
    : pattern_(std::move(pattern)), key_(std::move(key)) {}
SearchPattern::SearchPattern(SearchPattern&&) noexcept = default;
SearchPattern& SearchPattern::operator=(SearchPattern&&) noexcept = default;
SearchPattern::~SearchPattern() = default;

Result<SearchPattern> SearchPattern::substring(std::string_view text,
                                               std::size_t max_memory_bytes) {
  auto pattern = compile(text, true, max_memory_bytes);
  if (!pattern) {
    return tl::unexpected(pattern.error());
  }
  std::string key = "text";
  append_json_string(key, lower_ascii(text));
  return SearchPattern(std::move(*pattern), std::move(key));
}

Result<SearchPattern> SearchPattern::regex(std::string_view expression,
                                           std::size_t max_memory_bytes) {
  auto pattern = compile(expression, false, max_memory_bytes);
  if (!pattern) {
    return tl::unexpected(pattern.error());
  }
  std::string key = "regex";
  append_json_string(key, expression);
  return SearchPattern(std::move(*pattern), std::move(key));
}

bool SearchPattern::occurs_in(JsonRef value) const {
  if (const auto text = value.as_string()) {
    return re2::RE2::PartialMatch(re2::StringPiece(text->data(), text->size()), *pattern_);
  }
  bool found = false;
  value.for_each_member(
      [&](std::string_view, JsonRef member) { return !(found = occurs_in(member)); });
  value.for_each_element([&](JsonRef element) { return !found && !(found = occurs_in(element)); });
  return found;
}

}  // namespace ringside
