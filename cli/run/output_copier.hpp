#pragma once
// OutputCopier: a thread that passes one stream of a command through, unchanged, and hands a copy
// to the queue. Nothing but the reader of the output can make it wait.
//   Threads: its own; all calls are by its owner's. Blocks all signals.

#include <atomic>
#include <memory>
#include <thread>

#include "cli/run/child.hpp"
#include "cli/run/output_queue.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

class OutputCopier {
 public:
  // `queue` lives longer.
  OutputCopier(OutputPath path, OutputQueue& queue) : path_(std::move(path)), queue_(queue) {}
  OutputCopier(const OutputCopier&) = delete;
  OutputCopier& operator=(const OutputCopier&) = delete;
  ~OutputCopier();

  // Errors: no thread; the stream is closed then.
  [[nodiscard]] Status start();
  // The thread is to end when it has passed on what the command had written until now: what other
  // processes keep on writing into the same pipe stays in it. start() continues.
  void ask_to_stop();
  // The thread has ended, and the queue was woken.
  [[nodiscard]] bool has_stopped() const noexcept;
  void join();
  // Everything was passed on: nobody has the other end any more, or nobody reads.
  [[nodiscard]] bool at_end() const noexcept { return !path_.from.valid(); }  // after has_stopped()
  [[nodiscard]] OutputStream stream() const noexcept { return path_.stream; }

 private:
  void run();
  void copy();
  [[nodiscard]] bool is_stopping() const noexcept;
  // Returns how many bytes were read; 0 when there are none now, -1 at the end.
  [[nodiscard]] ssize_t read_some(char* to) const;
  [[nodiscard]] bool write_all(const char* bytes, std::size_t n) const;

  OutputPath path_;
  OutputQueue& queue_;
  std::thread thread_;
  bool reads_only_ = false;  // nobody sees the terminal any more
  std::atomic<bool> stopped_{true};
  std::atomic<bool> stopping_{false};
};

}  // namespace ringside::cli
