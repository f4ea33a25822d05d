// A seal that claims more than the file has is none: the file was cut off, and is walked like one that was not sealed.
#include "core/segments/segment_list.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/segments/write_fully.hpp"

namespace ringside {

Result<std::vector<Seq>> list_segments(const std::string& dir) {
  struct Close {
    void operator()(DIR* open) const noexcept { ::closedir(open); }
  };
  const std::unique_ptr<DIR, Close> open(::opendir(dir.c_str()));
  if (open == nullptr) {
    return fail_errno("cannot read " + dir);
  }
  std::vector<Seq> names;
  while (const dirent* const entry = ::readdir(open.get())) {
    if (const auto first = parse_segment_name(entry->d_name)) {
      names.push_back(*first);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<SegmentHead> read_segment_head(int fd) {
  struct {
    IdentityWords identity;
    SealWords seal;
  } words{};
  static_assert(sizeof words == kSealOffset + kSealWords * 8);
  const ssize_t n = ::pread(fd, &words, sizeof words, 0);
  if (n < 0) {
    return fail_errno("cannot read a segment");
  }
  Result<SegmentIdentity> identity = decode_identity(words.identity);
  if (!identity) {
    return tl::unexpected<Error>(identity.error());
  }
  SegmentHead head{*identity, decode_seal(words.seal)};
  struct stat status {};
  if (head.seal && (::fstat(fd, &status) != 0 || head.seal->end < identity->first ||
                    static_cast<std::uint64_t>(status.st_size) < head.seal->data_end)) {
    head.seal.reset();
  }
  return head;
}

Status unseal_segment(int fd) {
  const SealWords none{};
  return write_fully(fd, std::as_bytes(std::span(none)), kSealOffset);
}

}  // namespace ringside
