#pragma once
// JsonSkim: reads a JSON text without building it. One pass checks it as strictly as Json::parse()
// and leaves a flat list of where each value is, which is all that most events need on their
// way into the ring.
//
// It may say "not sure", and then Json::parse() has the word: for everything that is wrong (so that
// errors are worded in one place), and for what is right but rare (see read()). It never says
// "sure" of a text that Json::parse() refuses.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace ringside {

class JsonSkim {
 public:
  struct Node {
    std::uint32_t begin = 0;  // in the text; of a string: between its quotes
    std::uint32_t end = 0;
    std::uint32_t name_begin = 0;  // of a member; between the quotes
    std::uint32_t name_bytes = 0;
    std::uint32_t next = 0;  // index of the node after this value and all inside it
    JsonKind kind = JsonKind::kNull;
    bool escaped = false;  // a string with backslashes in it: its value is not its text
    bool is_member = false;
    bool name_escaped = false;
  };
  // What read() takes besides what is common in events.
  enum class Rare {
    kLeft,   // nothing: it returns false
    kTaken,  // any root, and objects of any size, names with escapes and numbers of any length; members are not compared with one another
  };

  // Reads `text`, which must outlive what is asked afterwards.
  //   Returns: true when it is one JSON object within the limits, all of it UTF-8, no member twice. False for anything else, and for
  //            names with escapes, unpaired surrogates, integers of more than 18 digits, reals of more than 17 or with exponents of more than two,
  //            objects of more than 64 members, texts of 4 GiB.
  //   Threads: one skim per thread.
  //   Cost:    0.4 us for 300 bytes where jansson takes 7 (tests/unit/core/base/json_skim_test.cpp compares the two); allocates
  //            only while its list grows to the largest text seen.
  [[nodiscard]] bool read(std::string_view text, JsonLimits limits = {}, Rare rare = Rare::kLeft);
  // After a read() that returned false: the place in the text that it did not get beyond.
  [[nodiscard]] std::size_t stopped_at() const noexcept { return stopped_at_; }
  // What should be there: "',' or '}'"; empty where that is no single thing.
  [[nodiscard]] std::string_view expected() const noexcept { return expected_; }
  // Gives the memory of a long list back.
  void trim();

  // Pre-order; the first is the root. Good until the next read().
  [[nodiscard]] std::span<const Node> nodes() const noexcept { return nodes_; }
  [[nodiscard]] const Node& root() const noexcept { return nodes_.front(); }

  [[nodiscard]] std::string_view text_of(const Node& node) const noexcept {
    return text_.substr(node.begin, node.end - node.begin);
  }
  [[nodiscard]] std::string_view name_of(const Node& node) const noexcept {
    return text_.substr(node.name_begin, node.name_bytes);
  }

  // The member of `object` with that name; null when there is none, or `object` is null or not an
  // object.
  [[nodiscard]] const Node* member(const Node* object, std::string_view name) const noexcept;

 private:
  class Scanner;
  std::string_view text_;
  std::vector<Node> nodes_;
  std::size_t stopped_at_ = 0;
  std::string_view expected_;
};

}  // namespace ringside
