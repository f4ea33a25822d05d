// Weights have at most three digits after the dot (RFC 9110 section 12.4.2), so they are compared as thousandths.
#include "core/proto/media_type.hpp"

#include <array>
#include <cstddef>

#include "core/base/text.hpp"

namespace ringside {
namespace {

struct Name {
  std::string_view text;
  MediaType type;
};
constexpr std::array<Name, 5> kNames{{{"text/event-stream", MediaType::kEventStream},
                                      {"application/x-ndjson", MediaType::kJsonLines},
                                      {"application/ndjson", MediaType::kJsonLines},
                                      {"application/jsonl", MediaType::kJsonLines},
                                      {"application/json", MediaType::kJson}}};

constexpr int kFullWeight = 1000;

// "0.5" as 500; what is no weight counts as the full one, as if it were not there.
int weight_of(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) {
    return kFullWeight;
  }
  int weight = text[0] == '1' ? kFullWeight : 0;
  int place = 100;
  for (std::size_t i = 2; i < text.size() && place > 0 && text[1] == '.'; ++i, place /= 10) {
    if (text[i] < '0' || text[i] > '9') {
      return kFullWeight;
    }
    weight += (text[i] - '0') * place;
  }
  return weight > kFullWeight ? kFullWeight : weight;
}

struct Item {
  std::string_view name;
  int weight = kFullWeight;
};

Item item_of(std::string_view text) noexcept {
  Item item;
  const std::size_t end = text.find(';');
  item.name = trim(text.substr(0, end));
  while (!text.empty()) {
    const std::size_t semicolon = text.find(';');
    if (semicolon == std::string_view::npos) {
      break;
    }
    text.remove_prefix(semicolon + 1);
    const std::string_view parameter = trim(text.substr(0, text.find(';')));
    if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') &&
        parameter[1] == '=') {
      item.weight = weight_of(trim(parameter.substr(2)));
    }
  }
  return item;
}

// Calls `use` with each item of a comma-separated list.
template <typename Use>
void for_each_item(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    use(item_of(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

}  // namespace

std::string_view name_of(MediaType type) noexcept {
  for (const Name& name : kNames) {
    if (name.type == type) {
      return name.text;
    }
  }
  return {};
}

std::optional<MediaType> choose_media_type(std::string_view accept) noexcept {
  std::optional<MediaType> chosen;
  int best = 0;
  for_each_item(accept, [&](const Item& item) {
    for (const Name& name : kNames) {
      if (item.weight > best && equals_ignoring_case(item.name, name.text)) {
        best = item.weight;
        chosen = name.type;
      }
    }
  });
  return chosen;
}

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  int named = -1;
  int wildcard = 0;
  for_each_item(accept_encoding, [&](const Item& item) {
    if (equals_ignoring_case(item.name, "gzip") || equals_ignoring_case(item.name, "x-gzip")) {
      named = item.weight;
    } else if (item.name == "*") {
      wildcard = item.weight;
    }
  });
  return (named >= 0 ? named : wildcard) > 0;
}

}  // namespace ringside
