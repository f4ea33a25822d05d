// uv_poll_t and not uv_pipe_t: a pipe of libuv reads as long as there is something to read, so one
// busy producer could starve the others. Here each turn of the loop reads from each producer once.
#include "worker/net/fd_watch.hpp"

#include <fmt/format.h>

#include "core/base/check.hpp"

namespace ringside {

struct FdWatch::Box {
  uv_poll_t handle{};
  Callback on_ready;

  static void on_event(uv_poll_t* handle, int status, int events) {
    static_cast<Box*>(handle->data)
        ->on_ready({.readable = (events & UV_READABLE) != 0,
                    .writable = (events & UV_WRITABLE) != 0,
                    .broken = status != 0});
  }
};

Result<std::unique_ptr<FdWatch>> FdWatch::make(uv_loop_t& loop, int fd, Callback on_ready) {
  auto box = std::make_unique<Box>();
  box->on_ready = std::move(on_ready);
  if (const int code = uv_poll_init(&loop, &box->handle, fd); code != 0) {
    return tl::unexpected(
        Error{fmt::format("cannot watch descriptor {}: {}", fd, uv_strerror(code)), -code});
  }
  box->handle.data = box.get();
  std::unique_ptr<FdWatch> made(new FdWatch(box.release()));
  made->wait_for(true, false);
  return made;
}

FdWatch::~FdWatch() {
  uv_close(reinterpret_cast<uv_handle_t*>(&box_->handle),
           [](uv_handle_t* handle) { delete static_cast<Box*>(handle->data); });
}

void FdWatch::wait_for(bool readable, bool writable) {
  const int events = (readable ? static_cast<int>(UV_READABLE) : 0) |
                     (writable ? static_cast<int>(UV_WRITABLE) : 0);
  if (events == events_) {
    return;
  }
  events_ = events;
  if (events == 0) {
    uv_poll_stop(&box_->handle);
  } else {
    RS_CHECK(uv_poll_start(&box_->handle, events, &Box::on_event) == 0);
  }
}

}  // namespace ringside
