// Text of events. What is UTF-8 stays UTF-8, and what was found once is found wherever it stands.
#include <memory>

#include "core/base/text.hpp"
#include "core/config/worker_options.hpp"
#include "core/redact/redactor.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<Redactor> redactor =
      *Redactor::make(parse_worker_options("", "fuzz").options);
  const std::string text = to_valid_utf8(fuzz::text_of(data, size));
  const std::string redacted = redactor->redact_text(text);
  fuzz::require(is_valid_utf8(redacted), "UTF-8 stays UTF-8");
  // In several lines the indentation has a meaning: a block belongs to the name that it is deeper than.
  if (text.find_first_of("\r\n") == std::string::npos) {
    fuzz::require(redactor->is_clean(text) == redactor->is_clean(" " + text),
                  "a space before it hides nothing");
  }
  return 0;
}
