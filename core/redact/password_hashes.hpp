#pragma once
// Stored passwords: hashes in the formats of crypt(3), LDAP, Django, Werkzeug, PostgreSQL, MySQL and Cisco. Who has one can guess the
// password offline, so they are hidden like the password.
//
// Threads: pure functions. Cost: linear in what is found, and otherwise in a bounded part of the text around `at`.
// Source:  crypt(5), RFC 2307, PHC string format; the documentation of the products named above.

#include <cstddef>
#include <string_view>

#include "core/redact/token_shapes.hpp"

namespace ringside {

// $2b$12$..., $6$salt$..., pbkdf2_sha256$600000$..., SCRAM-SHA-256$4096:...: `at` is at a '$'.
[[nodiscard]] ShapeMatch match_crypt_hash(std::string_view text, std::size_t at) noexcept;

// {SSHA}base64: `at` is at the brace. The scheme stays.
[[nodiscard]] ShapeMatch match_ldap_hash(std::string_view text, std::size_t at) noexcept;

// MySQL's *2470C0C0...: `at` is at the asterisk.
[[nodiscard]] ShapeMatch match_mysql_hash(std::string_view text, std::size_t at) noexcept;

// Cisco's "password 7 0822455D0A16": `at` is at the digit between the two.
[[nodiscard]] ShapeMatch match_numbered_secret(std::string_view text, std::size_t at) noexcept;

}  // namespace ringside
