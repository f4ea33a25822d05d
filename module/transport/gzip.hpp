#pragma once
// Gzip: a body that grows piece by piece, compressed as it grows, so that no moment costs much.  Threads: one.

#include <memory>
#include <string>
#include <string_view>

namespace ringside {

class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Compresses `text`, appending what is ready to `out`.
  void add(std::string_view text, std::string& out);
  // Appends the rest. Nothing may be added after it.
  void finish(std::string& out);

 private:
  void run(std::string_view text, int flush, std::string& out);
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace ringside
