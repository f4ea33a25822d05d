// The frames of a body, cut at every place.
#include "worker/ingest/frame_reader.hpp"

#include <string>

#include "core/proto/ingest_wire.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::string framed(std::string_view data) {
  const auto head = ingest_frame_head(static_cast<std::uint32_t>(data.size()));
  return std::string(head.data(), head.size()) + std::string(data);
}

RS_TEST(data_is_the_same_wherever_it_was_cut) {
  const std::string large(70'000, 'x');
  const std::string stream = framed("abc") + framed(large) + framed("d") + framed("");
  for (const std::size_t n : {1U, 3U, 4U, 5U, 4096U, 100'000U}) {
    FrameReader reader;
    std::string data;
    for (std::string_view rest = stream; !rest.empty();) {
      std::string_view part = rest.substr(0, n);
      rest.remove_prefix(part.size());
      for (std::string_view piece = reader.next(part); !piece.empty(); piece = reader.next(part)) {
        data += piece;
      }
    }
    RS_EXPECT_EQ(data, "abc" + large + "d");
    RS_EXPECT(reader.at_end());
  }
}

RS_TEST(the_end_is_the_empty_frame_and_nothing_else) {
  FrameReader reader;
  const std::string data(8, '\0');  // looks like two ends, and is data
  const std::string stream = framed(data);
  std::string_view rest = stream;
  RS_EXPECT_EQ(reader.next(rest), data);
  RS_EXPECT(!reader.at_end());
  const std::string end = framed("") + framed("late");
  rest = end;
  RS_EXPECT(reader.next(rest).empty());
  RS_EXPECT(reader.at_end());
  RS_EXPECT(reader.next(rest).empty());
}

}  // namespace
