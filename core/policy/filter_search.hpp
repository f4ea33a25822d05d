#pragma once
// SearchPatterns: the substrings and regular expressions of one `search`, combined into one automaton, so that a string is
// read once whatever their number. Private to core/policy.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace re2 {
class RE2;
}

namespace ringside {

class SearchPatterns {
 public:
  struct Limits {
    std::size_t max_expressions;  // regular expressions
    std::size_t
        max_program_size;  // instructions of the combined automaton: bounds the time for each byte
    std::size_t max_memory_bytes;  // of the automaton with its caches
  };

  SearchPatterns();
  SearchPatterns(SearchPatterns&&) noexcept;
  SearchPatterns& operator=(SearchPatterns&&) noexcept;
  ~SearchPatterns();

  // A substring, found without regard to case (Unicode's simple case folding).
  void add_substring(std::string_view text);
  // A regular expression in RE2's syntax, matched without regard to case. Errors: why it does not compile, or that there
  // are too many.
  [[nodiscard]] Status add_regex(std::string_view expression, const Limits& limits);
  // Combines them; at least one was added. Errors: that they need more than the limits allow.
  [[nodiscard]] Status compile(const Limits& limits);

  // Whether one of them occurs in any string in `value`, however deep. Members' names are not looked at.
  //   Threads: any.  Cost: linear in the text; at worst max_program_size steps for each byte.
  [[nodiscard]] bool occur_in(JsonRef value) const;
  // For each pattern, a text that is equal for patterns which match the same.
  [[nodiscard]] const std::vector<std::string>& keys() const noexcept { return keys_; }
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }

 private:
  std::unique_ptr<re2::RE2> combined_;
  std::string alternatives_;
  std::vector<std::string> keys_;
  std::size_t n_expressions_ = 0;
  std::size_t n_bytes_ = 0;
};

}  // namespace ringside
