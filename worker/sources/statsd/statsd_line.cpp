// Fields that are not known (|c:container, |T1234567890, what comes next) are skipped: clients send
// what their newest agent understands, and a counter without its container id is better than none.
#include "worker/sources/statsd/statsd_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxTagBytes = 256;

// A finite decimal number, with "+" allowed in front.
std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<StatsdType> type_of(std::string_view text) {
  if (text == "c") {
    return StatsdType::kCounter;
  }
  if (text == "g") {
    return StatsdType::kGauge;
  }
  if (text == "ms") {
    return StatsdType::kTimer;
  }
  if (text == "h" || text == "d") {
    return StatsdType::kHistogram;
  }
  if (text == "s") {
    return StatsdType::kSet;
  }
  return std::nullopt;
}

// Tags inside the name, as some clients write them. Takes them off the name.
//
//   Influx, Librato   name,env=prod,host=a      name#env=prod,host=a
//   Graphite          name;env=prod;host=a
//   SignalFx          name[env=prod,host=a].rest
std::string take_name_tags(std::string& name) {
  const auto begin = name.find_first_of(",;[#");
  if (begin == std::string::npos || begin == 0) {
    return {};
  }
  const bool is_bracket = name[begin] == '[';
  const auto end = is_bracket ? name.find(']', begin) : name.size();
  if (end == std::string::npos) {
    return {};
  }
  std::string tags = name.substr(begin + 1, end - begin - 1);
  std::ranges::replace(tags, ';', ',');
  const auto pieces = split(tags, ',');
  const bool are_tags = std::ranges::all_of(
      pieces, [](std::string_view piece) { return piece.find('=') != std::string_view::npos; });
  if (!are_tags) {
    return {};
  }
  std::ranges::replace(tags, '=', ':');
  name = name.substr(0, begin) + (is_bracket ? name.substr(end + 1) : std::string());
  return tags;
}

// "env:prod,canary": a tag without a value has an empty one. Sorted, so that the order of sending
// makes no new series; of a name that stands twice the first counts.
Labels labels_of(std::string_view tags) {
  Labels labels;
  for (const auto tag : split(tags, ',')) {
    if (tag.empty() || labels.size() == kMaxStatsdTags) {
      continue;
    }
    const auto colon = std::min(tag.find(':'), tag.size());
    const std::string_view value = tag.substr(std::min(colon + 1, tag.size()));
    labels.emplace_back(tag.substr(0, std::min(colon, kMaxTagBytes)),
                        value.substr(0, kMaxTagBytes));
  }
  std::ranges::stable_sort(labels, {}, &Labels::value_type::first);
  labels.erase(std::unique(labels.begin(), labels.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; }),
               labels.end());
  return labels;
}

Json json_of(const Labels& labels) {
  Json object = Json::object();
  for (const auto& [name, value] : labels) {
    object.set(name, value);
  }
  return object;
}

StatsdLine parse_event(std::string_view line) {
  const auto comma = line.find(',');
  const auto close = line.find("}:");
  std::size_t title_bytes = 0;
  std::size_t text_bytes = 0;
  if (comma == std::string_view::npos || close == std::string_view::npos || comma > close ||
      !parse_u64(line.substr(3, comma - 3), title_bytes) ||
      !parse_u64(line.substr(comma + 1, close - comma - 1), text_bytes)) {
    return StatsdMalformed{"an event without its lengths"};
  }
  std::string_view rest = line.substr(close + 2);
  if (title_bytes >= rest.size() || text_bytes > rest.size() - title_bytes - 1 ||
      rest[title_bytes] != '|') {
    return StatsdMalformed{"an event that is shorter than its header states"};
  }
  LogLine out;
  out.component = "statsd";
  out.message = rest.substr(0, title_bytes);
  const std::string_view text = rest.substr(title_bytes + 1, text_bytes);
  if (!text.empty()) {
    out.message += ": ";
    out.message += text;
  }
  out.details = Json::object();
  out.details.set("kind", "event");
  for (const auto field : split(rest.substr(title_bytes + 1 + text_bytes), '|')) {
    if (field == "t:error") {
      out.level = "ERROR";
    } else if (field == "t:warning") {
      out.level = "WARN";
    } else if (field.starts_with('#')) {
      out.details.set("tags", json_of(labels_of(field.substr(1))));
    } else if (field.starts_with("s:")) {
      out.component = field.substr(2);
    } else if (field.starts_with("h:")) {
      out.details.set("hostname", field.substr(2));
    }
  }
  return out;
}

StatsdLine parse_service_check(std::string_view line) {
  const auto fields = split(line, '|');
  std::size_t status = 0;
  if (fields.size() < 3 || fields[1].empty() || !parse_u64(fields[2], status) || status > 3) {
    return StatsdMalformed{"a service check without name or status"};
  }
  constexpr std::array<const char*, 4> kLevels{"INFO", "WARN", "ERROR", "NOTICE"};
  constexpr std::array<const char*, 4> kWords{"OK", "warning", "critical", "unknown"};
  LogLine out;
  out.level = kLevels[status];
  out.component = fields[1];
  out.message = fmt::format("{} is {}", fields[1], kWords[status]);
  out.details = Json::object();
  out.details.set("kind", "service_check").set("status", kWords[status]);
  for (std::size_t i = 3; i < fields.size(); ++i) {
    if (fields[i].starts_with("m:")) {
      out.message += ": ";
      out.message += fields[i].substr(2);
    } else if (fields[i].starts_with('#')) {
      out.details.set("tags", json_of(labels_of(fields[i].substr(1))));
    } else if (fields[i].starts_with("h:")) {
      out.details.set("hostname", fields[i].substr(2));
    }
  }
  return out;
}

// The values between the colon and the type. False when one is no number.
bool take_values(std::string_view text, StatsdSample& sample) {
  if (sample.type == StatsdType::kSet) {
    sample.members.push_back(text);
    return !text.empty();
  }
  for (const auto piece : split(text, ':')) {
    const auto value = number_of(piece);
    if (!value) {
      return false;
    }
    sample.values.push_back(*value);
  }
  sample.is_delta =
      sample.type == StatsdType::kGauge && (text.starts_with('+') || text.starts_with('-'));
  return true;
}

}  // namespace

StatsdLine parse_statsd_line(std::string_view line) {
  if (line.starts_with("_e{")) {
    return parse_event(line);
  }
  if (line.starts_with("_sc|")) {
    return parse_service_check(line);
  }
  const auto fields = split(line, '|');
  // A colon in a tag of the name is not the one before the value.
  const auto bracket = fields[0].find('[');
  const auto tags_end = bracket == std::string_view::npos ? bracket : fields[0].find(']', bracket);
  const auto colon = fields[0].find(':', tags_end == std::string_view::npos ? 0 : tags_end);
  if (fields.size() < 2 || colon == std::string_view::npos) {
    return StatsdMalformed{"not name:value|type"};
  }
  if (colon == 0 || colon > kMaxStatsdNameBytes) {
    return StatsdMalformed{"a name that is empty or too long"};
  }
  const auto type = type_of(fields[1]);
  if (!type) {
    return StatsdMalformed{"a type other than c, g, ms, h, d, s"};
  }
  StatsdSample sample;
  sample.name = fields[0].substr(0, colon);
  std::string tags = take_name_tags(sample.name);
  sample.type = *type;
  if (!take_values(fields[0].substr(colon + 1), sample)) {
    return StatsdMalformed{"a value that is not a number"};
  }
  for (std::size_t i = 2; i < fields.size(); ++i) {
    if (fields[i].starts_with('@')) {
      const auto rate = number_of(fields[i].substr(1));
      if (!rate || *rate <= 0 || *rate > 1) {
        return StatsdMalformed{"a sample rate that is not more than 0 and at most 1"};
      }
      sample.rate = *rate;
    } else if (fields[i].starts_with('#')) {
      tags += (tags.empty() ? "" : ",") + std::string(fields[i].substr(1));
    }
  }
  if (!tags.empty()) {
    sample.labels = labels_of(tags);
  }
  return sample;
}

}  // namespace ringside
