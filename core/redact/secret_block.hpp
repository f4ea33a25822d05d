#pragma once
// Secrets that span several texts of one source: a private key or a value of several lines, of which
// each line arrives as an event of its own.
//
//   SecretBlock    what one stream is in the middle of
//   SecretBlocks   the blocks of all streams that are in one
//
// A block ends at its end (END line, closing quotes, a line that is not indented), and without one
// after a number of lines that do not look like part of it, and in any case after kMaxTexts.
//
// Threads: one.
// Memory:  bounded: kMaxStreams blocks, each with the stream's name and a few numbers.
// Source:  docs/redaction.md, "Secrets of several lines".

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "core/redact/secret_names.hpp"

namespace ringside {

class SecretBlock {
 public:
  static constexpr unsigned kMaxTexts = 200;
  static constexpr unsigned kMaxMisses = 8;  // texts in a row that are not part of a key

  // The block that `text` begins and does not end, if there is one.
  [[nodiscard]] static std::optional<SecretBlock> begun_by(std::string_view text,
                                                           const SecretNames& names);

  // Replaces what belongs to the block in the next text of the stream. Returns whether anything did.
  bool hide_in(std::string& text);
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  [[nodiscard]] bool is_quoted() const noexcept { return kind_ == Kind::kQuoted; }

 private:
  enum class Kind : std::uint8_t { kKey, kPuttyKey, kIndented, kQuoted, kPair, kOption };

  [[nodiscard]] bool hide_line(std::string& line);
  [[nodiscard]] bool hide_key_line(std::string& line);
  [[nodiscard]] bool hide_indented_line(std::string& line);
  [[nodiscard]] bool hide_quoted_line(std::string& line);
  [[nodiscard]] bool hide_next_value(std::string& line);
  // What is before a word of a line, its numbers made alike: loggers put the time there.
  [[nodiscard]] static std::string shape_of_prefix(std::string_view line, std::size_t end);

  Kind kind_ = Kind::kKey;
  bool has_ended_ = false;
  unsigned n_texts_ = 0;
  unsigned n_misses_ = 0;
  std::size_t indentation_ = 0;  // kIndented: of the name
  std::string prefix_;           // kKey: the shape of what is before BEGIN on its line
  unsigned n_lines_left_ = 0;    // kPuttyKey, kQuoted, kPair, kOption
  std::string closing_;          // kQuoted: the quotes that end it
};

// A sequence of texts, and on whose account its open block is. Names are the caller's, which keeps them short.
struct SecretStream {
  std::string_view owner;
  std::string_view name;
};

// When there is no room for another block, the oldest one of the owner with the most blocks is forgotten: an owner with
// one block loses it only to kMaxStreams other owners.
class SecretBlocks {
 public:
  static constexpr std::size_t kMaxStreams = 64;
  static constexpr unsigned kMaxAge = 2000;

  [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
  // Whether a stream whose name begins with `source` is in a block. Asked once for each text of the
  // source: a block that has not ended after kMaxAge of them is forgotten.
  [[nodiscard]] bool concerns(std::string_view source);

  // Whether the stream is in a quoted value. Its next text has to be redacted before it is taken: a
  // quote that seems to close the value may open another one, whose name would be hidden, but not it.
  [[nodiscard]] bool is_in_quotes(std::string_view stream) const noexcept;
  // The next text of a stream, before it is redacted: hides what belongs to an open block, and
  // remembers a block that it begins. Returns whether the text was changed.
  bool take(const SecretStream& stream, std::string& text, const SecretNames& names);
  // Nothing more comes on the streams whose names begin with `source`.
  void forget(std::string_view source) noexcept;

 private:
  struct Entry {
    std::string owner;
    std::string stream;
    SecretBlock block;
    unsigned age = 0;
  };
  void make_room();

  std::list<Entry> blocks_;  // the latest first
};

}  // namespace ringside
