#pragma once
// SecretNames: decides from a name alone whether its value is a secret. One rule for members of
// JSON, keys in running text, headers, environment variables, options of programs and attributes.
//
//   1. A name is split into words: at '_', '-', '.', other punctuation, between letters and digits,
//      and where camelCase changes case. Case makes no difference.
//   2. It is secret when some of its words, joined, end in one of the configured names: DB_PASSWORD,
//      x-api-key, userPassword, password_prod, PASSWORD_2.
//   3. It is not when its last word says that the value describes the secret rather than being it:
//      token_count, secret_name, password_file. kHarmlessWords in the .cpp is the whole list.
//   4. It is not when it is one of the exceptions (redact.keep, next_page_token).
//
// Threads: const after construction; any.
// Source: docs/redaction.md, "Names".

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

enum class NameVerdict : std::uint8_t {
  kHarmless,
  kSecret,
  kUnlessNumber,     // "tokens": a list of secrets, or how many there were
  kUnlessDirectory,  // "PWD": a password, or the working directory of a process
  kIfPin,            // "pin": a personal number, or one of a plug, a map or a processor
};

// Whether the value of a name with the word "pin" is one that people type: 4 to 12 digits.
[[nodiscard]] bool is_pin(std::string_view value) noexcept;

class SecretNames {
 public:
  SecretNames() = default;
  // `exceptions`: names that are never secret.
  explicit SecretNames(const std::vector<std::string>& names,
                       const std::vector<std::string>& exceptions = {});

  // Cost: some tens of nanoseconds; linear in the length of the name, of which the last
  // kMaxNameBytes count.
  [[nodiscard]] NameVerdict look_up(std::string_view name) const noexcept;
  // Whatever the value: false for kIfPin.
  [[nodiscard]] bool is_secret(std::string_view name) const noexcept {
    const NameVerdict verdict = look_up(name);
    return verdict != NameVerdict::kHarmless && verdict != NameVerdict::kIfPin;
  }

  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }

  static constexpr std::size_t kMaxNameBytes = 128;

 private:
  struct Words;
  [[nodiscard]] std::string_view secret_at_end(const Words& words, std::size_t end) const noexcept;
  void add(std::string_view joined);

  std::vector<std::string> names_;       // joined and lower-case, sorted by their last two bytes
  std::vector<std::string> exceptions_;  // joined and lower-case, sorted
  std::bitset<65536> last_two_;          // the last two bytes of some name
};

}  // namespace ringside
