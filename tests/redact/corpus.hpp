#pragma once
// A corpus for the redactor: secrets of forty kinds planted in ten carriers, and events without
// secrets such as machines write them. All values are made up from a seed.

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::test {

// One planted secret and the texts in which it travels: an event, or the lines of a file of which
// each becomes an event of its own.
struct Planted {
  std::string kind;
  std::string carrier;
  std::vector<std::string> secrets;  // none of them may be readable
  std::vector<std::string> events;   // JSON texts of data, in order
};

class Corpus {
 public:
  explicit Corpus(std::uint64_t seed) : random_(seed) {}

  // `i` chooses the kind and the carrier; all pairs come up.
  [[nodiscard]] Planted planted(std::size_t i);
  // JSON text of data without a secret.
  [[nodiscard]] std::string harmless();

  static constexpr std::size_t kKinds = 40;
  static constexpr std::size_t kCarriers = 10;

 private:
  struct Secret {
    std::string kind;
    std::string name;  // of the variable; empty: the value is known by its shape
    std::string value;
  };
  [[nodiscard]] Secret secret(std::size_t kind);
  [[nodiscard]] Secret named(std::size_t kind);
  [[nodiscard]] std::string shaped(std::size_t kind, std::string& name);
  [[nodiscard]] std::string letters(std::size_t n, std::string_view alphabet);
  [[nodiscard]] std::string word();
  [[nodiscard]] std::string number(unsigned below);
  [[nodiscard]] std::size_t pick(std::size_t n) { return random_() % n; }
  template <std::size_t N>
  [[nodiscard]] std::string one_of(const char* const (&words)[N]) {
    return words[pick(N)];
  }
  [[nodiscard]] std::string harmless_text();

  std::mt19937_64 random_;
};

}  // namespace ringside::test
