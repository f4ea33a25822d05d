// Exactly what becomes of some hundred texts. The corpus beside this says how many secrets are found; here every boundary of a secret
// is held, and each line is there because some change of one operator in core/redact would change what it becomes.
//
// tests/redact/examples.txt: "<" is what comes in, ">" what goes out, ">!" the same where the quick look has a doubt. \n, \t, \r,
// \0 and \\ are escaped. A change of behaviour that is meant changes lines there: RINGSIDE_PRINT=1 prints what they would be.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/secret_block.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Example {
  std::string in;
  std::string out;
};

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The examples of one section, as they are in the file.
std::vector<Example> examples(std::string_view section) {
  const char* const root = std::getenv("RINGSIDE_SOURCE_DIR");
  std::ifstream file(std::string(root != nullptr ? root : ".") + "/tests/redact/examples.txt");
  std::vector<Example> found;
  std::string line;
  bool is_here = false;
  while (std::getline(file, line)) {
    if (line.starts_with('[')) {
      is_here = line == "[" + std::string(section) + "]";
    } else if (is_here && line.starts_with("< ")) {
      found.push_back({line.substr(2), ""});
    } else if (is_here && line.starts_with('>') && !found.empty()) {
      found.back().out = line;
    }
  }
  RS_EXPECT(!found.empty());
  return found;
}

// With everything that can be looked for.
std::unique_ptr<Redactor> make_redactor() {
  RedactOptions options = parse_worker_options("", "test").options;
  options.redact_pii = {"email", "phone", "iban", "national_id"};
  options.redact_patterns = {"jwt", "pem", "aws", "token", "url", "card", "assignment"};
  options.redact_custom = {"sesame-[0-9]+"};
  options.redact_keep = {"public_token"};
  return RS_UNWRAP(Redactor::make(options));
}

template <class Redact>
void check(std::string_view section, const Redact& redact) {
  std::string faults;
  for (const Example& example : examples(section)) {
    const std::string out = redact(example.in);
    if (std::getenv("RINGSIDE_PRINT") != nullptr) {
      std::cout << "< " << example.in << "\n" << out << "\n";
    } else if (out != example.out) {
      faults += "\n< " + example.in + "\n  becomes   " + out + "\n  should be " + example.out;
    }
  }
  if (!faults.empty()) {
    RS_FAIL(faults);
  }
}

RS_TEST(texts_become_exactly_what_they_should) {
  const auto redactor = make_redactor();
  check("text", [&](const std::string& line) {
    const std::string text = unescaped(line);
    const std::string out = escaped(redactor->redact_text(text));
    return (redactor->is_clean(text) ? "> " : ">! ") + out;
  });
}

RS_TEST(events_become_exactly_what_they_should) {
  const auto redactor = make_redactor();
  check("json", [&](const std::string& line) {
    const std::string text = unescaped(line);
    Json parsed = RS_UNWRAP(Json::parse(text));
    JsonSkim skim;
    const bool is_clean = skim.read(text) && redactor->is_clean(skim, skim.root());
    redactor->redact(parsed.ref());
    return (is_clean ? "> " : ">! ") + escaped(parsed.dump());
  });
}

// Each line is an event of its own. ">!": a block is still open at the end.
RS_TEST(secrets_of_several_lines_become_exactly_what_they_should) {
  const auto redactor = make_redactor();
  check("lines", [&](const std::string& line) {
    SecretBlocks blocks;
    std::string out;
    const std::string all = unescaped(line);
    for (std::size_t at = 0; at <= all.size();) {
      const std::size_t end = std::min(all.find('\n', at), all.size());
      std::string text = unescaped(all.substr(at, end - at));
      blocks.take({"", "stream"}, text, redactor->names());
      out += (at == 0 ? "" : "\n") + escaped(text);
      at = end + 1;
    }
    return (blocks.empty() ? "> " : ">! ") + escaped(out);
  });
}

}  // namespace
