#pragma once
// EventSplitter: finds the events in a body of JSON, however it was cut and whatever it was called.
//
//   kLines  one in each line, so that a broken one does no harm to the next
//   kJson   one value, an array of them, or several after one another. A first value that is a line by itself says that
//           they are lines.
//
// An array is taken in both, for that is what it can only be. What an event is, is not decided here: each value is handed
// on as its text, also one that is broken.
//
// Threads: one. Memory: at most one event's limit of bytes.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/proto/ingest.hpp"
#include "worker/framer.hpp"

namespace ringside {

class EventSplitter {
 public:
  struct Callbacks {
    std::function<void(std::string_view)> on_event;  // its text; valid during the call
    std::function<void()> on_too_long;               // once for one over the limit, in its place
  };

  EventSplitter(BodyForm form, std::size_t max_event_bytes, Callbacks callbacks);

  // Takes bytes that follow those before. False: what surrounds the events is broken, see error(); nothing more is taken.
  [[nodiscard]] bool feed(std::string_view bytes);
  // The body has ended.
  [[nodiscard]] bool finish();
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  enum class Mode { kStart, kLines, kValues, kArray, kAfterArray, kBroken };
  enum class Scan { kGoesOn, kEnds, kEndsBefore };  // the value: with or before this byte

  void start(char c);
  // Each takes a part of `bytes` and returns how much.
  [[nodiscard]] std::size_t feed_lines(std::string_view bytes);
  [[nodiscard]] std::size_t feed_between(char c);
  [[nodiscard]] std::size_t feed_value(std::string_view bytes);
  void begin_value(char c) noexcept;
  [[nodiscard]] Scan scan(char c) noexcept;
  void keep(std::string_view piece);
  void end_value(std::string_view piece);
  void emit_line(std::string_view line);
  void fail_at(std::string_view what);

  BodyForm form_;
  std::size_t max_;
  Callbacks callbacks_;
  Framer framer_;
  Mode mode_ = Mode::kStart;
  std::uint64_t n_bytes_ = 0;  // of the body, for messages
  std::string error_;

  // The value that is being read.
  bool in_value_ = false;
  bool is_scalar_ = false;  // neither object, array nor string: ends where something else begins
  bool in_string_ = false;
  bool escaped_ = false;
  bool is_one_line_ = true;
  bool is_broken_line_ = false;  // a line break in a string: the lines after it are others
  bool is_skipped_ = false;      // too long, and reported
  std::size_t depth_ = 0;
  std::string partial_;

  std::uint64_t n_values_ = 0;
  bool wants_comma_ = false;  // in an array, after an element
};

}  // namespace ringside
