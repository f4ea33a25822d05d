#pragma once
// Whether another user may read a file: root, who checks a configuration, may read everything, and the service may not. Threads: one.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace ringside::cli {

class FileReader {
 public:
  // Nothing when there is no such user.
  [[nodiscard]] static std::optional<FileReader> of_user(const std::string& name);

  // Why this user cannot read the file or list the directory: "the user ringside-web cannot read it: chgrp ...", with what to do;
  // empty when it can. By owner, group and mode of the file and of each directory above; not by access control lists.
  [[nodiscard]] std::string fault(const std::string& path) const;

 private:
  FileReader(std::string name, uid_t uid, std::vector<gid_t> groups, std::string group_name)
      : name_(std::move(name)),
        uid_(uid),
        groups_(std::move(groups)),
        group_name_(std::move(group_name)) {}
  [[nodiscard]] bool has(const std::string& path, unsigned bits) const;

  std::string name_;
  uid_t uid_;
  std::vector<gid_t> groups_;
  std::string group_name_;  // of its first group
};

}  // namespace ringside::cli
