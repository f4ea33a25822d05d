#pragma once
// SecretPass: one scan of one text, for SecretScanner. Each matcher takes the position of the byte
// that called it and returns where to continue: after what it took, or just after that byte.
//
// Threads: one. Cost: every matcher is linear in what it passes over and returns its end, or looks
// at a bounded number of bytes.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "core/redact/scan_block.hpp"
#include "core/redact/secret_scanner.hpp"
#include "core/redact/secret_value.hpp"
#include "core/redact/token_shapes.hpp"
#include "core/redact/tool_options.hpp"

namespace ringside {

class SecretPass {
 public:
  SecretPass(const SecretScanner& scanner, std::string_view text, std::vector<TextSpan>& out)
      : s_(scanner), text_(text), out_(out) {}

  // Whether run() would find nothing. False when in doubt, and for a text of more than ScanBlocks::kBytes.
  [[nodiscard]] static bool is_clean_block(std::string_view text) noexcept;

  // Returns what SecretScanner::scan() does.
  [[nodiscard]] bool run();

 private:
  static constexpr std::size_t kMaxPairGap = 160;  // bytes between a "name" and its "value"

  struct Name {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  using Word = ScanBlocks::Word;

  [[nodiscard]] std::size_t examine(std::size_t i);
  [[nodiscard]] Word begins_of_long_runs(Word word, std::size_t block);
  void look_for_tokens(const ScanBlocks::Bits& bits, std::size_t block, unsigned first);
  void look_for_tokens(std::size_t begin);
  std::size_t take_token(std::size_t at);
  void take_token_by_its_end(std::size_t end);

  // In secret_pass.cpp: by shape.
  [[nodiscard]] std::size_t jwt(std::size_t i);
  [[nodiscard]] std::size_t dash(std::size_t i);
  [[nodiscard]] std::size_t pem(std::size_t i);
  [[nodiscard]] std::size_t scheme(std::size_t i);
  [[nodiscard]] std::size_t digits(std::size_t i);
  [[nodiscard]] std::size_t at_sign(std::size_t i);

  // In secret_pass_urls.cpp: in addresses.
  [[nodiscard]] std::size_t url(std::size_t i);
  [[nodiscard]] std::size_t encoded_url(std::size_t i);
  [[nodiscard]] std::size_t bare_authority(std::size_t i);
  [[nodiscard]] std::size_t oracle_login(std::size_t i);
  [[nodiscard]] std::size_t bot_token(Name name, std::size_t i);

  // In secret_pass_names.cpp: by name.
  [[nodiscard]] std::size_t separator(std::size_t i);
  [[nodiscard]] std::size_t value_of_harmless_name(Name name, std::size_t i);
  [[nodiscard]] std::size_t encoded_separator(std::size_t i);
  [[nodiscard]] std::size_t arrow(std::size_t i);
  [[nodiscard]] std::size_t quoted_word(std::size_t i);
  [[nodiscard]] std::size_t value_of(Name name, std::size_t after, NameVerdict verdict);
  [[nodiscard]] std::size_t made_value_of(Name name, std::size_t after);
  [[nodiscard]] Name name_before(std::size_t i) const noexcept;
  [[nodiscard]] std::optional<Name> longer_name(Name name) const noexcept;

  // In secret_pass_options.cpp: in the options of programs.
  [[nodiscard]] std::size_t option(std::size_t i);
  [[nodiscard]] bool is_user_option(std::size_t user_begin) const noexcept;
  [[nodiscard]] const Tool* tool_before(std::size_t i) noexcept;
  [[nodiscard]] std::size_t tool_option(std::size_t i);
  [[nodiscard]] std::size_t user_password(ValueSpan value, std::size_t otherwise);

  // In secret_pass_calls.cpp: in brackets and in calls.
  [[nodiscard]] std::size_t bracket(std::size_t i);
  [[nodiscard]] std::size_t brace(std::size_t i);
  [[nodiscard]] std::size_t listed_pair(std::size_t i);
  [[nodiscard]] std::size_t owned_value(Name name, std::size_t i);
  [[nodiscard]] std::size_t login_call(std::size_t i, Name name);

  // In secret_pass_words.cpp: by a sentence, an arrow or a marker.
  [[nodiscard]] std::size_t spoken(std::size_t i);
  [[nodiscard]] std::size_t spoken_number(Name name, std::size_t value, Name word);
  [[nodiscard]] std::size_t number_of_sentence(std::size_t i);
  [[nodiscard]] std::size_t after_verbs(std::size_t at) const noexcept;
  [[nodiscard]] std::size_t stated_value(std::size_t value, std::size_t otherwise);
  [[nodiscard]] std::size_t adjacent_value(Name name, std::size_t value, std::size_t otherwise);
  [[nodiscard]] bool follows_login(std::size_t i) const noexcept;
  [[nodiscard]] std::size_t symbol(std::size_t i);
  [[nodiscard]] std::size_t google_token(std::size_t i);
  [[nodiscard]] std::size_t tilde(std::size_t i);
  [[nodiscard]] std::size_t windows_hashes(Name name, std::size_t i);

  // In secret_pass_commands.cpp: by a word that only some program, file or protocol gives a meaning.
  [[nodiscard]] std::size_t known_word(std::size_t i);
  [[nodiscard]] std::size_t other_word(std::size_t i, std::size_t word_end);
  [[nodiscard]] std::size_t directive(std::size_t i, std::size_t word_end);
  [[nodiscard]] std::size_t spoken_code(std::size_t i, std::size_t word_end);
  [[nodiscard]] std::size_t code_before(std::size_t i);
  [[nodiscard]] std::size_t network_word(std::size_t i, std::size_t word_end);
  [[nodiscard]] std::size_t protocol_word(std::size_t i, std::size_t word_end);

  // In secret_pass_sql.cpp: in statements of SQL.
  [[nodiscard]] std::size_t identified(std::size_t i, std::size_t at);
  [[nodiscard]] std::size_t password_for(std::size_t i, std::size_t at);
  [[nodiscard]] std::size_t inserted(std::size_t i, std::size_t at);
  [[nodiscard]] ValueSpan value_of_row(std::size_t at) const noexcept;

  // In secret_pass_input.cpp: on the standard input of a program.
  [[nodiscard]] std::size_t piped(std::size_t i, std::size_t at);
  [[nodiscard]] std::size_t here_input(std::size_t i);
  std::size_t take_input(ValueSpan value, bool has_users);

  // In secret_pass_lines.cpp: on a later line.
  [[nodiscard]] std::size_t next_line_value(Name name, std::size_t after, NameVerdict verdict);
  [[nodiscard]] std::size_t separator_alone(std::size_t i);
  [[nodiscard]] std::size_t value_by_line(std::size_t i);
  [[nodiscard]] std::size_t value_of_sentence(std::size_t i);
  [[nodiscard]] std::size_t password_file_line(std::size_t i);

  // In secret_pass_pairs.cpp: name and value are two values.
  [[nodiscard]] std::size_t element(std::size_t i);
  [[nodiscard]] std::size_t element_pair(std::size_t i);
  [[nodiscard]] std::size_t password_field(std::size_t i);
  [[nodiscard]] std::size_t escaped_element(std::size_t i);
  [[nodiscard]] std::size_t tuple(std::size_t i);
  [[nodiscard]] std::size_t serialized_value(Name length, std::size_t i);
  [[nodiscard]] std::size_t pair(std::size_t i);
  [[nodiscard]] std::size_t pair_value_after(std::size_t i, std::size_t name_begin);

  std::size_t take(std::size_t begin, std::size_t end);
  std::size_t take(ShapeMatch match, std::size_t otherwise) {
    return match.found() ? take(match.begin, match.end) : otherwise;
  }
  [[nodiscard]] char peek(std::size_t i) const noexcept {
    return i < text_.size() ? text_[i] : '\0';
  }
  template <class Is>
  [[nodiscard]] std::size_t skip(std::size_t i, Is is) const noexcept {
    while (i < text_.size() && is(text_[i])) {
      ++i;
    }
    return i;
  }
  [[nodiscard]] std::string_view part(std::size_t begin, std::size_t end) const noexcept {
    return text_.substr(begin, end - begin);
  }
  [[nodiscard]] bool starts_word(std::size_t i) const noexcept;

  const SecretScanner& s_;
  std::string_view text_;
  std::vector<TextSpan>& out_;
  std::size_t run_ = 0;        // word characters at the end of the blocks before
  bool is_run_known_ = false;  // it has been looked at
  std::size_t no_jwt_before_ = 0;
  bool is_open_ = false;
  // The latest "value": "..." and where its name began, for a "name" that follows it.
  std::size_t last_value_name_ = std::string_view::npos;
  ValueSpan last_value_;
  // The program whose options are before tool_known_to_, if it is known.
  const Tool* tool_ = nullptr;
  std::size_t tool_known_to_ = 0;
};

// Past "//" or "\/\/" at `at`; 0 when neither is there.
[[nodiscard]] std::size_t after_slashes(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
