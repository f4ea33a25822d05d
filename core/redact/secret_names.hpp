#pragma once
// SecretNames: the names of members whose values are secret. Compared without case, '-' and '_':
// "Api-Key", "api_key" and "APIKEY" are one name. A name that only contains one of them
// ("token_count", "secret_name") is another name.
//
// Threads: const after construction; any.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

class SecretNames {
 public:
  SecretNames() = default;
  explicit SecretNames(const std::vector<std::string>& names);

  // Whether `name` is one of them.  Cost: a few nanoseconds for a name that begins or ends like
  // none of them.
  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  // Whether `name` ends in one of them, as DB_PASSWORD and x-api-key do: for names of variables and
  // headers in running text.
  [[nodiscard]] bool ends_in_one(std::string_view name) const noexcept;

  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }

 private:
  std::vector<std::string> names_;  // normalised, sorted
  std::size_t shortest_ = 0;
  std::size_t longest_ = 0;
  // By the number of a first letter, one bit for each last letter. What is no letter has a number
  // and a bit of its own.
  std::array<std::uint32_t, 27> last_letters_of_{};
  std::uint32_t last_letters_ = 0;
};

}  // namespace ringside
