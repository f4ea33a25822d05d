// A message is emitted when the next line shows that it has ended, or when its file has been quiet
// for a moment: there is no other sign that a message is complete.
#include "worker/sources/files/line_joiner.hpp"

#include <array>

#include "core/base/json.hpp"
#include "core/base/json_escape.hpp"

namespace ringside {
namespace {

struct Unwrapped {
  JoinedLine line;
  bool is_whole = true;
};

// {"log":"text\n","stream":"stdout","time":"2026-11-26T10:00:00.0Z"} and nothing else of weight.
std::optional<Unwrapped> unwrap_docker(std::string_view text) {
  if (!text.starts_with(R"({"log":")")) {
    return std::nullopt;
  }
  const std::string repaired = repaired_json(text).value_or(std::string(text));
  const auto parsed = Json::parse(repaired);
  if (!parsed || !(*parsed)["log"].is_string() || !(*parsed)["stream"].is_string() ||
      !(*parsed)["time"].is_string()) {
    return std::nullopt;
  }
  Unwrapped out;
  out.line.text = *(*parsed)["log"].as_string();
  out.line.stream = *(*parsed)["stream"].as_string();
  out.line.at = parse_rfc3339(*(*parsed)["time"].as_string());
  out.is_whole = out.line.text.ends_with('\n');
  while (out.line.text.ends_with('\n') || out.line.text.ends_with('\r')) {
    out.line.text.pop_back();
  }
  return out;
}

// "2026-11-26T10:00:00.000000000Z stderr F text"
std::optional<Unwrapped> unwrap_cri(std::string_view text) {
  const auto first = text.find(' ');
  if (first == std::string_view::npos || first < 20 || first > 40 || text[4] != '-') {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(first + 1);
  const std::string_view stream = rest.substr(0, 6);
  if ((stream != "stdout" && stream != "stderr") || rest.size() < 9 || rest[6] != ' ' ||
      (rest[7] != 'F' && rest[7] != 'P') || rest[8] != ' ') {
    return std::nullopt;
  }
  Unwrapped out;
  out.line.at = parse_rfc3339(text.substr(0, first));
  if (!out.line.at) {
    return std::nullopt;
  }
  out.line.stream = stream;
  out.line.text = rest.substr(9);
  out.is_whole = rest[7] == 'F';
  return out;
}

}  // namespace

bool LineJoiner::continues(std::string_view text) {
  constexpr std::array<std::string_view, 3> kGoesOn{
      "Caused by: ", "Suppressed: ", "During handling of the above exception"};
  if (!joins_continuations_ || !pending_ || text.empty()) {
    return false;
  }
  if (text.front() == ' ' || text.front() == '\t') {
    return true;
  }
  if (in_traceback_) {  // "ValueError: ..." ends the trace
    in_traceback_ = false;
    return true;
  }
  for (const std::string_view words : kGoesOn) {
    if (text.starts_with(words)) {
      return pending_->n_lines > 1;
    }
  }
  return false;
}

void LineJoiner::feed(const CutLine& line, const JoinedSink& sink) {
  auto unwrapped = unwrap_docker(line.text);
  if (!unwrapped) {
    unwrapped = unwrap_cri(line.text);
  }
  if (!unwrapped) {
    unwrapped.emplace();
    unwrapped->line.text = line.text;
  }
  unwrapped->line.offset = line.offset;
  unwrapped->line.n_cut = line.n_cut;
  unwrapped->line.tail = line.tail;
  add(std::move(unwrapped->line), unwrapped->is_whole, sink);
}

void LineJoiner::add(JoinedLine part, bool is_whole, const JoinedSink& sink) {
  const bool joins_part = pending_ && is_part_ && pending_->stream == part.stream;
  const bool has_room = pending_ && pending_->text.size() + part.text.size() < kMaxBytes &&
                        pending_->n_lines < kMaxLines;
  if (pending_ && has_room && (joins_part || (!is_part_ && continues(part.text)))) {
    pending_->text += joins_part ? "" : "\n";
    pending_->text += part.text;
    pending_->n_cut += part.n_cut;
    pending_->tail = std::move(part.tail);
    pending_->n_lines += joins_part ? 0 : 1;
  } else {
    flush(sink);
    pending_ = std::move(part);
  }
  is_part_ = !is_whole;
  in_traceback_ =
      in_traceback_ || (is_whole && pending_->text.ends_with("(most recent call last):"));
  if (!joins_continuations_ && is_whole) {
    flush(sink);
  }
}

void LineJoiner::flush(const JoinedSink& sink) {
  if (!pending_) {
    return;
  }
  const JoinedLine line = std::move(*pending_);
  pending_.reset();
  is_part_ = false;
  in_traceback_ = false;
  if (line.text.find_first_not_of(" \t\n") != std::string::npos) {
    sink(line);
  }
}

}  // namespace ringside
