// Personal data has names as secrets do: {"date_of_birth": "..."} has no shape that could be trusted.
#include "core/redact/redact_patterns.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ringside {
namespace {

// Members that hold personal data, whatever it looks like, by the word in redact.pii.
struct PersonalNames {
  std::string_view kind;
  std::string_view name;
};
constexpr auto kPersonalNames =
    std::to_array<PersonalNames>({{"phone", "phone_number"},
                                  {"phone", "mobile_number"},
                                  {"phone", "msisdn"},
                                  {"iban", "iban"},
                                  {"national_id", "ssn"},
                                  {"national_id", "social_security_number"},
                                  {"national_id", "national_id"},
                                  {"national_id", "national_insurance_number"},
                                  {"national_id", "passport_number"},
                                  {"national_id", "passport_no"},
                                  {"national_id", "tax_id"},
                                  {"national_id", "date_of_birth"},
                                  {"national_id", "birth_date"},
                                  {"national_id", "birthdate"},
                                  {"national_id", "home_address"}});

[[nodiscard]] bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

SecretPatterns patterns_of(const RedactOptions& options) {
  const auto secret = [&](std::string_view name) { return has(options.redact_patterns, name); };
  const auto personal = [&](std::string_view name) { return has(options.redact_pii, name); };
  return {.jwt = secret("jwt"),
          .pem = secret("pem"),
          .aws = secret("aws"),
          .token = secret("token"),
          .url = secret("url"),
          .card = secret("card"),
          .assignment = secret("assignment"),
          .email = secret("email") || personal("email"),
          .phone = personal("phone"),
          .iban = personal("iban"),
          .national_id = personal("national_id")};
}

std::vector<std::string> with_personal_names(const RedactOptions& options) {
  std::vector<std::string> names = options.redact_members;
  for (const auto& [kind, name] : kPersonalNames) {
    if (has(options.redact_pii, kind)) {
      names.emplace_back(name);
    }
  }
  return names;
}

SecretPatterns with_assignments(SecretPatterns patterns) {
  patterns.assignment = true;
  return patterns;
}

}  // namespace ringside
