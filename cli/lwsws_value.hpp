#pragma once
// A file of lwsws' configuration: JSON with comments (# to the end of the line), in which members may be repeated. Each value knows
// its line. Threads: one.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json_skim.hpp"

namespace ringside::cli {

class LwswsText;

// The line that has this byte of a text, counted from 1.
[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t offset) noexcept;

// Refers to the LwswsText that it comes from.
class LwswsValue {
 public:
  [[nodiscard]] bool is_object() const { return kind() == JsonKind::kObject; }
  [[nodiscard]] bool is_list() const { return kind() == JsonKind::kArray; }
  [[nodiscard]] bool is_text() const { return kind() == JsonKind::kString; }
  [[nodiscard]] JsonKind kind() const;
  // A string without its quotes and escapes, a number as it is written; nothing for other values.
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::size_t line() const;  // where it begins
  // In order; repeated members each time. Nothing for a value of another kind.
  void for_each_member(const std::function<void(const std::string&, LwswsValue)>& visit) const;
  void for_each_element(const std::function<void(LwswsValue)>& visit) const;
  // The last member of this name, which is the one that counts in lwsws.
  [[nodiscard]] std::optional<LwswsValue> member(std::string_view name) const;
  // The text of that member.
  [[nodiscard]] std::optional<std::string> text_of(std::string_view name) const;

 private:
  friend class LwswsText;
  LwswsValue(const LwswsText& file, std::size_t index) : file_(&file), index_(index) {}

  const LwswsText* file_;
  std::size_t index_;
};

class LwswsText {
 public:
  struct Fault {
    std::size_t line = 0;
    std::string message;
  };
  // `raw` is what is in the file.
  explicit LwswsText(std::string_view raw);

  // Why it is no JSON; none: root() is good.
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  [[nodiscard]] LwswsValue root() const { return {*this, 0}; }

 private:
  friend class LwswsValue;

  std::string text_;  // without comments, with the same lines
  JsonSkim skim_;
  std::optional<Fault> fault_;
};

}  // namespace ringside::cli
