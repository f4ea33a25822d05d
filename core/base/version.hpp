#pragma once
// The version of all programs of this tree; CMakeLists.txt's project() says the same (tests/lint
// holds them together).

namespace ringside {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace ringside
