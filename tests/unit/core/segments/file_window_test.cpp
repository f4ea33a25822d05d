#include "core/segments/file_window.hpp"

#include <fcntl.h>

#include "core/base/unique_fd.hpp"
#include "tests/support/segments_fixture.hpp"

namespace ringside::test {

RS_TEST(window_gives_what_the_file_has_and_no_more) {
  const TempDir dir;
  const std::string content = text_of(7, 9000) + std::string(5000, 'x');
  const UniqueFd fd(::open(dir.write("file", content).c_str(), O_RDONLY));
  FileWindow window(fd.get(), 512);
  const auto text = [&](std::uint64_t at, std::size_t n) {
    const auto bytes = window.get(at, n);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (const std::size_t n : {0U, 1U, 40U, 512U, 513U, 4000U}) {
    for (std::size_t at = 0; at < content.size() + 10; at += 97) {
      RS_EXPECT(text(at, n) == (at < content.size() ? content.substr(at, n) : ""));
    }
  }
  RS_EXPECT_EQ(text(content.size() - 3, 1U << 30U).size(), 3U);  // a length that was never written
  FileWindow closed(-1, 512);
  RS_EXPECT_EQ(closed.get(0, 10).size(), 0U);
}

RS_TEST(a_record_is_taken_only_whole_at_its_place_and_with_its_sequence) {
  Segments segments;
  segments.fill(3);
  const UniqueFd fd(::open(segments.file(1).c_str(), O_RDONLY));
  FileWindow window(fd.get(), 4096);
  const auto first = record_at(window, kSegmentDataOffset, Seq{1}, Payload::kChecked);
  RS_EXPECT(first.has_value());
  RS_EXPECT_EQ(first->end() % 8, 0U);
  RS_EXPECT(record_at(window, first->end(), Seq{2}, Payload::kNotNeeded).has_value());
  RS_EXPECT(!record_at(window, first->end(), Seq{3}, Payload::kNotNeeded).has_value());
  RS_EXPECT(!record_at(window, first->end() + 1, Seq{2}, Payload::kNotNeeded).has_value());
  RS_EXPECT(!record_at(window, first->end() + 8, Seq{2}, Payload::kNotNeeded).has_value());
  RS_EXPECT(!record_at(window, ~std::uint64_t{7}, Seq{2}, Payload::kNotNeeded).has_value());
  flip_byte(segments.file(1), kSegmentDataOffset + kRecordHeaderBytes + 2);
  window.forget();
  RS_EXPECT(record_at(window, kSegmentDataOffset, Seq{1}, Payload::kNotNeeded).has_value());
  RS_EXPECT(!record_at(window, kSegmentDataOffset, Seq{1}, Payload::kChecked).has_value());
}

}  // namespace ringside::test
