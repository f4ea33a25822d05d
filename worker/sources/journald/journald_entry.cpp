// Fields with a leading underscore are the journal's word and few of them matter to a reader;
// fields without are the program's, unknown in number, and bounded here.
#include "worker/sources/journald/journald_entry.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "worker/sources/syslog/syslog_message.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxOwnFields = 32;
constexpr std::size_t kMaxOwnValueBytes = 1024;

// Fields that are elsewhere in the event, or of no use.
constexpr std::array<std::string_view, 9> kUnderstood{
    "MESSAGE",         "PRIORITY",   "SYSLOG_IDENTIFIER",
    "SYSLOG_FACILITY", "SYSLOG_PID", "SYSLOG_TIMESTAMP",
    "SYSLOG_RAW",      "MESSAGE_ID", "TID"};

std::string_view field(const JournalEntry& entry, std::string_view name) {
  const auto found = std::ranges::find(entry.fields, name,
                                       [](const auto& one) { return std::string_view(one.first); });
  return found == entry.fields.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<int> small_number(std::string_view text) {
  std::size_t value = 0;
  return parse_u64(text, value) && value < 1000 ? std::optional(static_cast<int>(value))
                                                : std::nullopt;
}

bool is_of_ringside(std::string_view unit) {
  return unit == "ringsided.service" || unit == "lwsws.service";
}

std::string lower(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

void set_text(Json& details, std::string_view member, std::string_view value) {
  if (!value.empty()) {
    details.set(member, value);
  }
}

void set_number(Json& details, std::string_view member, std::string_view value) {
  std::size_t number = 0;
  if (parse_u64(value, number) && number <= 0xFFFFFFFFU) {
    details.set(member, static_cast<std::uint64_t>(number));
  }
}

void set_own_fields(Json& details, const JournalEntry& entry) {
  std::size_t n = 0;
  for (const auto& [name, value] : entry.fields) {
    const bool is_own =
        !name.starts_with('_') && std::ranges::find(kUnderstood, name) == kUnderstood.end();
    if (is_own && n < kMaxOwnFields && !details[lower(name)].present()) {
      details.set(lower(name), std::string_view(value).substr(0, kMaxOwnValueBytes));
      ++n;
    }
  }
}

std::optional<WallTime> source_time(const JournalEntry& entry) {
  std::size_t us = 0;
  if (!parse_u64(field(entry, "_SOURCE_REALTIME_TIMESTAMP"), us) || us > 9'000'000'000'000'000U) {
    return std::nullopt;
  }
  return wall_from_ns(static_cast<std::int64_t>(us) * 1000);
}

}  // namespace

std::optional<LogLine> parse_journal_entry(const JournalEntry& entry) {
  const std::string_view message = field(entry, "MESSAGE");
  const std::string_view unit = field(entry, "_SYSTEMD_UNIT");
  const int severity = small_number(field(entry, "PRIORITY")).value_or(6);
  if (message.empty() || (is_of_ringside(unit) && severity > 5)) {
    return std::nullopt;
  }
  LogLine line;
  line.level = level_of_severity(severity);
  line.message = message;
  for (const auto name : {field(entry, "SYSLOG_IDENTIFIER"), field(entry, "_COMM"), unit,
                          std::string_view("journal")}) {
    if (!name.empty()) {
      line.component = name;
      break;
    }
  }
  line.at = source_time(entry).value_or(entry.received);
  line.details = Json::object();
  set_text(line.details, "unit", unit);
  set_number(line.details, "pid", field(entry, "_PID"));
  set_number(line.details, "uid", field(entry, "_UID"));
  if (const auto facility = small_number(field(entry, "SYSLOG_FACILITY"))) {
    set_text(line.details, "facility", syslog_facility_name(*facility));
  }
  set_text(line.details, "severity", severity_name(severity));
  set_text(line.details, "hostname", field(entry, "_HOSTNAME"));
  set_text(line.details, "transport", field(entry, "_TRANSPORT"));
  set_text(line.details, "message_id", field(entry, "MESSAGE_ID"));
  set_own_fields(line.details, entry);
  return line;
}

}  // namespace ringside
