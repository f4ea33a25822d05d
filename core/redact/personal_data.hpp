#pragma once
// Personal data in running text, by shape and, where there is one, by check digit: e-mail
// addresses, telephone numbers, IBANs and national ids.
//
// Threads: pure functions. Cost: linear in what is matched, and bounded by the longest form.
// Source: RFC 5321 (addresses), ITU-T E.164 (telephone numbers), ISO 13616 (IBAN), the issuers of
// each national id; docs/redaction.md, "Personal data".

#include <cstddef>
#include <string_view>

#include "core/redact/token_shapes.hpp"

namespace ringside {

// `at` is the position of the '@'.
[[nodiscard]] ShapeMatch match_email(std::string_view text, std::size_t at) noexcept;

// `at` is a '+' or the first digit. International numbers with their '+', and North American ones
// written with separators.
[[nodiscard]] ShapeMatch match_phone(std::string_view text, std::size_t at) noexcept;

// `at` is the first letter. With or without blanks between groups of four; the check digits must be
// right.
[[nodiscard]] ShapeMatch match_iban(std::string_view text, std::size_t at) noexcept;

// `at` is the first character. US social security numbers and Brazilian CPFs with their separators,
// British national insurance numbers, Spanish DNIs and NIEs, Italian tax codes.
[[nodiscard]] ShapeMatch match_national_id(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
