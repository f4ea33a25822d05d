#pragma once
// Gives a ring's file the epoch of another, as the rings of a cluster's nodes have. To be called before it is attached to.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/event/event_id.hpp"
#include "core/ring/layout.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

inline void set_epoch(const std::string& path, Epoch epoch) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const std::uint64_t word = epoch.value;
  RS_EXPECT_EQ(::pwrite(fd.get(), &word, sizeof word, offsetof(RingHeader, epoch)),
               static_cast<ssize_t>(sizeof word));
}

}  // namespace ringside::test
