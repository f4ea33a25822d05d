// Every form in which a value belongs to the name of a secret, or is one by its shape, as real programs write it: one
// line each in tests/redact/forms.jsonl. The corpus measures how many are found; here each form has to be.
//
//   {"form": ..., "data": {...}, "secret": ["pieces", "of it"], "keep": [...]}   @@ in data is the secret
//   {"harmless": {...}}                                                          stays as it is
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "core/base/json.hpp"
#include "core/base/json_skim.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::vector<std::string> lines() {
  const char* const root = std::getenv("RINGSIDE_SOURCE_DIR");
  std::ifstream file(std::string(root != nullptr ? root : ".") + "/tests/redact/forms.jsonl");
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('{')) {
      found.push_back(line);
    }
  }
  RS_EXPECT_GT(found.size(), 300U);
  return found;
}

std::unique_ptr<Redactor> make_redactor() {
  return RS_UNWRAP(Redactor::make(parse_worker_options("", "test").options));
}

std::string with_secret(std::string text, std::string_view secret) {
  for (auto at = text.find("@@"); at != std::string::npos;
       at = text.find("@@", at + secret.size())) {
    text.replace(at, 2, secret);
  }
  return text;
}

// What the worker makes of the data of an event: the quick look, then the tree.
std::string redacted(Redactor& redactor, const std::string& data) {
  const Json value = RS_UNWRAP(Json::parse(data));
  JsonSkim skim;
  const bool is_clean = skim.read(data) && redactor.is_clean(skim, skim.root());
  const bool changed = redactor.redact(value.ref());
  RS_EXPECT(!(is_clean && changed));
  return changed ? value.dump() : data;
}

RS_TEST(every_form_of_a_secret_is_hidden_and_what_is_next_to_it_stays) {
  const auto redactor = make_redactor();
  std::string faults;
  for (const std::string& line : lines()) {
    const Json row = RS_UNWRAP(Json::parse(line));
    if (!row["form"].present()) {
      continue;
    }
    std::string secret;
    for (std::size_t i = 0; i < row["secret"].size(); ++i) {
      secret += row["secret"][i].as_string().value_or("");
    }
    std::string data;
    row["data"].dump_to(data);
    const std::string out = redacted(*redactor, with_secret(data, secret));
    if (out.find(secret) != std::string::npos) {
      faults += fmt::format("\nleaks: {}", out);
    }
    for (std::size_t i = 0; i < row["keep"].size(); ++i) {
      if (out.find(*row["keep"][i].as_string()) == std::string::npos) {
        faults += fmt::format("\nlost {}: {}", *row["keep"][i].as_string(), out);
      }
    }
  }
  if (!faults.empty()) {
    std::cerr << faults << '\n';  // a failure's message is cut
    RS_FAIL("not as it should be: see above");
  }
}

RS_TEST(what_only_looks_like_a_secret_stays) {
  const auto redactor = make_redactor();
  std::string faults;
  for (const std::string& line : lines()) {
    const Json row = RS_UNWRAP(Json::parse(line));
    if (row["harmless"].present()) {
      std::string data;
      row["harmless"].dump_to(data);
      const std::string out = redacted(*redactor, data);
      faults += out == data ? "" : fmt::format("\nchanged: {}\n     to: {}", data, out);
    }
  }
  if (!faults.empty()) {
    std::cerr << faults << '\n';
    RS_FAIL("harmless texts were changed: see above");
  }
}

}  // namespace
