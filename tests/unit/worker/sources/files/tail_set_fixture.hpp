#pragma once
// What the tests of followed files share: a directory with files, and what a set reads of them.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/sources/files/tail_set.hpp"

namespace ringside::test {

using Texts = std::vector<std::string>;

struct TailSetFixture {
  TempDir dir;
  ManualClock clock;
  Texts got;

  [[nodiscard]] TailOptions options() const {
    TailOptions options;
    options.globs = {dir / "*.log"};
    return options;
  }
  void append(std::string_view name, std::string_view text) const {
    std::ofstream out(dir / name, std::ios::binary | std::ios::app);
    out << text;
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(dir / from, dir / to);
  }
  // What is new, as "name: text".
  Texts read(TailSet& set) {
    got.clear();
    const TailSink sink = [this](const TailedLine& line) {
      got.push_back(std::filesystem::path(line.path).filename().string() + ": " +
                    std::string(line.line.text));
    };
    while (set.read_new(1u << 20u, sink)) {
    }
    return got;
  }
  Texts scan_and_read(TailSet& set) {
    set.scan();
    return read(set);
  }
};

}  // namespace ringside::test
