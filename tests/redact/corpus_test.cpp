// How many planted secrets are found, and how many events without one are touched. The figures of
// docs/redaction.md are what this prints:
//
//   ctest -L redact --verbose
#include "tests/redact/corpus.hpp"

#include <fmt/format.h>

#include <map>

#include "core/base/json.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/secret_block.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using ringside::test::Corpus;
using ringside::test::Planted;

constexpr std::size_t kPlanted = 1000;
constexpr std::size_t kHarmless = 10'000;

std::unique_ptr<Redactor> make_redactor() {
  return RS_UNWRAP(Redactor::make(parse_worker_options("", "test").options));
}

// As the pipeline does it: the quick look, the blocks of several lines, the tree.
struct Run {
  std::unique_ptr<Redactor> redactor = make_redactor();
  SecretBlocks blocks;

  std::string redact(const std::string& text, std::string_view stream) {
    const Json data = RS_UNWRAP(Json::parse(text));
    JsonSkim skim;
    const bool is_clean = skim.read(text) && redactor->is_clean(skim, skim.root());
    bool changed = false;
    if (const auto message = data["message"].as_string();
        message && !(is_clean && blocks.empty())) {
      std::string hidden(*message);
      if (blocks.take({"", stream}, hidden, redactor->names())) {
        changed = data.ref().set_member("message", std::string_view(hidden));
      }
    }
    const bool redacted = redactor->redact(data.ref());
    RS_EXPECT(!(is_clean && redacted));  // the quick look never passes what the slow way hides
    return changed || redacted ? data.dump() : text;
  }
};

RS_TEST(planted_secrets_are_found) {
  Corpus corpus(ringside::test::seed());
  std::map<std::string, std::size_t> missed;
  std::size_t n_missed = 0;
  std::size_t n = 0;
  for (; n < kPlanted; ++n) {
    const Planted planted = corpus.planted(n * 7 + n / (Corpus::kKinds * Corpus::kCarriers));
    Run run;
    std::string out;
    for (const std::string& event : planted.events) {
      out += run.redact(event, "stream") + "\n";
    }
    const bool leaks = std::ranges::any_of(planted.secrets, [&](const std::string& secret) {
      return out.find(secret) != std::string::npos;
    });
    if (leaks) {
      ++n_missed;
      ++missed[planted.kind + " in " + planted.carrier];
      fmt::print("missed: {} in {}: {}", planted.kind, planted.carrier, out);
    }
  }
  const double recall = 100.0 * static_cast<double>(n - n_missed) / static_cast<double>(n);
  fmt::print("recall: {:.1f} % of {} planted secrets\n", recall, n);
  RS_EXPECT_GE(recall, 99.0);
}

RS_TEST(events_without_secrets_stay_as_they_are) {
  Corpus corpus(ringside::test::seed());
  Run run;
  std::size_t n_touched = 0;
  for (std::size_t i = 0; i < kHarmless; ++i) {
    const std::string event = corpus.harmless();
    if (const std::string out = run.redact(event, "stream"); out != event) {
      ++n_touched;
      if (n_touched <= 10) {
        fmt::print("touched: {}\n", out);
      }
    }
  }
  const double rate = 100.0 * static_cast<double>(n_touched) / static_cast<double>(kHarmless);
  fmt::print("false positives: {:.2f} % of {} events\n", rate, kHarmless);
  RS_EXPECT_LE(rate, 0.1);
}

}  // namespace
