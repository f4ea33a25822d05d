#pragma once
// Gunzip: inflates a gzip body (RFC 1952, several members after one another included) in steps, so that whoever drives it
// decides how much is done in a turn.
//
// Threads: one. Memory: about 45 KiB, and what add() was given.

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ringside {

class Gunzip {
 public:
  enum class State {
    kMore,       // what there was is inflated: add() more
    kHasOutput,  // there may be more output without more input
    kBroken,     // see error()
  };

  // A body that inflates to more than this many times its size, from kBombBytes on, is refused: text that people write
  // stays far below.
  static constexpr std::uint64_t kMaxRatio = 400;
  static constexpr std::uint64_t kBombBytes = 8U << 20U;

  Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // What follows in the body. Only when the last step() returned kMore.
  void add(std::string_view bytes);
  // Inflates into `out`, at most as much as it takes. `n_out` is how much that was.
  [[nodiscard]] State step(std::span<char> out, std::size_t& n_out);
  // Whether the body may end here: at the end of a member.
  [[nodiscard]] bool is_complete() const noexcept { return has_ended_ && rest().empty(); }
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  [[nodiscard]] State broken(std::string message);
  [[nodiscard]] std::string_view rest() const noexcept {
    return std::string_view(input_).substr(taken_);
  }

  std::unique_ptr<z_stream, End> stream_;
  std::string input_;
  std::size_t taken_ = 0;   // of input_
  bool has_ended_ = false;  // a member has, and none has begun since
  std::uint64_t n_in_ = 0;
  std::uint64_t n_out_ = 0;
  std::string error_;
};

}  // namespace ringside
