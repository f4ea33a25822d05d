#pragma once
// FdWatch: reports when a descriptor can be read or written. The libuv handle lives in a box that
// libuv's close callback frees, so that the destructor may run inside the watch's own callback.
//
// Threads: the loop's.

#include <uv.h>

#include <functional>
#include <memory>

#include "core/base/result.hpp"

namespace ringside {

struct FdEvents {
  bool readable = false;
  bool writable = false;
  bool broken = false;  // nothing more will be reported: read what is left, then close
};

class FdWatch {
 public:
  using Callback = std::function<void(FdEvents)>;

  // Watches `fd`, which must stay open until the watch is gone, for reading. Level-triggered: what
  // is not read is reported again.
  [[nodiscard]] static Result<std::unique_ptr<FdWatch>> make(uv_loop_t& loop, int fd,
                                                             Callback on_ready);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  void wait_for(bool readable, bool writable);

 private:
  struct Box;
  explicit FdWatch(Box* box) : box_(box) {}
  Box* box_;
  int events_ = 0;
};

}  // namespace ringside
