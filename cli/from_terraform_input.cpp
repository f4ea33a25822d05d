// Lines that are more or less than one message: prefixed ones, text, documents of JSON.
#include <fmt/format.h>

#include <utility>

#include "cli/from_terraform.hpp"
#include "cli/from_terraform_text.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {

namespace {

// Without the colors of a terminal, which terraform writes where it is not told -no-color.
std::string without_colors(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\x1b[")) {
      const auto end = text.find_first_not_of("0123456789;", i + 2);
      if (end != std::string_view::npos && text[end] == 'm') {
        i = end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace

FromTerraform::Said FromTerraform::take(std::string_view line, std::string& events) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string plain;
  if (line.find('\x1b') != std::string_view::npos) {
    plain = without_colors(line);
    line = plain;
  }
  line.remove_prefix(line.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  line = trim(line);
  if (line.empty()) {
    hides_ = hides_ == Hides::kToBlank ? Hides::kNothing : hides_;
    return {};
  }
  if (const auto json = line.find("{\"");
      document_.empty() && json != std::string_view::npos && json != 0) {
    return line.find("\"@message\"", json) != std::string_view::npos
               ? take_prefixed(line.substr(0, json), line.substr(json), events)
               : take_text(line.substr(json), {}, events);
  }
  const std::string whole = with_lines_before(line);
  if (whole.empty()) {
    return {};  // of a document of several lines
  }
  const auto parsed = Json::parse(whole, {.max_depth = 64, .allow_duplicates = true});
  const JsonRef message = parsed ? parsed->ref() : JsonRef();
  if (!message.is_object() || !message["@message"].is_string()) {
    return take_text(whole, message, events);
  }
  return take_message(message, events);
}

// Terragrunt and the like put the name of the module before each line, and the modules' runs mix.
FromTerraform::Said FromTerraform::take_prefixed(std::string_view prefix, std::string_view line,
                                                 std::string& events) {
  const auto open = prefix.rfind('[');
  const auto close = prefix.rfind(']');
  std::string module(open != std::string_view::npos && close != std::string_view::npos &&
                             open < close
                         ? prefix.substr(open + 1, close - open - 1)
                         : trim(prefix));
  auto& run = modules_[modules_.size() < kMostModules || modules_.contains(module) ? module
                                                                                   : std::string()];
  if (run == nullptr) {
    run = std::make_unique<FromTerraform>(name_ + "/" + escape_controls(module), now_);
  }
  return run->take(line, events);
}

// A JSON document that begins with a line of "{" continues to the line that closes it: terraform
// validate -json and output -json write so.
std::string FromTerraform::with_lines_before(std::string_view line) {
  if (document_.empty() && line != "{") {
    return std::string(line);
  }
  document_ += line;
  document_ += '\n';
  const bool is_whole =
      Json::parse(document_, {.max_depth = 64, .allow_duplicates = true}).has_value();
  if (!is_whole && document_.size() < kLongestDocument) {
    return {};
  }
  return std::exchange(document_, {});
}

// Lines that are not messages. Text is shown unchanged, such as errors of the command line. JSON is not: it may
// be outputs, or a message that is broken, and either has values in it.
FromTerraform::Said FromTerraform::take_text(std::string_view text, JsonRef json,
                                             std::string& events) {
  at_.reset();
  begin({});
  if (json["valid"].is_bool() && json["diagnostics"].is_array()) {
    return take_validation(json, events);
  }
  if (text.starts_with('{') || text.starts_with("[{") || text.starts_with("[\"") ||
      text.starts_with("[[")) {
    ++n_unreadable_;
    const std::string said = fmt::format(
        "{} bytes of JSON that are not a message of terraform are not shown: they could be outputs",
        text.size());
    say_log("INFO", said, {}, events);
    return {.text = said};
  }
  const bool is_value = hides_ != Hides::kNothing;
  if (text == "Outputs:") {  // the last thing that an apply writes
    hides_ = Hides::kToEnd;
  } else if (text == "Changes to Outputs:") {
    hides_ = Hides::kToBlank;
  }
  std::string said(text);
  if (is_value) {  // "name = value", and the further lines of a value
    const auto equals = text.find(" = ");
    said = equals == std::string_view::npos ? std::string("(a value)")
                                            : std::string(text.substr(0, equals)) + " = (a value)";
  }
  say_log("INFO", to_valid_utf8(said), {}, events);
  return {.text = said};
}

FromTerraform::Said FromTerraform::take_validation(JsonRef result, std::string& events) {
  const bool is_valid = result["valid"].as_bool().value_or(false);
  result["diagnostics"].for_each_element([&](JsonRef one) {
    const bool is_error = one["severity"].as_string() == "error";
    Json wrapped = Json::object();
    wrapped.set("diagnostic", Json::copy_of(one));
    say_log(is_error ? "ERROR" : "WARN", text_of(one["summary"]), wrapped.ref(), events);
    return true;
  });
  failed_ = failed_ || !is_valid;
  const std::string said = is_valid ? "The configuration is valid"
                                    : fmt::format("The configuration has {} error(s)",
                                                  result["error_count"].as_integer().value_or(1));
  end(is_valid ? "Completed" : "Failed", said, events);
  return {.tone = is_valid ? Said::Tone::kGood : Said::Tone::kError, .text = said};
}

}  // namespace ringside::cli
