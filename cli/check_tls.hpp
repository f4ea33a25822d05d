#pragma once
// The certificate and key of a virtual host, looked at as lwsws will. Threads: one.

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace ringside::cli {

// Whom the certificate is for and until when: "localhost, until 2027-01-02".
//   Errors: a file that cannot be read or is no PEM of its kind, a key that is not the
//   certificate's, a certificate that has ended or has not begun; with the remedy.
[[nodiscard]] Result<std::string> check_tls(const std::string& certificate_path,
                                            const std::string& key_path, WallTime now);

}  // namespace ringside::cli
