// The worker's own redactor on a file, so that the answer is the worker's answer.
#include "cli/check_redact.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/base/json.hpp"
#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/secret_block.hpp"

namespace ringside::cli {
namespace {

class LineRedactor {
 public:
  explicit LineRedactor(std::unique_ptr<Redactor> redactor) : redactor_(std::move(redactor)) {}

  // The line as it would be stored; nothing when it would not be changed.
  [[nodiscard]] std::optional<std::string> changed(const std::string& line) {
    const std::string repaired = repaired_json(line).value_or(line);
    const auto parsed = Json::parse(repaired, {.allow_duplicates = true});
    if (!parsed || !parsed->ref().is_object()) {
      std::string text = before_block(line);
      const bool is_in_block = blocks_.take({}, text, redactor_->names());
      const std::string redacted = redactor_->redact_text(text);
      return is_in_block || redacted != line ? std::optional(redacted) : std::nullopt;
    }
    const JsonRef event = parsed->ref();
    const JsonRef data = event["data"].is_object() ? event["data"] : event;
    bool is_changed = false;
    if (const auto message = data["message"].as_string()) {
      std::string text = before_block(std::string(*message));
      if (blocks_.take({}, text, redactor_->names())) {
        is_changed = JsonRef(data).set_member("message", std::string_view(text));
      }
    }
    is_changed = redactor_->redact(event) || is_changed;
    return is_changed ? std::optional(parsed->dump()) : std::nullopt;
  }

 private:
  [[nodiscard]] std::string before_block(const std::string& text) const {
    return blocks_.is_in_quotes({}) ? redactor_->redact_text(text) : text;
  }

  std::unique_ptr<Redactor> redactor_;
  SecretBlocks blocks_;
};

}  // namespace

int check_redaction(const std::string& path, const RedactOptions& options) {
  auto redactor = Redactor::make(options);
  if (!redactor) {
    complain("check: " + redactor.error().message);
    return kBadResult;
  }
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      complain(fmt::format("check: cannot read {}: {}", path, std::strerror(errno)));
      return kFailed;
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  LineRedactor lines(std::move(*redactor));
  std::size_t n_lines = 0;
  std::size_t n_changed = 0;
  for (std::string line; std::getline(in, line);) {
    ++n_lines;
    if (const auto changed = lines.changed(line)) {
      ++n_changed;
      if (!print(fmt::format("{}: {}\n", n_lines, escape_controls(*changed)))) {
        return kFailed;
      }
    }
  }
  return print(fmt::format("{} of {} lines would be changed\n", n_changed, n_lines)) ? kOk
                                                                                     : kFailed;
}

}  // namespace ringside::cli
