// Facts about files from their names.
#include "worker/sources/files/tail_names.hpp"

#include <glob.h>

#include <algorithm>
#include <array>

namespace ringside {

bool is_no_log(std::string_view path) {
  constexpr std::array<std::string_view, 7> kEndings{".gz",  ".xz",      ".zst",     ".bz2",
                                                     ".zip", ".journal", ".journal~"};
  constexpr std::array<std::string_view, 5> kNames{"wtmp", "btmp", "lastlog", "faillog",
                                                   "tallylog"};
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); }) ||
         std::ranges::any_of(kNames,
                             [&](auto known) { return name.substr(0, name.find('.')) == known; });
}

std::vector<std::string> paths_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::ranges::sort(paths);
  return paths;
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_named_as_copy(const std::string& original, const std::string& copy) {
  const auto name_of = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  const std::string_view stem = name_of(original).substr(0, name_of(original).find('.'));
  return !stem.empty() && name_of(copy).starts_with(stem) &&
         directory_of(original) == directory_of(copy);
}

}  // namespace ringside
