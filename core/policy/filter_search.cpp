// RE2 for both: it is linear in the text whatever the expression (a client's expression runs in the server), its memory is
// bounded, and it knows Unicode's case folding. Its automaton is built lazily within the memory; when that is too small
// it falls back to simulating the program, whose cost for each byte is the program's size. A search cannot be interrupted:
// hence the limit on the size.
#include "core/policy/filter_search.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <cstdint>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kSmallMemoryBytes = 64u << 10u;
constexpr int kSmallProgram = 250;  // instructions that are comfortable in kSmallMemoryBytes

Result<std::unique_ptr<re2::RE2>> compile_re2(std::string_view text, std::size_t max_memory_bytes) {
  re2::RE2::Options options;
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

// Matching ignores case, so lower-casing ASCII in the key never merges two different patterns.
std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// Whether the expression ends within \Q...\E, which would swallow the alternatives after it.
bool ends_quoted(std::string_view expression) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < expression.size(); ++i) {
    if (expression[i] != '\\') {
      continue;
    }
    if (quoted) {
      quoted = expression[i + 1] != 'E';
      i += quoted ? 0 : 1;
    } else {
      quoted = expression[++i] == 'Q';
    }
  }
  return quoted;
}

}  // namespace

SearchPatterns::SearchPatterns() = default;
SearchPatterns::SearchPatterns(SearchPatterns&&) noexcept = default;
SearchPatterns& SearchPatterns::operator=(SearchPatterns&&) noexcept = default;
SearchPatterns::~SearchPatterns() = default;

void SearchPatterns::add_substring(std::string_view text) {
  alternatives_ += alternatives_.empty() ? "" : "|";
  alternatives_ += re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
  append_json_string(keys_.emplace_back("text"), lower_ascii(text));
}

Status SearchPatterns::add_regex(std::string_view expression, const Limits& limits) {
  if (++n_expressions_ > limits.max_expressions) {
    return fail(fmt::format("more than {} regular expressions", limits.max_expressions));
  }
  if (const auto alone = compile_re2(expression, limits.max_memory_bytes); !alone) {
    return tl::unexpected(alone.error());
  }
  alternatives_ += alternatives_.empty() ? "(?:" : "|(?:";
  alternatives_ += expression;
  alternatives_ += ends_quoted(expression) ? "\\E)" : ")";
  append_json_string(keys_.emplace_back("regex"), expression);
  return {};
}

Status SearchPatterns::compile(const Limits& limits) {
  RS_CHECK(!keys_.empty() && combined_ == nullptr);
  std::size_t memory = std::min(kSmallMemoryBytes, limits.max_memory_bytes);
  auto combined = compile_re2(alternatives_, memory);
  if (!combined || (*combined)->ProgramSize() > kSmallProgram) {
    memory = limits.max_memory_bytes;
    combined = compile_re2(alternatives_, memory);
  }
  if (!combined) {
    return tl::unexpected(combined.error());
  }
  if (const auto size = static_cast<std::size_t>((*combined)->ProgramSize());
      size > limits.max_program_size) {
    return fail(
        fmt::format("the patterns need {} steps of a search automaton; at most {} are allowed",
                    size, limits.max_program_size));
  }
  n_bytes_ = memory + alternatives_.size();
  combined_ = std::move(*combined);
  alternatives_ = std::string();  // RE2 keeps a copy
  return {};
}

bool SearchPatterns::occur_in(JsonRef value) const {
  if (const auto text = value.as_string()) {
    return re2::RE2::PartialMatch(re2::StringPiece(text->data(), text->size()), *combined_);
  }
  bool found = false;
  value.for_each_member(
      [&](std::string_view, JsonRef member) { return !(found = occur_in(member)); });
  value.for_each_element([&](JsonRef element) { return !found && !(found = occur_in(element)); });
  return found;
}

}  // namespace ringside
