#pragma once
// Where the value of a secret name ends. Text has no grammar of its own, so the first bytes of the
// value determine which applies: quotes of any kind and escaping, three quotes, containers, a block of
// YAML, an element of XML, the rest of a line, or one word.
//
// Threads: pure functions. Cost: linear in the value.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

struct ValueContext {
  std::size_t name_begin = 0;     // of the name that the value belongs to
  bool whole_line = false;        // the value is the rest of the line: headers
  bool unless_number = false;     // a number is a count and not a secret
  bool unless_directory = false;  // a path is a directory and not a secret
};

struct ValueSpan {
  std::size_t begin = 0;
  std::size_t end = 0;  // equal to begin: there is nothing to hide
};

// `at` follows the separator, or what stands for one.
[[nodiscard]] ValueSpan find_value(std::string_view text, std::size_t at,
                                   const ValueContext& context) noexcept;

// Whether a word only says something about a secret: "expired", "null".
[[nodiscard]] bool is_statement(std::string_view word) noexcept;

// `at` follows "%3D" or "%3A": the value of a form that was URL-encoded as a whole.
[[nodiscard]] ValueSpan find_encoded_value(std::string_view text, std::size_t at) noexcept;

// `at` follows the name in a start tag: the text of the element.
[[nodiscard]] ValueSpan find_element_text(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
