#pragma once
// SearchPattern: what `search` looks for, a substring or a regular expression. Private to
// core/policy, and the only place that knows RE2.

#include <memory>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace re2 {
class RE2;
}

namespace ringside {

class SearchPattern {
 public:
  // A substring, sought without regard to case (Unicode's simple case folding).
  [[nodiscard]] static Result<SearchPattern> substring(std::string_view text,
                                                       std::size_t max_memory_bytes);
  // A regular expression in RE2's syntax, without regard to case. Errors: why it does not compile,
  // or that it would need more memory.
  [[nodiscard]] static Result<SearchPattern> regex(std::string_view expression,
                                                   std::size_t max_memory_bytes);

  SearchPattern(SearchPattern&&) noexcept;
  SearchPattern& operator=(SearchPattern&&) noexcept;
  ~SearchPattern();

  // Whether it occurs in any string in `value`, however deep. Members' names are not looked at.
  //   Threads: any.  Cost: linear in the text.
  [[nodiscard]] bool occurs_in(JsonRef value) const;
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  SearchPattern(std::unique_ptr<re2::RE2> pattern, std::string key);
  std::unique_ptr<re2::RE2> pattern_;
  std::string key_;
};

}  // namespace ringside
