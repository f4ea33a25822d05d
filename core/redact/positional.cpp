// The names of these programs and their subcommands are words of prose, too ("net user growth", "vault login failed"), so some rows ask
// more of the value than that it is there.
#include "core/redact/positional.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/text.hpp"
#include "core/redact/bare_secret.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxArguments = 12;
constexpr std::size_t kMaxCommand = 512;

struct Row {
  std::string_view program;
  std::string_view first = {};   // subcommand
  std::string_view second = {};  // and its own
  std::uint8_t n_before = 0;     // arguments between them and the secret
  char flag = '\0';              // an option without which the program asks for the secret
  bool is_placed = false;        // the value needs letters and digits
};

constexpr auto kRows = std::to_array<Row>({
    {.program = "htpasswd", .n_before = 2, .flag = 'b'},
    {.program = "mc", .first = "alias", .second = "set", .n_before = 3},
    {.program = "mc", .first = "config", .second = "host", .n_before = 4},
    {.program = "mosquitto_passwd", .n_before = 2, .flag = 'b'},
    {.program = "net", .first = "use", .n_before = 1},
    {.program = "net", .first = "user", .n_before = 1},
    {.program = "rabbitmqctl", .first = "add_user", .n_before = 1},
    {.program = "rabbitmqctl", .first = "authenticate_user", .n_before = 1},
    {.program = "rabbitmqctl", .first = "change_password", .n_before = 1},
    {.program = "rclone", .first = "obscure", .is_placed = true},
    {.program = "smbclient", .n_before = 1, .is_placed = true},
    {.program = "vault", .first = "login", .is_placed = true},
    {.program = "vault", .first = "operator", .second = "unseal", .is_placed = true},
    {.program = "wpa_passphrase", .n_before = 1, .is_placed = true},
});

struct Arguments {
  std::array<ValueSpan, kMaxArguments> spans;
  std::size_t n = 0;
  std::string_view letters;  // of the last cluster of options
  bool has_switch = false;   // "/add" of Windows
};

[[nodiscard]] Arguments arguments_at(std::string_view text, std::size_t at,
                                     bool is_windows) noexcept {
  Arguments found;
  text = text.substr(0, at + kMaxCommand);
  while (found.n < kMaxArguments) {
    const std::size_t begin = skip(text, at, is_blank);
    const std::size_t quote = quote_length(text, begin);
    ValueSpan word{begin, begin};
    if (quote != 0) {
      word = find_value(text, begin, {});
      at = word.end + quote;
    } else {
      word.end = skip(text, begin, [](char c) {
        return !is_blank(c) && !is_line_end(c) && !is_quote(c) && c != ';' && c != '|' &&
               c != '&' && c != '\0';
      });
      at = word.end;
    }
    if (word.end <= word.begin) {
      return found;
    }
    const std::string_view argument = text.substr(word.begin, word.end - word.begin);
    if (quote == 0 && argument.starts_with('-')) {
      found.letters = argument.starts_with("--") ? found.letters : argument.substr(1);
    } else if (is_windows && argument.starts_with('/')) {
      found.has_switch = true;
    } else {
      found.spans[found.n++] = word;
    }
  }
  return found;
}

}  // namespace

ValueSpan find_positional(std::string_view text, std::string_view program,
                          std::size_t at) noexcept {
  const bool is_net = equals_ignoring_case(program, "net");
  if (!is_net && std::ranges::find(kRows, program, &Row::program) == kRows.end()) {
    return {};
  }
  const Arguments arguments = arguments_at(text, at, is_net);
  const auto argument = [&](std::size_t i) {
    const ValueSpan span = i < arguments.n ? arguments.spans[i] : ValueSpan{};
    return text.substr(span.begin, span.end - span.begin);
  };
  for (const Row& row : kRows) {
    const std::size_t n_words = (row.first.empty() ? 0U : 1U) + (row.second.empty() ? 0U : 1U);
    if (!equals_ignoring_case(row.program, program) ||
        (n_words > 0 && !equals_ignoring_case(row.first, argument(0))) ||
        (n_words > 1 && row.second != argument(1)) ||
        (row.flag != '\0' && arguments.letters.find(row.flag) == std::string_view::npos)) {
      continue;
    }
    std::size_t place = n_words + row.n_before;
    place -= row.flag != '\0' && arguments.letters.find('n') != std::string_view::npos
                 ? 1U
                 : 0U;  // no file
    if (is_net && row.first == "use") {
      place += argument(1).ends_with(':') ? 1U : 0U;  // a drive
      if (argument(place - 1).find("\\\\") == std::string_view::npos) {
        continue;
      }
    }
    const std::string_view value = argument(place);
    const bool is_plain_net =
        is_net && row.first == "user" && !arguments.has_switch && !looks_made(value);
    if (!value.empty() && value.front() != '$' && value != "*" && !is_statement(value) &&
        !is_plain_net && (!row.is_placed || is_placed_secret(value))) {
      return arguments.spans[place];
    }
  }
  return {};
}

}  // namespace ringside
