// MAP_SHARED always: a private mapping would hide the writer. No MAP_POPULATE: a 64 MiB ring would
// cost each reader its page tables at attach, for pages that it may never look at.
#include "core/shm/mapping.hpp"

#include <sys/mman.h>

#include <utility>

namespace ringside {

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) {
      ::munmap(data_, size_);
    }
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

Result<Mapping> Mapping::make(int fd, std::size_t size, Access access) {
  if (size == 0) {
    return fail("cannot map an empty file");
  }
  const int protection = access == Access::kReadWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const address = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) {
    return fail_errno("mmap");
  }
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(address);
  mapping.size_ = size;
  return mapping;
}

}  // namespace ringside
