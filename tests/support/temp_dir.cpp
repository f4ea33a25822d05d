// TMPDIR is not asked: it may be long, and a socket's path has 108 bytes. RINGSIDE_TEST_TMP
// overrides /tmp.
#include "tests/support/temp_dir.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

TempDir::TempDir() {
  const char* const base = std::getenv("RINGSIDE_TEST_TMP");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/rs-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    RS_FAIL("cannot make a directory like " + pattern);
  }
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::operator/(std::string_view name) const { return (path_ / name).string(); }

std::string TempDir::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << content;
  out.close();
  if (!out) {
    RS_FAIL("cannot write " + file.string());
  }
  return file.string();
}

std::string read_file(const std::filesystem::path& path) {
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) {
    RS_FAIL("cannot read " + path.string());
  }
  return content.str();
}

}  // namespace ringside::test
