// One look at each byte. Brackets are counted and not matched: a value with the wrong ones is refused by the pipeline,
// which says where.
#include "worker/ingest/event_splitter.hpp"

#include <fmt/format.h>

#include <utility>

namespace ringside {
namespace {

[[nodiscard]] bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// U+FEFF in UTF-8, which some programs write before their text.
[[nodiscard]] bool is_of_byte_order_mark(char c) noexcept {
  return c == '\xef' || c == '\xbb' || c == '\xbf';
}

}  // namespace

EventSplitter::EventSplitter(BodyForm form, std::size_t max_event_bytes, Callbacks callbacks)
    : form_(form),
      max_(max_event_bytes),
      callbacks_(std::move(callbacks)),
      framer_(max_event_bytes) {}

void EventSplitter::fail_at(std::string_view what) {
  mode_ = Mode::kBroken;
  error_ = fmt::format("{} (byte {} of the body)", what, n_bytes_);
}

void EventSplitter::emit_line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
    callbacks_.on_event(line);
  }
}

bool EventSplitter::feed(std::string_view bytes) {
  while (!bytes.empty() && mode_ != Mode::kBroken) {
    std::size_t n = 0;
    if (mode_ == Mode::kStart) {
      const char c = bytes.front();
      n = is_blank(c) || is_of_byte_order_mark(c) || c == '[' ? 1 : 0;
      start(c);
    } else if (mode_ == Mode::kLines) {
      n = feed_lines(bytes);
    } else if (in_value_) {
      n = feed_value(bytes);
    } else {
      n = feed_between(bytes.front());
    }
    n_bytes_ += n;
    bytes.remove_prefix(n);
  }
  return mode_ != Mode::kBroken;
}

void EventSplitter::start(char c) {
  if (c == '[') {
    mode_ = Mode::kArray;
  } else if (!is_blank(c) && !is_of_byte_order_mark(c)) {
    mode_ = form_ == BodyForm::kLines ? Mode::kLines : Mode::kValues;
  }
}

std::size_t EventSplitter::feed_lines(std::string_view bytes) {
  framer_.feed(
      bytes, [this](std::string_view line) { emit_line(line); }, callbacks_.on_too_long);
  return bytes.size();
}

std::size_t EventSplitter::feed_between(char c) {
  if (mode_ == Mode::kValues && c == '\n' && n_values_ > 0 && is_one_line_) {
    mode_ = Mode::kLines;
    return 1;
  }
  if (is_blank(c)) {
    return 1;
  }
  if (mode_ == Mode::kAfterArray) {
    fail_at("there is something after the array");
    return 0;
  }
  if (mode_ == Mode::kArray && c == ']') {
    mode_ = Mode::kAfterArray;
    return 1;
  }
  if (mode_ == Mode::kArray && c == ',') {
    if (!wants_comma_) {
      fail_at("there is a comma without an element before it");
      return 0;
    }
    wants_comma_ = false;
    return 1;
  }
  if (mode_ == Mode::kArray && wants_comma_) {
    fail_at("a comma or the end of the array is missing");
    return 0;
  }
  begin_value(c);
  return 0;
}

void EventSplitter::begin_value(char c) noexcept {
  in_value_ = true;
  is_scalar_ = c != '{' && c != '[' && c != '"';
  in_string_ = false;
  escaped_ = false;
  is_one_line_ = true;
  is_broken_line_ = false;
  is_skipped_ = false;
  depth_ = 0;
  partial_.clear();
}

EventSplitter::Scan EventSplitter::scan(char c) noexcept {
  if (in_string_) {
    if (c == '\n' && mode_ == Mode::kValues) {
      is_broken_line_ = true;
      return Scan::kEndsBefore;
    }
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      return depth_ == 0 ? Scan::kEnds : Scan::kGoesOn;
    }
    return Scan::kGoesOn;
  }
  if (is_scalar_) {
    // A bracket that closes nothing is one by itself, or this would never go on.
    return is_blank(c) || c == ',' || (c == ']' && mode_ == Mode::kArray) ? Scan::kEndsBefore
                                                                          : Scan::kGoesOn;
  }
  switch (c) {
    case '"':
      in_string_ = true;
      return Scan::kGoesOn;
    case '{':
    case '[':
      ++depth_;
      return Scan::kGoesOn;
    case '}':
    case ']':
      return --depth_ == 0 ? Scan::kEnds : Scan::kGoesOn;
    case '\n':
      is_one_line_ = false;
      return Scan::kGoesOn;
    default:
      return Scan::kGoesOn;
  }
}

void EventSplitter::keep(std::string_view piece) {
  if (is_skipped_) {
    return;
  }
  if (partial_.size() + piece.size() > max_) {
    is_skipped_ = true;
    partial_ = std::string();
    callbacks_.on_too_long();
    return;
  }
  partial_ += piece;
}

void EventSplitter::end_value(std::string_view piece) {
  in_value_ = false;
  ++n_values_;
  wants_comma_ = true;
  if (partial_.empty() && !is_skipped_ && piece.size() <= max_) {
    callbacks_.on_event(piece);  // all of it is here: not copied
  } else if (keep(piece); !is_skipped_) {
    callbacks_.on_event(partial_);
    partial_.clear();
  }
}

std::size_t EventSplitter::feed_value(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Scan found = scan(bytes[i]);
    if (found == Scan::kEndsBefore && i == 0 && partial_.empty() && !is_skipped_) {
      found = Scan::kEnds;  // a comma where a value should be: taken for one, and refused as it
    }
    if (found == Scan::kGoesOn) {
      continue;
    }
    const std::size_t n = found == Scan::kEnds ? i + 1 : i;
    end_value(bytes.substr(0, n));
    if (is_broken_line_) {
      mode_ = Mode::kLines;
    }
    return n;
  }
  keep(bytes);
  return bytes.size();
}

bool EventSplitter::finish() {
  switch (mode_) {
    case Mode::kLines:
      framer_.finish([this](std::string_view line) { emit_line(line); });
      return true;
    case Mode::kValues:
      if (in_value_) {
        end_value({});
      }
      return true;
    case Mode::kArray:
      fail_at("the body ends inside the array");
      return false;
    case Mode::kStart:
    case Mode::kAfterArray:
      return true;
    case Mode::kBroken:
      break;
  }
  return false;
}

}  // namespace ringside
