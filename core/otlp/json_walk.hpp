#pragma once
// JsonWalk: goes through the structure of a JSON text without building it: members of an object, elements of an array, each
// with where its value is. Values are passed over by their brackets and strings; whoever reads one checks it.
//
// Threads: pure. Cost: one look at each byte of what is passed over.

#include <cstddef>
#include <functional>
#include <string_view>

namespace ringside {

class JsonWalk {
 public:
  // Calls `visit` with each name, as it is between its quotes, and the text of its value; false when `text` is not an object, or
  // `visit` returns false.
  [[nodiscard]] static bool members(
      std::string_view text,
      const std::function<bool(std::string_view name, std::string_view value)>& visit);
  // The same for the elements of an array.
  [[nodiscard]] static bool elements(std::string_view text,
                                     const std::function<bool(std::string_view value)>& visit);

 private:
  explicit JsonWalk(std::string_view text) noexcept : text_(text) {}
  void skip_blanks() noexcept;
  [[nodiscard]] bool take(char c) noexcept;
  [[nodiscard]] bool skip_string() noexcept;
  // The text of the value here; empty when there is none.
  [[nodiscard]] std::string_view value() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace ringside
