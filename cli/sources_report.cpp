// The file is another process's word: bounded when read, and escaped when it goes to a terminal.
#include "cli/sources_report.hpp"

#include <fmt/format.h>

#include <fstream>

#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20U;

std::string text_of(JsonRef value) { return escape_controls(value.as_string().value_or("?")); }

}  // namespace

Json read_sources(const std::string& run_dir, std::int64_t worker_pid) {
  Json sources = Json::array();
  std::ifstream file(run_dir + "/sources.json", std::ios::binary);
  std::string text(kMaxBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto parsed = Json::parse(text);
  if (!parsed || (*parsed)["version"].as_integer() != 1 ||
      (*parsed)["pid"].as_integer() != worker_pid) {
    return sources;
  }
  (*parsed)["sources"].for_each_element([&](JsonRef source) {
    if (source.is_object()) {
      sources.append(Json::copy_of(source));
    }
    return true;
  });
  return sources;
}

std::string describe_source(JsonRef source) {
  std::string out = fmt::format("{}; {} events, {} refused, {} errors", text_of(source["state"]),
                                source["events"].as_integer().value_or(0),
                                source["refused"].as_integer().value_or(0),
                                source["errors"].as_integer().value_or(0));
  if (source["last_error"].present()) {
    out += ", the last: " + text_of(source["last_error"]);
  }
  return out;
}

}  // namespace ringside::cli
