#include "core/shm/mapping.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

RS_TEST(mapping_shows_the_files_bytes) {
  const TempDir dir;
  const UniqueFd fd(::open(dir.write("file", std::string(8192, 'm')).c_str(), O_RDONLY));
  const Mapping mapping = RS_UNWRAP(Mapping::make(fd.get(), 8192, Access::kReadOnly));
  RS_EXPECT(mapping.valid());
  RS_EXPECT_EQ(mapping.size(), 8192U);
  RS_EXPECT_EQ(static_cast<char>(mapping.data()[8191]), 'm');
}

RS_TEST(what_one_mapping_writes_another_sees_and_the_file_has) {
  const TempDir dir;
  const std::string path = dir.write("file", std::string(4096, '.'));
  const UniqueFd fd(::open(path.c_str(), O_RDWR));
  const Mapping writing = RS_UNWRAP(Mapping::make(fd.get(), 4096, Access::kReadWrite));
  const Mapping reading = RS_UNWRAP(Mapping::make(fd.get(), 4096, Access::kReadOnly));
  writing.data()[7] = std::byte{'x'};
  RS_EXPECT_EQ(static_cast<char>(reading.data()[7]), 'x');
  RS_EXPECT_EQ(read_file(path)[7], 'x');
}

RS_TEST(read_only_mapping_cannot_be_written) {
  const TempDir dir;
  const UniqueFd fd(::open(dir.write("file", std::string(4096, '.')).c_str(), O_RDWR));
  const Mapping mapping = RS_UNWRAP(Mapping::make(fd.get(), 4096, Access::kReadOnly));
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would report it
    *reinterpret_cast<volatile char*>(mapping.data()) = 'x';
    ::_exit(0);
  }
  int status = 0;
  RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
  RS_EXPECT(WIFSIGNALED(status));
  RS_EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

RS_TEST(mapping_outlives_its_descriptor_and_moves) {
  const TempDir dir;
  UniqueFd fd(::open(dir.write("file", std::string(4096, 'k')).c_str(), O_RDONLY));
  Mapping first = RS_UNWRAP(Mapping::make(fd.get(), 4096, Access::kReadOnly));
  fd.reset();
  Mapping second(std::move(first));
  RS_EXPECT(!first.valid());  // NOLINT(bugprone-use-after-move): this is what a moved-from mapping
                              // promises
  Mapping third;
  third = std::move(second);
  RS_EXPECT_EQ(static_cast<char>(third.data()[0]), 'k');
  RS_EXPECT_EQ(third.size(), 4096U);
}

RS_TEST(mapping_fails_for_an_empty_file_and_for_no_file) {
  RS_EXPECT(!Mapping::make(-1, 4096, Access::kReadOnly).has_value());
  const TempDir dir;
  const UniqueFd fd(::open(dir.write("file", "").c_str(), O_RDONLY));
  const auto empty = Mapping::make(fd.get(), 0, Access::kReadOnly);
  RS_EXPECT(!empty.has_value());
  RS_EXPECT_CONTAINS(empty.error().message, "empty");
}

}  // namespace ringside::test
