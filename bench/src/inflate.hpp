// permessage-deflate, the receiving side (RFC 7692).
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace ringside::bench {

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Inflates one message. The window is kept from message to message; a sender that resets its own
  // is understood all the same.
  //   Returns: the text, good until the next call.
  //   Throws std::runtime_error when it is not deflate.
  [[nodiscard]] std::string_view inflate_message(std::string_view compressed);

 private:
  void feed(std::string_view input);

  z_stream stream_{};
  std::string out_;
  std::size_t used_ = 0;
};

}  // namespace ringside::bench
