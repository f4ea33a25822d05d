// The seal says that everything before it is there, so it is written when that is true: after the sync of the records.
#include "core/segments/segment_sync.hpp"

#include <unistd.h>

#include "core/segments/write_fully.hpp"

namespace ringside {

Status SegmentSync::run() const {
  for (const File& file : files_) {
    if (::fdatasync(file.fd->get()) != 0) {
      return fail_errno("cannot sync a segment");
    }
    if (file.seal) {
      const SealWords seal = encode_seal(*file.seal);
      if (Status written = write_fully(file.fd->get(), std::as_bytes(std::span(seal)), kSealOffset);
          !written) {
        return written;
      }
      if (::fdatasync(file.fd->get()) != 0) {
        return fail_errno("cannot sync the seal of a segment");
      }
    }
  }
  if (directory_ != nullptr && ::fsync(directory_->get()) != 0) {
    return fail_errno("cannot sync the directory of segments");
  }
  return {};
}

}  // namespace ringside
