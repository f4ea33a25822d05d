// Most of an event's bytes are in strings, so those are scanned sixteen at a time (SSE2, which
// every x86-64 has; elsewhere one at a time) for what ends or spoils them: a quote, a backslash, a
// control character, a byte of a longer UTF-8 sequence. Everything else is a loop with an explicit
// stack, since the depth is bounded anyway and a sender must not choose how deep we recurse.
//
// Duplicates are looked for among the members before, by length and bytes: quadratic, but objects
// here are small, and larger ones go to jansson.
#include "core/base/json_skim.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "core/base/json_scan.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxMembers = 64;
constexpr int kEscapeBytes = 6;  // \uXXXX
constexpr unsigned kNoUnit = 0xFFFFFFFF;

// The size of the UTF-8 sequence of two to four bytes at `at`; 0 when it is none (Unicode 15, table
// 3-7).
[[nodiscard]] std::size_t sequence_bytes(const char* at, const char* end) noexcept {
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto is_tail = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const auto n_left = static_cast<std::size_t>(end - at);
  const unsigned first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) {
    return n_left >= 2 && is_tail(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return n_left >= 3 && byte(1) >= low && byte(1) <= high && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return n_left >= 4 && byte(1) >= low && byte(1) <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

// One read. Each function leaves `at_` after what it took and returns false when it is not sure.
class JsonSkim::Scanner {
 public:
  Scanner(std::string_view text, std::vector<Node>& nodes, std::size_t max_depth, Rare rare)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        nodes_(nodes),
        max_depth_(std::min(max_depth, kMaxDepth)),
        takes_rare_(rare == Rare::kTaken) {}

  [[nodiscard]] bool run() {
    skip_space();
    if (at_ == end_ || (*at_ != '{' && !takes_rare_) || !value(Node{})) {
      return false;
    }
    while (depth_ != 0) {
      if (!step()) {
        return false;
      }
    }
    skip_space();
    return at_ == end_;
  }
  [[nodiscard]] std::size_t stopped_at() const noexcept { return offset(); }
  [[nodiscard]] std::string_view expected() const noexcept { return expected_; }

 private:
  struct Level {
    std::uint32_t node = 0;
    std::uint32_t n_members = 0;
    bool is_object = false;
    bool is_empty = true;
  };

  // Takes one value with the comma and the name before it, or the end of the innermost container.
  [[nodiscard]] bool step() {
    Level& level = levels_[depth_ - 1];
    skip_space();
    if (at_ == end_) {
      return false;
    }
    if (*at_ == (level.is_object ? '}' : ']')) {
      ++at_;
      nodes_[level.node].end = offset();
      nodes_[level.node].next = static_cast<std::uint32_t>(nodes_.size());
      --depth_;
      return true;
    }
    if (!level.is_empty) {
      if (*at_ != ',') {
        return fail(level.is_object ? "',' or '}'" : "',' or ']'");
      }
      ++at_;
      skip_space();
    }
    level.is_empty = false;
    Node node;
    return (!level.is_object || name(level, node)) && value(node);
  }

  [[nodiscard]] bool name(Level& level, Node& node) {
    bool escaped = false;
    if (at_ != end_ && *at_ != '"') {
      return fail("a member's name in quotes");
    }
    if (at_ == end_ || (++level.n_members > kMaxMembers && !takes_rare_)) {
      return false;
    }
    ++at_;
    node.is_member = true;
    node.name_begin = offset();
    if (!string(escaped) || (escaped && !takes_rare_)) {
      return false;
    }
    node.name_bytes = offset() - 1 - node.name_begin;
    node.name_escaped = escaped;
    if (!takes_rare_ && is_double(level, node)) {
      return false;
    }
    skip_space();
    if (at_ == end_ || *at_ != ':') {
      return fail("':'");
    }
    ++at_;
    skip_space();
    return at_ != end_;
  }

  [[nodiscard]] bool is_double(const Level& level, const Node& node) const noexcept {
    const char* const text = begin_ + node.name_begin;
    const auto n_nodes = static_cast<std::uint32_t>(nodes_.size());
    for (std::uint32_t i = level.node + 1; i < n_nodes; i = nodes_[i].next) {
      const Node& before = nodes_[i];
      if (before.name_bytes == node.name_bytes &&
          std::memcmp(begin_ + before.name_begin, text, node.name_bytes) == 0) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool value(Node node) {
    if (at_ == end_) {
      return false;
    }
    switch (*at_) {
      case '"':
        ++at_;
        node.kind = JsonKind::kString;
        node.begin = offset();
        if (!string(node.escaped)) {
          return false;
        }
        node.end = offset() - 1;
        return add(node);
      case '{':
      case '[':
        return open(node);
      case 't':
        return literal("true", JsonKind::kBool, node);
      case 'f':
        return literal("false", JsonKind::kBool, node);
      case 'n':
        return literal("null", JsonKind::kNull, node);
      default:
        return number(node);
    }
  }

  [[nodiscard]] bool open(Node node) {
    if (depth_ == max_depth_) {
      return false;
    }
    Level& level = levels_[depth_++];
    level = Level{static_cast<std::uint32_t>(nodes_.size()), 0, *at_ == '{', true};
    node.kind = level.is_object ? JsonKind::kObject : JsonKind::kArray;
    node.begin = offset();
    ++at_;
    nodes_.push_back(node);
    return true;
  }

  [[nodiscard]] bool add(Node& node) {
    node.next = static_cast<std::uint32_t>(nodes_.size()) + 1;
    nodes_.push_back(node);
    return true;
  }

  [[nodiscard]] bool literal(std::string_view word, JsonKind kind, Node& node) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
      return false;
    }
    node.kind = kind;
    node.begin = offset();
    at_ += word.size();
    node.end = offset();
    return add(node);
  }

  [[nodiscard]] bool number(Node& node) {
    node.begin = offset();
    const char* behind = skip_number(at_, end_, node.kind);
    if (behind == nullptr && takes_rare_) {
      behind = skip_long_number(at_, end_, node.kind);
    }
    if (behind == nullptr) {
      return fail("a value");
    }
    at_ = behind;
    node.end = offset();
    return add(node);
  }

  // From after the opening quote to after the closing one.
  [[nodiscard]] bool string(bool& escaped) noexcept {
    for (;;) {
      at_ = skip_plain_text(at_, end_);
      if (at_ == end_) {
        return false;
      }
      const char c = *at_;
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        escaped = true;
        if (!escape()) {
          return false;
        }
        continue;
      }
      const std::size_t n = static_cast<unsigned char>(c) < 0x80 ? 0 : sequence_bytes(at_, end_);
      if (n == 0) {
        return false;
      }
      at_ += n;
    }
  }

  // One escape; a surrogate only with its other half.
  [[nodiscard]] bool escape() noexcept {
    if (end_ - at_ < 2) {
      return false;
    }
    if (at_[1] != 'u') {
      const bool known = std::string_view("\"\\/bfnrt").find(at_[1]) != std::string_view::npos;
      at_ += 2;
      return known;
    }
    const unsigned first = code_unit(at_);
    at_ += std::min<std::ptrdiff_t>(kEscapeBytes, end_ - at_);
    if (first < 0xD800 || first > 0xDFFF) {
      return first != kNoUnit;
    }
    const unsigned second = first <= 0xDBFF ? code_unit(at_) : kNoUnit;
    at_ += std::min<std::ptrdiff_t>(kEscapeBytes, end_ - at_);
    return second >= 0xDC00 && second <= 0xDFFF;
  }

  // Of "\uXXXX" at `at`; kNoUnit when it is not one.
  [[nodiscard]] unsigned code_unit(const char* at) const noexcept {
    if (end_ - at < kEscapeBytes || at[0] != '\\' || at[1] != 'u') {
      return kNoUnit;
    }
    unsigned unit = 0;
    for (int i = 2; i < kEscapeBytes; ++i) {
      const char c = at[i];
      const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                             : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                             : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                    : 16;
      if (digit == 16) {
        return kNoUnit;
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }

  [[nodiscard]] bool fail(std::string_view expected) noexcept {
    expected_ = expected;
    return false;
  }

  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) {
      ++at_;
    }
  }

  [[nodiscard]] std::uint32_t offset() const noexcept {
    return static_cast<std::uint32_t>(at_ - begin_);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::vector<Node>& nodes_;
  std::size_t max_depth_;
  bool takes_rare_;
  std::string_view expected_;
  std::size_t depth_ = 0;
  std::array<Level, kMaxDepth> levels_;  // the first depth_ are made
};

bool JsonSkim::read(std::string_view text, JsonLimits limits, Rare rare) {
  text_ = text;
  nodes_.clear();
  stopped_at_ = 0;
  expected_ = {};
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    return false;
  }
  Scanner scanner(text, nodes_, limits.max_depth, rare);
  const bool is_sure = scanner.run();
  stopped_at_ = scanner.stopped_at();
  expected_ = scanner.expected();
  return is_sure;
}

void JsonSkim::trim() {
  constexpr std::size_t kKept = 1024;
  if (nodes_.capacity() > kKept) {
    std::vector<Node>().swap(nodes_);
  }
}

const JsonSkim::Node* JsonSkim::member(const Node* object, std::string_view name) const noexcept {
  if (object == nullptr || object->kind != JsonKind::kObject) {
    return nullptr;
  }
  const auto end = object->next;
  for (auto i = static_cast<std::uint32_t>(object - nodes_.data()) + 1; i < end;
       i = nodes_[i].next) {
    if (name_of(nodes_[i]) == name) {
      return &nodes_[i];
    }
  }
  return nullptr;
}

}  // namespace ringside
