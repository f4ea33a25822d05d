// A header that is not well-formed ends the search where it breaks: RFC 6455 section 9.1 lets a server fail the handshake
// then, but a client that merely asks for compression in a strange way is better served without.
#include "core/proto/deflate_offer.hpp"

#include <cctype>

namespace ringside {
namespace {

constexpr std::string_view kName = "permessage-deflate";

// extension-list = 1#(token *(";" token ["=" (token | quoted-string)])), RFC 6455 section 9.1
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  // Takes `c` if it is next.
  [[nodiscard]] bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  // Empty when no token is next.
  [[nodiscard]] std::string_view token() {
    skip_blanks();
    std::size_t n = 0;
    while (n < rest_.size() && is_token_character(rest_[n])) {
      ++n;
    }
    const std::string_view text = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return text;
  }
  // A token, or one in quotes.
  [[nodiscard]] std::string_view value() {
    if (!take('"')) {
      return token();
    }
    const std::string_view text = token();
    return take('"') ? text : std::string_view();
  }

 private:
  [[nodiscard]] static bool is_token_character(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  }
  void skip_blanks() noexcept {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
};

// RFC 7692 section 7.1.2: 8 to 15, no leading zero.
bool is_window(std::string_view text) noexcept {
  return text == "8" || text == "9" ||
         (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5');
}

struct Offer {
  DeflateAgreement agreement;
  bool acceptable = true;
  bool has_client_window = false;
};

void add_parameter(Offer& offer, std::string_view name, bool has_value, std::string_view value) {
  bool* flag = nullptr;
  if (name == "server_no_context_takeover") {
    flag = &offer.agreement.server_no_context_takeover;
  } else if (name == "client_no_context_takeover") {
    flag = &offer.agreement.client_no_context_takeover;
  } else if (name == "client_max_window_bits" && (!has_value || is_window(value))) {
    offer.acceptable = offer.acceptable && !offer.has_client_window;
    offer.has_client_window = true;
    return;
  }
  if (flag == nullptr || has_value || *flag) {
    offer.acceptable = false;
    return;
  }
  *flag = true;
}

}  // namespace

std::string DeflateAgreement::text() const {
  std::string text(kName);
  if (server_no_context_takeover) {
    text += "; server_no_context_takeover";
  }
  if (client_no_context_takeover) {
    text += "; client_no_context_takeover";
  }
  return text;
}

std::optional<DeflateAgreement> accept_deflate(std::string_view header) {
  Scanner scanner(header);
  while (!scanner.at_end()) {
    if (scanner.take(',')) {
      continue;  // RFC 9110 section 5.6.1: empty elements are ignored
    }
    const std::string_view extension = scanner.token();
    if (extension.empty()) {
      return std::nullopt;
    }
    Offer offer;
    while (scanner.take(';')) {
      const std::string_view name = scanner.token();
      if (name.empty()) {
        return std::nullopt;
      }
      const bool has_value = scanner.take('=');
      const std::string_view value = has_value ? scanner.value() : std::string_view();
      if (has_value && value.empty()) {
        return std::nullopt;
      }
      add_parameter(offer, name, has_value, value);
    }
    if (!scanner.at_end() && !scanner.take(',')) {
      return std::nullopt;
    }
    if (extension == kName && offer.acceptable) {
      return offer.agreement;
    }
  }
  return std::nullopt;
}

}  // namespace ringside
