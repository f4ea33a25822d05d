// Nesting is counted and not recursed into, so that its depth needs no limit here.
#include "core/otlp/json_walk.hpp"

namespace ringside {

void JsonWalk::skip_blanks() noexcept {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
    ++at_;
  }
}

bool JsonWalk::take(char c) noexcept {
  skip_blanks();
  if (at_ < text_.size() && text_[at_] == c) {
    ++at_;
    return true;
  }
  return false;
}

bool JsonWalk::skip_string() noexcept {
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\\') {
      ++at_;
    } else if (text_[at_] == '"') {
      ++at_;
      return true;
    }
  }
  return false;
}

std::string_view JsonWalk::value() noexcept {
  skip_blanks();
  const std::size_t begin = at_;
  std::size_t depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_string()) {
        return {};
      }
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at_;
      continue;
    } else if (c == '}' || c == ']') {
      if (depth == 0) {
        break;
      }
      --depth;
      ++at_;
    } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
      break;
    } else {
      ++at_;
      continue;
    }
    if (depth == 0) {
      break;
    }
  }
  return depth == 0 ? text_.substr(begin, at_ - begin) : std::string_view();
}

bool JsonWalk::members(std::string_view text,
                       const std::function<bool(std::string_view, std::string_view)>& visit) {
  JsonWalk walk(text);
  if (!walk.take('{')) {
    return false;
  }
  bool goes_on = !walk.take('}');
  while (goes_on) {
    walk.skip_blanks();
    const std::size_t begin = walk.at_ + 1;
    if (walk.at_ >= text.size() || text[walk.at_] != '"' || !walk.skip_string()) {
      return false;
    }
    const std::string_view name = text.substr(begin, walk.at_ - 1 - begin);
    const std::string_view value = walk.take(':') ? walk.value() : std::string_view();
    if (value.empty() || !visit(name, value)) {
      return false;
    }
    goes_on = walk.take(',');
    if (!goes_on && !walk.take('}')) {
      return false;
    }
  }
  walk.skip_blanks();
  return walk.at_ == text.size();
}

bool JsonWalk::elements(std::string_view text, const std::function<bool(std::string_view)>& visit) {
  JsonWalk walk(text);
  if (!walk.take('[')) {
    return false;
  }
  bool goes_on = !walk.take(']');
  while (goes_on) {
    const std::string_view value = walk.value();
    if (value.empty() || !visit(value)) {
      return false;
    }
    goes_on = walk.take(',');
    if (!goes_on && !walk.take(']')) {
      return false;
    }
  }
  walk.skip_blanks();
  return walk.at_ == text.size();
}

}  // namespace ringside
