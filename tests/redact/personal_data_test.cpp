// How much of the personal data that redact.pii names is found, of ten kinds in five places. docs/redaction.md has the figure that this prints:
//
//   ctest -L redact --verbose
#include <fmt/format.h>

#include <array>
#include <random>

#include "core/base/json.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

constexpr unsigned kPlanted = 1000;
constexpr unsigned kKinds = 10;
constexpr unsigned kPlaces = 5;

class People {
 public:
  explicit People(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::string value(unsigned kind) {
    switch (kind) {
      case 0:
        return fmt::format("{}.{}@{}.example.org", letters(5), letters(7), letters(4));
      case 1:
        return fmt::format("{}+{}@{}.de", letters(4), letters(3), letters(9));
      case 2:
        return fmt::format("+49{}", digits(10));
      case 3:
        return fmt::format("+44 20 {} {}", digits(4), digits(4));
      case 4:
        return fmt::format("({}{}) {}-{}", 2 + below(8), digits(2), digits(3), digits(4));
      case 5:
        return iban("DE", digits(18));
      case 6:
        return iban("NL", "ABNA" + digits(10));
      case 7:
        return fmt::format("{:03}-{:02}-{:04}", 1 + below(665), 1 + below(99), 1 + below(9999));
      case 8:
        return fmt::format("AB{}C", digits(6));
      default: {
        const unsigned number = below(100'000'000);
        return fmt::format("{:08}{}", number, "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]);
      }
    }
  }

  // Which words are around the value, and where in an event it is.
  [[nodiscard]] std::string event(unsigned place, const std::string& value) {
    Json data = Json::object();
    switch (place) {
      case 0:
        data.set("contact", value);
        break;
      case 1:
        data.set("message", fmt::format("request of {} was closed after {} ms", value, below(900)));
        break;
      case 2:
        data.set("values", std::move(Json::array().append(letters(5)).append(value)));
        break;
      case 3:
        data.set("message",
                 "sent " + std::move(Json::object().set("who", value).set("n", 5)).dump());
        break;
      default:
        data.set("message", fmt::format("user={}, id: {}", value, below(9000)));
    }
    return data.dump();
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string of(std::string_view alphabet, unsigned n) {
    std::string out;
    while (out.size() < n) {
      out += alphabet[below(static_cast<unsigned>(alphabet.size()))];
    }
    return out;
  }
  std::string digits(unsigned n) { return of("0123456789", n); }
  std::string letters(unsigned n) { return of("abcdefghijklmnopqrstuvwxyz", n); }

  // With its check number (ISO 13616).
  static std::string iban(const std::string& country, const std::string& account) {
    unsigned remainder = 0;
    for (const char c : account + country + "00") {
      const bool is_digit = c >= '0' && c <= '9';
      const auto value = static_cast<unsigned>(is_digit ? c - '0' : c - 'A' + 10);
      remainder = (remainder * (is_digit ? 10 : 100) + value) % 97;
    }
    return fmt::format("{}{:02}{}", country, 98 - remainder, account);
  }

  std::mt19937_64 random_;
};

RS_TEST(planted_personal_data_is_found) {
  const auto redactor = RS_UNWRAP(Redactor::make(parse_worker_options("", "test").options));
  People people(ringside::test::seed());
  unsigned n_found = 0;
  for (unsigned i = 0; i < kPlanted; ++i) {
    const std::string value = people.value(i % kKinds);
    const Json data = RS_UNWRAP(Json::parse(people.event(i / kKinds % kPlaces, value)));
    redactor->redact(data.ref());
    const std::string out = data.dump();
    if (out.find(value) == std::string::npos) {
      ++n_found;
    } else {
      fmt::print("missed: {}\n", out);
    }
  }
  const double recall = 100.0 * n_found / kPlanted;
  fmt::print("recall of personal data: {:.1f} % of {}\n", recall, kPlanted);
  RS_EXPECT_GE(recall, 99.0);
}

}  // namespace
