// Copies that a glob finds beside the file that they were made of. Fingerprints of the first bytes tell them, since names do
// not: logrotate's copytruncate, `cp app.log app.bak.log`, and a backup look alike.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "worker/sources/files/tail_names.hpp"
#include "worker/sources/files/tail_set.hpp"

namespace ringside {
// Whether the file of the position has other contents now, or is there no more.
bool TailSet::was_truncated(const TailPosition& left) const {
  auto file = open_left(left);
  return !file || !file->resume(left);
}

// A copy that was made while no worker ran: the last worker's position in the original says how much of it is sent.
bool TailSet::resume_as_copy(Followed& followed) {
  for (const TailPosition& left : left_) {
    if (!is_named_as_copy(left.path, followed.file.path())) {
      continue;
    }
    auto n_sent = followed.file.emitted_of({{left.fingerprint, left.offset}});
    if (!n_sent || !was_truncated(left)) {
      n_sent = followed.file.emitted_of(left.earlier);
    }
    if (n_sent) {
      followed.file.begin_at(*n_sent);
      ++counts_.n_copies;
      return true;
    }
  }
  return false;
}

// logrotate's copytruncate makes a copy and truncates the original; the lines between the last look
// and the truncation are in the copy alone. A new app.log beside app.log.1 is its successor, however alike their lines are.
void TailSet::begin_as_copy(Followed& followed) {
  for (const auto& [id, other] : files_) {
    if (!other.has_name || !is_named_as_copy(other.file.path(), followed.file.path()) ||
        other.file.path().starts_with(followed.file.path())) {
      continue;
    }
    if (const auto n_sent = followed.file.emitted_of(other.file.earlier())) {
      followed.file.begin_at(*n_sent);
      ++counts_.n_copies;
      return;
    }
    if (followed.file.begins_like(other.file) || followed.file.holds(other.file.generation())) {
      followed.copy_of = id;
      ++counts_.n_copies;
      return;
    }
  }
}

bool TailSet::waits_as_copy(Followed& followed) {
  if (!followed.copy_of) {
    return false;
  }
  const auto original = files_.find(*followed.copy_of);
  if (original == files_.end()) {
    followed.file.begin_at_end();
  } else if (const auto n_sent = followed.file.emitted_of(original->second.file.earlier())) {
    followed.file.begin_at(*n_sent);
  } else if (followed.file.begins_like(original->second.file)) {
    return true;
  }
  followed.copy_of.reset();  // it is a file of its own by now
  return false;
}

// Whether another file has the whole of the line of which half is left over.
bool TailSet::has_copy_of_left_over(const Followed& followed) const {
  return std::ranges::any_of(files_, [&](const auto& entry) {
    const TailFile& other = entry.second.file;
    return &entry.second != &followed && is_named_as_copy(followed.file.path(), other.path()) &&
           other.holds(*followed.file.left_over());
  });
}

// Half a line waited for a copy that has the whole: that will emit it, or did so already.
void TailSet::settle_left_over(Followed& followed, const LineSink& sink) {
  if (!followed.file.left_over()) {
    return;
  }
  if (!has_copy_of_left_over(followed)) {
    scan();  // it may have been made since the last time
  }
  if (has_copy_of_left_over(followed)) {
    followed.file.forget_left_over();
  } else {
    followed.file.flush_left_over(sink);
  }
}

}  // namespace ringside
