// The raw query string, for those who have it raw. Strict where a lenient reading could differ from
// what the host or a proxy read: a broken escape, a NUL or bytes that are no UTF-8 refuse the
// whole.
#include "core/base/text.hpp"
#include "core/proto/query.hpp"

namespace ringside {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool decode(std::string_view raw, std::string& out) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (i + 2 >= raw.size()) {
        return false;
      }
      const int high = hex_digit(raw[i + 1]);
      const int low = hex_digit(raw[i + 2]);
      if (high < 0 || low < 0) {
        return false;
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') {
      return false;
    }
    out += c;
  }
  return is_valid_utf8(out);
}

}  // namespace

std::optional<std::vector<QueryArgument>> split_query(std::string_view raw) {
  std::vector<QueryArgument> arguments;
  for (const std::string_view piece : split(raw, '&')) {
    if (piece.empty()) {
      continue;
    }
    const auto equals = piece.find('=');
    auto& [name, value] = arguments.emplace_back();
    if (!decode(piece.substr(0, equals), name) ||
        (equals != std::string_view::npos && !decode(piece.substr(equals + 1), value))) {
      return std::nullopt;
    }
  }
  return arguments;
}

}  // namespace ringside
