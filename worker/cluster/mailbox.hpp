#pragma once
// Mailbox: brings values from other threads to the loop, in their order. The one place of the worker with a lock: libnats
// calls on threads of its own (docs/adr/0010-one-log-for-many-machines.md).
//
// Threads: put() any; all else the loop's.

#include <uv.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/check.hpp"

namespace ringside::cluster {

template <class T>
class Mailbox {
 public:
  // `take` gets what was put since it was called last.
  Mailbox(uv_loop_t* loop, std::function<void(std::vector<T>)> take)
      : box_(std::make_shared<Box>()), async_(new Async) {
    async_->box = box_;
    async_->take = std::move(take);
    async_->handle.data = async_;
    RS_CHECK(uv_async_init(loop, &async_->handle, on_wake) == 0);
    box_->async = &async_->handle;
  }
  // Values that are put from now on are dropped.
  ~Mailbox() {
    {
      const std::lock_guard lock(box_->mutex);
      box_->async = nullptr;
    }
    async_->take = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&async_->handle),
             [](uv_handle_t* handle) { delete static_cast<Async*>(handle->data); });
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Where other threads put; outlives the mailbox.
  class Slot {
   public:
    void put(T value) const {
      const std::lock_guard lock(box_->mutex);
      if (box_->async == nullptr) {
        return;
      }
      if (box_->values.empty()) {
        uv_async_send(box_->async);
      }
      box_->values.push_back(std::move(value));
    }

   private:
    friend class Mailbox;
    struct Shared {
      std::mutex mutex;
      std::vector<T> values;
      uv_async_t* async = nullptr;
    };
    explicit Slot(std::shared_ptr<Shared> box) : box_(std::move(box)) {}
    std::shared_ptr<Shared> box_;
  };
  [[nodiscard]] Slot slot() const { return Slot(box_); }

 private:
  using Box = typename Slot::Shared;
  struct Async {
    uv_async_t handle{};
    std::shared_ptr<Box> box;
    std::function<void(std::vector<T>)> take;
  };
  static void on_wake(uv_async_t* handle) {
    auto* const async = static_cast<Async*>(handle->data);
    std::vector<T> values;
    {
      const std::lock_guard lock(async->box->mutex);
      values.swap(async->box->values);
    }
    if (async->take && !values.empty()) {
      async->take(std::move(values));
    }
  }

  std::shared_ptr<Box> box_;
  Async* async_;
};

}  // namespace ringside::cluster
