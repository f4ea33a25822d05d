// Secrets that a command line gives a program on its standard input: echo 'bob:x' | chpasswd, chpasswd <<< 'bob:x', and here documents.
// The program decides: what most programs read is no secret.
#include <algorithm>
#include <array>

#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxCommand = 256;
constexpr std::size_t kMaxDocument = 4096;

enum class Reads : std::uint8_t { kNothing, kSecret, kUsersAndPasswords };

constexpr auto kReadUsers = std::to_array<std::string_view>({"chpasswd", "newusers", "chgpasswd"});
// Programs that read nothing else from it, and options that make a program read a secret.
constexpr auto kReadSecrets = std::to_array<std::string_view>(
    {"passwd", "smbpasswd", "cryptsetup", "kinit", "--password-stdin", "--passphrase-fd",
     "--with-token", "--stdin", "stdin", "--key-file=-", "luksFormat", "luksOpen"});

// What says the same of a program before it: kubectl create secret, gh secret set, rclone obscure.
constexpr auto kReadAsArgument = std::to_array<std::string_view>({"secret", "secrets", "obscure"});

[[nodiscard]] constexpr bool separates_commands(char c) noexcept {
  return c == '|' || c == ';' || c == '&' || is_line_end(c);
}

// Says what a command does with its standard input. `command` goes from its program to the end of its arguments.
[[nodiscard]] Reads what_is_read(std::string_view command) noexcept {
  bool is_sudo = false;
  std::size_t n_words = 0;
  std::string_view first;
  std::size_t at = 0;
  while (at < command.size()) {
    const std::size_t begin =
        skip(command, at, [](char c) { return is_blank(c) || is_quote(c) || c == '('; });
    std::size_t end =
        skip(command, begin, [](char c) { return !is_blank(c) && !is_quote(c) && c != ')'; });
    std::string_view word = command.substr(begin, end - begin);
    if (word.starts_with('/')) {
      word.remove_prefix(word.rfind('/') + 1);
    }
    if (std::ranges::find(kReadUsers, word) != kReadUsers.end()) {
      return Reads::kUsersAndPasswords;
    }
    if (std::ranges::find(kReadSecrets, word) != kReadSecrets.end() ||
        (is_sudo && (word == "-S" || word == "-kS" || word == "-Sk"))) {
      return Reads::kSecret;
    }
    const bool is_first = n_words++ == 0;
    if ((is_first && word == "su") ||
        (!is_first && first != "grep" &&
         std::ranges::find(kReadAsArgument, word) != kReadAsArgument.end()) ||
        (first == "vault" && word == "-") || (first == "htpasswd" && word == "-i")) {
      return Reads::kSecret;
    }
    first = is_first ? word : first;
    is_sudo = is_sudo || word == "sudo";
    at = std::max(end, at + 1);
  }
  return Reads::kNothing;
}

}  // namespace

// Hides each password of "user:password" in a line, or the whole. `value` is what the program reads.
std::size_t SecretPass::take_input(ValueSpan value, bool has_users) {
  if (!has_users) {
    return take(value.begin, value.end);
  }
  std::size_t at = value.begin;
  while (at < value.end) {
    const std::string_view rest = part(at, value.end);
    std::size_t line = std::min(rest.find_first_of("\r\n"), rest.find("\\n"));
    line = line == rest.npos ? value.end : at + line;
    const std::size_t colon = part(at, line).find(':');
    if (colon != std::string_view::npos) {
      const std::size_t begin = at + colon + 1;
      if (peek(begin) != '$' && peek(begin) != '%') {
        take(begin, begin + std::min(part(begin, line).find(':'), line - begin));
      }
    }
    at = line + (peek(line) == '\\' ? 2U : 1U);
  }
  return value.end;
}

// echo 'bob:hunter2' | chpasswd. `i` at "echo", whose arguments begin at `at`.
std::size_t SecretPass::piped(std::size_t i, std::size_t at) {
  const std::string_view near = text_.substr(0, at + kMaxCommand);
  std::size_t begin = skip(at, is_blank);
  while (peek(begin) == '-' &&
         (peek(begin + 1) == 'e' || peek(begin + 1) == 'n' || peek(begin + 1) == 'E')) {
    begin = skip(skip(begin, [](char c) { return !is_blank(c); }), is_blank);
  }
  const std::size_t quote = quote_length(text_, begin);
  ValueSpan value{begin + quote, begin + quote};
  if (quote != 0) {
    value = find_value(near, begin, {.name_begin = i});
  } else {
    value.end =
        skip(begin, [](char c) { return !is_blank(c) && !separates_commands(c) && !is_quote(c); });
  }
  std::size_t pipe = ringside::skip(near, value.end,
                                    [](char c) { return c != '|' && !is_line_end(c) && c != ';'; });
  const bool is_traced = text_.substr(std::min(pipe, text_.size())).starts_with("\n+ ");  // sh -x
  if (value.end <= value.begin || pipe >= near.size() || (peek(pipe) != '|' && !is_traced) ||
      peek(pipe + 1) == '|') {
    return i;
  }
  const std::string_view rest = text_.substr(pipe + (is_traced ? 3U : 1U), kMaxCommand);
  const Reads reads = what_is_read(
      rest.substr(0, ringside::skip(rest, 0, [](char c) { return !separates_commands(c); })));
  if (reads == Reads::kNothing || (reads == Reads::kSecret && peek(value.begin) == '$')) {
    return i;
  }
  if (part(value.begin, value.end).find('%') !=
      std::string_view::npos) {  // printf '%s:%s' bob hunter2
    const std::size_t first = skip(value.end + quote, is_blank);
    while (pipe > first && is_blank(text_[pipe - 1])) {
      --pipe;
    }
    if (pipe > first) {
      return peek(first) == '$' ? i : take(first, pipe);
    }
  }
  return take_input(value, reads == Reads::kUsersAndPasswords);
}

// chpasswd <<< 'bob:hunter2', and a here document. `i` at the first '<'.
std::size_t SecretPass::here_input(std::size_t i) {
  std::size_t command = i;
  while (command > 0 && i - command < kMaxCommand && !separates_commands(text_[command - 1])) {
    --command;
  }
  const bool is_string = peek(i + 2) == '<';
  const std::size_t line =
      ringside::skip(text_.substr(0, i + kMaxCommand), i, [](char c) { return !is_line_end(c); });
  Reads reads = what_is_read(part(command, i));
  if (const std::size_t pipe = part(i, line).find('|');
      reads == Reads::kNothing && pipe != std::string_view::npos) {
    reads = what_is_read(part(i + pipe + 1, line));  // cat <<EOF | chpasswd
  }
  if (reads == Reads::kNothing) {
    return i;
  }
  ValueSpan value;
  if (is_string) {
    value = find_value(text_.substr(0, i + kMaxDocument), skip(i + 3, is_blank),
                       {.name_begin = command});
  } else {
    const std::size_t tag =
        skip(i + 2, [](char c) { return c == '-' || c == '~' || is_blank(c) || is_quote(c); });
    const std::string_view word = part(tag, skip(tag, is_word_char));
    value = {std::min(line + 1, text_.size()), std::min(i + kMaxDocument, text_.size())};
    for (std::size_t at = line; at < value.end && !word.empty();) {
      const std::size_t begin = skip(at, [](char c) { return is_blank(c) || is_line_end(c); });
      if (text_.substr(begin).starts_with(word)) {
        value.end = begin;
        break;
      }
      at = std::max(begin + 1, skip(begin, [](char c) { return !is_line_end(c); }));
    }
  }
  return value.end > value.begin && peek(value.begin) != '$'
             ? take_input(value, reads == Reads::kUsersAndPasswords)
             : i;
}

}  // namespace ringside
