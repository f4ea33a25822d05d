// Each handle lives in a box of its own that outlives the object: libuv continues using it until the
// close callback.
#include "worker/net/loop_handles.hpp"

#include "core/base/check.hpp"

namespace ringside {
namespace {

template <class Box>
void close_box(Box* box) {
  uv_close(reinterpret_cast<uv_handle_t*>(&box->handle),
           [](uv_handle_t* handle) { delete static_cast<Box*>(handle->data); });
}

tl::unexpected<Error> fail_uv(const std::string& what, int code) {
  return tl::unexpected<Error>(Error{what + ": " + uv_strerror(code), -code});
}

}  // namespace

struct LoopTimer::Box {
  uv_timer_t handle{};
  std::function<void()> on_time;
};

LoopTimer::LoopTimer(uv_loop_t* loop, std::function<void()> on_time) : box_(new Box) {
  box_->on_time = std::move(on_time);
  RS_CHECK(uv_timer_init(loop, &box_->handle) == 0);
  box_->handle.data = box_;
}

LoopTimer::~LoopTimer() { close_box(box_); }

void LoopTimer::start(std::chrono::milliseconds first, std::chrono::milliseconds repeat) {
  const auto on_time = [](uv_timer_t* handle) { static_cast<Box*>(handle->data)->on_time(); };
  RS_CHECK(uv_timer_start(&box_->handle, on_time, static_cast<std::uint64_t>(first.count()),
                          static_cast<std::uint64_t>(repeat.count())) == 0);
}

void LoopTimer::stop() { uv_timer_stop(&box_->handle); }

bool LoopTimer::is_running() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(&box_->handle)) != 0;
}

struct DirectoryWatch::Box {
  uv_fs_event_t handle{};
  Callback on_change;
};

Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::make(uv_loop_t* loop,
                                                             const std::string& directory,
                                                             Callback on_change) {
  auto box = std::make_unique<Box>();
  box->on_change = std::move(on_change);
  if (const int code = uv_fs_event_init(loop, &box->handle); code != 0) {
    return fail_uv("cannot watch " + directory, code);
  }
  box->handle.data = box.get();
  std::unique_ptr<DirectoryWatch> watch(new DirectoryWatch(box.release()));
  const auto on_event = [](uv_fs_event_t* handle, const char*, int events, int status) {
    static_cast<Box*>(handle->data)->on_change(status != 0 || (events & UV_RENAME) != 0);
  };
  if (const int code = uv_fs_event_start(&watch->box_->handle, on_event, directory.c_str(), 0);
      code != 0) {
    return fail_uv("cannot watch " + directory, code);
  }
  return watch;
}

DirectoryWatch::~DirectoryWatch() { close_box(box_); }

bool run_on_pool(uv_loop_t* loop, std::function<void()> work, std::function<void()> done) {
  struct Box {
    uv_work_t request{};
    std::function<void()> work;
    std::function<void()> done;
  };
  auto box = std::make_unique<Box>();
  box->work = std::move(work);
  box->done = std::move(done);
  box->request.data = box.get();
  const int code = uv_queue_work(
      loop, &box->request, [](uv_work_t* request) { static_cast<Box*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Box> finished(static_cast<Box*>(request->data));
        finished->done();
      });
  if (code == 0) {
    (void)box.release();  // the second callback has it
  }
  return code == 0;
}

}  // namespace ringside
