#pragma once
// Mapping: a file mapped shared, read-only or read-write. Owns the mapping, not the file.
// Threads: construct and destroy on one thread; the bytes may be used by all.

#include <cstddef>
#include <span>
#include <string>

#include "core/base/result.hpp"

namespace ringside {

enum class Access { kReadOnly, kReadWrite };

class Mapping {
 public:
  Mapping() noexcept = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  // Maps `size` bytes of the open file `fd` from its start. The file must be at least that long:
  // touching a page past its end is SIGBUS.
  [[nodiscard]] static Result<Mapping> make(int fd, std::size_t size, Access access);

  [[nodiscard]] bool valid() const noexcept { return data_ != nullptr; }
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ringside
