#pragma once
// The version of all programs of this tree. tests/lint/test_versions.py compares it with
// CMakeLists.txt, CHANGELOG.md and docs/asyncapi.yaml.

namespace ringside {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace ringside
