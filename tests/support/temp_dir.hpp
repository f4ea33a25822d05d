#pragma once
// A directory that exists as long as this object: short path (sockets have room for 108 bytes),
// mode 0700. Threads: none of its own.

#include <filesystem>
#include <string>
#include <string_view>

namespace ringside::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  // The path of `name` in it, as text.
  [[nodiscard]] std::string operator/(std::string_view name) const;
  // Writes a file in it and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// A file's content; fails the test when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace ringside::test
