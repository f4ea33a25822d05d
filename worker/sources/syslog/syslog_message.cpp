// One cursor walks over the text; each step either takes its part or leaves the cursor where it is.
// A header that breaks off gives the whole text as the message, with the priority where that could
// be read.
#include "worker/sources/syslog/syslog_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/text.hpp"
#include "worker/sources/syslog/syslog_stamp.hpp"

namespace ringside {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

// Takes up to the next blank, and the blank.
std::string_view take_word(std::string_view& text) {
  const auto blank = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(std::min(blank + 1, text.size()));
  return word;
}

// "<13>"; the text stays as it is when there is none.
std::optional<int> take_priority(std::string_view& text) {
  const auto close = text.substr(0, 5).find('>');
  std::size_t value = 0;
  if (!text.starts_with('<') || close == std::string_view::npos ||
      !parse_u64(text.substr(1, close - 1), value) || value > 191) {
    return std::nullopt;
  }
  text.remove_prefix(close + 1);
  return static_cast<int>(value);
}

// RFC 6587 framing, where it is one: "28 <13>...".
std::string_view without_octet_count(std::string_view text) {
  std::string_view rest = text;
  std::size_t count = 0;
  const std::string_view word = take_word(rest);
  return word.size() <= 7 && parse_u64(word, count) && rest.starts_with('<') ? rest : text;
}

std::string_view nil_is_empty(std::string_view word) {
  return word == "-" ? std::string_view() : word;
}

void set_pid(Json& details, std::string_view pid) {
  std::size_t number = 0;
  if (pid.size() <= 10 && parse_u64(pid, number)) {
    details.set("pid", static_cast<std::uint64_t>(number));
  } else if (!pid.empty()) {
    details.set("pid", pid);
  }
}

// The value of a structured-data parameter after its opening quote; false when it never ends.
bool take_quoted(std::string_view& text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() &&
        (text[i + 1] == '"' || text[i + 1] == '\\' || text[i + 1] == ']')) {
      out += text[++i];
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    } else {
      out += text[i];
    }
  }
  return false;
}

// A name that stands twice (RFC 5424 allows that: ip="..." ip="...") keeps its values in an array.
void add_param(Json& element, std::string_view name, std::string_view value) {
  const JsonRef known = element[name];
  if (!known.present()) {
    element.set(name, value);
    return;
  }
  Json values = Json::array();
  if (const auto text = known.as_string()) {
    values.append(*text);
  }
  known.for_each_element([&](JsonRef one) {
    values.append(one.as_string().value_or(""));
    return true;
  });
  values.append(value);
  element.set(name, values);
}

// "[id name="value" ...]"; takes all elements into `out`. False where they are malformed.
bool take_structured_data(std::string_view& text, Json& out) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    return text.empty() || text.front() == ' ';
  }
  if (!text.starts_with('[')) {
    return false;
  }
  while (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto id_end = text.find_first_of(" ]");
    if (id_end == std::string_view::npos || id_end == 0) {
      return false;
    }
    const std::string_view id = text.substr(0, id_end);
    text.remove_prefix(id_end);
    Json element = Json::object();
    while (text.starts_with(' ')) {
      text.remove_prefix(1);
      const auto equals = text.find("=\"");
      if (equals == std::string_view::npos || equals == 0) {
        return false;
      }
      const std::string_view name = text.substr(0, equals);
      text.remove_prefix(equals + 2);
      std::string value;
      if (!take_quoted(text, value)) {
        return false;
      }
      add_param(element, name, value);
    }
    if (!text.starts_with(']')) {
      return false;
    }
    text.remove_prefix(1);
    out.set(id, element);
  }
  return text.empty() || text.front() == ' ';
}

// The part of RFC 5424 after the priority and the version. False where the header is malformed,
// `why` saying how.
bool parse_5424(std::string_view text, LogLine& line, std::string& why) {
  const std::string_view stamp = nil_is_empty(take_word(text));
  if (!stamp.empty()) {
    line.at = parse_rfc3339(stamp);
    if (!line.at) {
      why = "its timestamp is not RFC 3339";
      return false;
    }
  }
  const std::string_view host = nil_is_empty(take_word(text));
  const std::string_view app = nil_is_empty(take_word(text));
  const std::string_view pid = nil_is_empty(take_word(text));
  const std::string_view msgid = nil_is_empty(take_word(text));
  Json structured = Json::object();
  if (!take_structured_data(text, structured)) {
    why = "its structured data is malformed";
    return false;
  }
  if (!app.empty()) {
    line.component = app;
  }
  set_pid(line.details, pid);
  if (!host.empty()) {
    line.details.set("hostname", host);
  }
  if (!msgid.empty()) {
    line.details.set("msgid", msgid);
  }
  if (structured.ref().size() != 0) {
    line.details.set("structured_data", structured);
  }
  text = text.substr(text.starts_with(' ') ? 1 : 0);
  line.message = text.substr(text.starts_with(kBom) ? kBom.size() : 0);
  return true;
}

// "tag:" or "tag[pid]:". False when the word is none.
bool is_tag(std::string_view word, std::string_view& tag, std::string_view& pid) {
  if (!word.ends_with(':') || word.size() < 2) {
    return false;
  }
  word.remove_suffix(1);
  std::size_t number = 0;
  if (parse_u64(word, number)) {
    return false;  // a number is not a program
  }
  pid = {};
  if (const auto bracket = word.find('[');
      word.ends_with(']') && bracket != std::string_view::npos && bracket > 0) {
    pid = word.substr(bracket + 1, word.size() - bracket - 2);
    word = word.substr(0, bracket);
  }
  tag = word;
  return true;
}

// "router1: ", which Cisco's devices can put before the stamp.
std::string_view take_origin_before_stamp(std::string_view& text) {
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  std::string_view after = rest;
  if (word.size() < 2 || !word.ends_with(':') || word.size() > 256 || !take_bsd_stamp(after)) {
    return {};
  }
  text = rest;
  return word.substr(0, word.size() - 1);
}

// "45: ", the number that Cisco puts before its messages; only where a stamp follows.
std::string_view without_sequence_number(std::string_view text) {
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  std::size_t number = 0;
  std::string_view after = rest;
  return word.size() >= 2 && word.size() <= 11 && word.ends_with(':') &&
                 parse_u64(word.substr(0, word.size() - 1), number) &&
                 (take_bsd_stamp(after) || !take_origin_before_stamp(after).empty())
             ? rest
             : text;
}

void parse_3164(std::string_view text, LogLine& line, WallTime received) {
  text = without_sequence_number(text);
  const std::string_view origin = take_origin_before_stamp(text);
  std::optional<WallTime> stamp;
  bool has_stamp = false;
  bool has_zone = false;
  if (const auto form = take_bsd_stamp(text)) {
    has_stamp = true;
    has_zone = form->offset_minutes.has_value();
    stamp = time_of(*form, received);
  } else {  // some daemons write RFC 3339 in the old form
    std::string_view rest = text;
    stamp = parse_rfc3339(take_word(rest));
    has_zone = has_stamp = stamp.has_value();
    text = stamp ? rest : text;
  }
  if (stamp && (has_zone || !is_of_now(*stamp, received))) {
    line.at = stamp;
  }
  if (!origin.empty()) {
    line.details.set("hostname", origin);
  }
  std::string_view rest = text;
  std::string_view tag;
  std::string_view pid;
  const std::string_view first = take_word(rest);
  if (is_tag(first, tag, pid)) {
    text = rest;
  } else if (has_stamp && is_tag(take_word(rest), tag, pid)) {
    line.details.set("hostname", first);
    text = rest;
  }
  if (!tag.empty()) {
    line.component = tag;
  }
  set_pid(line.details, pid);
  line.message = text.substr(text.starts_with(kBom) ? kBom.size() : 0);
}

// "1 " after the priority: RFC 5424 has a version there, the older form a month.
bool take_version(std::string_view& text) {
  if (!text.starts_with("1 ")) {
    return false;
  }
  text.remove_prefix(2);
  return true;
}

}  // namespace

std::string_view syslog_facility_name(int facility) noexcept {
  constexpr std::array<std::string_view, 24> kNames{
      "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
      "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "clock",
      "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};
  return facility >= 0 && facility < 24 ? kNames[static_cast<std::size_t>(facility)] : "";
}

LogLine parse_syslog(std::string_view datagram, WallTime received) {
  while (!datagram.empty() && (datagram.back() == '\0' || datagram.back() == '\n')) {
    datagram.remove_suffix(1);
  }
  datagram.remove_prefix(datagram.starts_with(kBom) ? kBom.size() : 0);
  LogLine line;
  line.component = "syslog";
  line.details = Json::object();
  std::string_view text = without_octet_count(datagram);
  const auto priority = take_priority(text);
  if (!priority) {
    line.level = guess_level(datagram);
    line.message = datagram;
    line.details.set("malformed", "it has no priority");
    return line;
  }
  line.level = level_of_severity(*priority % 8);
  line.component = syslog_facility_name(*priority / 8);
  line.details.set("facility", line.component).set("severity", severity_name(*priority % 8));
  std::string why;
  if (!take_version(text)) {
    parse_3164(text, line, received);
  } else if (!parse_5424(text, line, why)) {
    line.at.reset();
    line.message = datagram;
    line.details.set("malformed", why);
  }
  return line;
}

}  // namespace ringside
