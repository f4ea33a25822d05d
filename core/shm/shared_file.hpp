#pragma once
// Files in shared memory that several processes map: found, or created under another name and
// published when complete.
//
// Threads: any. Between processes: take the directory's lock (core/shm/directory_lock.hpp) around
// find, create and publish, so that two cannot create at once.

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/shm/mapping.hpp"

namespace ringside {

struct FoundFile {
  UniqueFd fd;  // read-write
  std::size_t n_bytes = 0;
};

// The file at `path`, opened; nothing if there is none.
//   Errors: a symbolic link or no regular file; no permission.
[[nodiscard]] Result<std::optional<FoundFile>> find_shared_file(const std::string& path);

struct SharedFile {
  UniqueFd fd;
  Mapping mapping;
};

// Creates `path` + ".new" with zero bytes and maps it, after removing one that a killed process
// left. All blocks are allocated: a full tmpfs is an error here, where otherwise it would be SIGBUS
// at the first write.
[[nodiscard]] Result<SharedFile> create_shared_file(const std::string& path, std::size_t n_bytes,
                                                    mode_t mode);

// Gives the file of create_shared_file() its name, in place of what has it.
[[nodiscard]] Status publish_shared_file(const std::string& path);

// Removes a file that was created and is not to be published.
void discard_shared_file(const std::string& path) noexcept;

}  // namespace ringside
