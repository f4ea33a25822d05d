// jansson keeps neither lines nor repeated members, and both count here: lwsws takes an option of the plugin as often as it is given.
#include "cli/lwsws_value.hpp"

#include <algorithm>

#include "core/base/json.hpp"

namespace ringside::cli {
namespace {

constexpr JsonLimits kLimits{.max_depth = 16, .allow_duplicates = true};

std::string without_comments(std::string_view text) {
  std::string out;
  bool in_string = false;
  bool in_comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_comment) {
      in_comment = c != '\n';
      out += c == '\n' ? '\n' : ' ';
      continue;
    }
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out += c;
      out += text[++i];
      continue;
    }
    in_string ^= c == '"';
    in_comment = !in_string && c == '#';
    out += in_comment ? ' ' : c;
  }
  return out;
}

// What a string's bytes in the file mean.
std::string unescaped(std::string_view between_quotes) {
  const auto parsed = Json::parse("{\"text\":\"" + std::string(between_quotes) + "\"}");
  const auto text = parsed ? (*parsed)["text"].as_string() : std::nullopt;
  return std::string(text.value_or(between_quotes));
}

}  // namespace

LwswsText::LwswsText(std::string_view raw) : text_(without_comments(raw)) {
  if (const auto parsed = Json::parse(text_, kLimits); !parsed) {
    fault_ = Fault{line_at(text_, parsed.error().offset), parsed.error().message};
  } else if (!skim_.read(text_, kLimits, JsonSkim::Rare::kTaken)) {
    fault_ = Fault{line_at(text_, skim_.stopped_at()), "is not JSON as lwsws reads it"};
  } else if (!root().is_object()) {
    fault_ = Fault{1, "must be an object"};
  }
}

std::size_t line_at(std::string_view text, std::size_t offset) noexcept {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

JsonKind LwswsValue::kind() const { return file_->skim_.nodes()[index_].kind; }

std::optional<std::string> LwswsValue::text() const {
  const JsonSkim::Node& node = file_->skim_.nodes()[index_];
  const std::string_view text = file_->skim_.text_of(node);
  if (node.kind == JsonKind::kString) {
    return node.escaped ? unescaped(text) : std::string(text);
  }
  if (node.kind == JsonKind::kInteger || node.kind == JsonKind::kReal) {
    return std::string(text);
  }
  return std::nullopt;
}

std::size_t LwswsValue::line() const {
  const JsonSkim::Node& node = file_->skim_.nodes()[index_];
  return line_at(file_->text_, node.is_member ? node.name_begin : node.begin);
}

void LwswsValue::for_each_member(
    const std::function<void(const std::string&, LwswsValue)>& visit) const {
  const auto nodes = file_->skim_.nodes();
  if (!is_object()) {
    return;
  }
  for (std::size_t i = index_ + 1; i < nodes[index_].next; i = nodes[i].next) {
    const std::string_view name = file_->skim_.name_of(nodes[i]);
    visit(nodes[i].name_escaped ? unescaped(name) : std::string(name), LwswsValue(*file_, i));
  }
}

void LwswsValue::for_each_element(const std::function<void(LwswsValue)>& visit) const {
  const auto nodes = file_->skim_.nodes();
  if (!is_list()) {
    return;
  }
  for (std::size_t i = index_ + 1; i < nodes[index_].next; i = nodes[i].next) {
    visit(LwswsValue(*file_, i));
  }
}

std::optional<LwswsValue> LwswsValue::member(std::string_view name) const {
  std::optional<LwswsValue> found;
  for_each_member([&](const std::string& each, LwswsValue value) {
    if (each == name) {
      found = value;
    }
  });
  return found;
}

std::optional<std::string> LwswsValue::text_of(std::string_view name) const {
  const auto found = member(name);
  return found ? found->text() : std::nullopt;
}

}  // namespace ringside::cli
