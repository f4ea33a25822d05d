// The worker writes the file, although `ringside revoke` could: the command may be run by anybody
// who may write to the control segment, and two commands at once would need a lock around a slow
// disk. The command learns from the control segment what has been written.
//
// A snapshot is taken without a lock. The generation is read first, so a change during the snapshot
// shows as another generation and the file is written again.
#include "worker/revocation_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <iterator>
#include <memory>

#include "core/base/log.hpp"
#include "core/base/read_file.hpp"
#include "core/base/text.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {
namespace {

constexpr std::string_view kHead = "ringside revocations 1";
constexpr std::string_view kEnd = "end ";
constexpr std::chrono::minutes kForgetInterval{1};
constexpr std::chrono::seconds kRetryInterval{30};

template <class Number>
[[nodiscard]] bool parse_number(std::string_view text, int base, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

[[nodiscard]] std::optional<RevocationRecord> parse_record(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  RevocationRecord record;
  std::int64_t time_ns = 0;
  std::int64_t until_ns = 0;
  if (words.size() != 3 || !parse_number(words[0], 16, record.key) ||
      !parse_number(words[1], 10, time_ns) || !parse_number(words[2], 10, until_ns) ||
      record.key < 2 || time_ns < 0 || until_ns < 0) {
    return std::nullopt;
  }
  record.time = wall_from_ns(time_ns);
  if (until_ns != 0) {
    record.until = wall_from_ns(until_ns);
  }
  return record;
}

[[nodiscard]] Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) {
      return fail_errno("write");
    }
    text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  return {};
}

// Whole or not at all, also when the machine loses its power.
[[nodiscard]] Status replace_file(const std::string& path, std::string_view text) {
  const std::string directory = path.substr(0, path.rfind('/'));
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    return fail_errno("make " + directory);
  }
  const std::string fresh_path = path + ".new";
  const UniqueFd fd(
      ::open(fresh_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) {
    return fail_errno("create " + fresh_path);
  }
  if (auto written = write_all(fd.get(), text); !written) {
    return fail_from(written.error(), fresh_path);
  }
  if (::fsync(fd.get()) != 0) {
    return fail_errno("fsync " + fresh_path);
  }
  if (::rename(fresh_path.c_str(), path.c_str()) != 0) {
    return fail_errno("rename " + fresh_path);
  }
  const UniqueFd directory_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_fd.valid() || ::fsync(directory_fd.get()) != 0) {
    return fail_errno("fsync " + directory);
  }
  return {};
}

}  // namespace

std::string format_revocations(const std::vector<RevocationRecord>& revocations) {
  std::string text = fmt::format("{}\n", kHead);
  for (const RevocationRecord& record : revocations) {
    fmt::format_to(std::back_inserter(text), "{:016x} {} {}\n", record.key, to_ns(record.time),
                   record.until ? to_ns(*record.until) : 0);
  }
  fmt::format_to(std::back_inserter(text), "{}{}\n", kEnd, revocations.size());
  return text;
}

Result<std::vector<RevocationRecord>> parse_revocations(std::string_view text) {
  std::vector<RevocationRecord> records;
  std::size_t number = 0;
  bool is_complete = false;
  while (!text.empty() && !is_complete) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      break;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++number;
    if (number == 1) {
      if (line != kHead) {
        return fail("line 1: is not \"" + std::string(kHead) + "\"");
      }
    } else if (line.starts_with(kEnd)) {
      std::size_t count = 0;
      if (!parse_u64(line.substr(kEnd.size()), count) || count != records.size()) {
        return fail(fmt::format("line {}: the number of revocations does not match", number));
      }
      is_complete = true;
    } else if (const auto record = parse_record(line)) {
      records.push_back(*record);
    } else {
      return fail(fmt::format("line {}: is not a revocation", number));
    }
  }
  if (!is_complete || !text.empty()) {
    return fail(fmt::format("line {}: the file does not end where it should", number + 1));
  }
  return records;
}

struct RevocationStore::Job {
  uv_work_t request{};
  RevocationStore* store = nullptr;  // none: gone meanwhile
  std::string path;
  std::vector<RevocationRecord> records;
  std::uint64_t generation = 0;
  Status status;
};

RevocationStore::RevocationStore(uv_loop_t& loop, const std::string& state_dir,
                                 ControlSegment& control)
    : loop_(loop), path_(state_dir + "/revocations"), control_(control) {}

RevocationStore::~RevocationStore() {
  if (job_ != nullptr) {
    job_->store = nullptr;
  }
}

Status RevocationStore::load() {
  const std::string context = "cannot load revocations: " + path_;
  const auto text = read_whole_file(path_);
  if (!text) {
    const int code = text.error().errno_value;
    return code == ENOENT || code == ENOTDIR ? Status() : fail_from(text.error(), context);
  }
  const auto records = parse_revocations(*text);
  if (!records) {
    return fail(
        fmt::format("{}: {}; restore a backup of it, or remove it and repeat the revocations",
                    context, records.error().message));
  }
  if (const std::size_t n_left = control_.restore_revocations(*records); n_left != 0) {
    return fail(
        fmt::format("{}: {} of {} do not fit, {} is the limit; replace the keys that sign tokens, "
                    "which ends all "
                    "tokens, and remove the file",
                    context, n_left, records->size(), ControlSegment::kMaxRevocations));
  }
  return {};
}

void RevocationStore::update(std::chrono::milliseconds keep) {
  forget(keep);
  save_changes();
}

void RevocationStore::forget(std::chrono::milliseconds keep) {
  const MonoTime now = system_clock().mono_now();
  if (forgot_at_ && now - *forgot_at_ < kForgetInterval) {
    return;
  }
  forgot_at_ = now;
  if (const std::size_t n = control_.forget_revocations(keep); n != 0) {
    log::info("{} revocations have ended and are forgotten; {} are kept", n,
              control_.n_revocations());
  }
}

void RevocationStore::save_changes() {
  const std::uint64_t generation = control_.revocation_generation();
  if (job_ != nullptr || saved_generation_ == generation ||
      (failed_at_ && system_clock().mono_now() - *failed_at_ < kRetryInterval)) {
    return;
  }
  auto job = std::make_unique<Job>();
  job->store = this;
  job->path = path_;
  job->generation = generation;
  job->records = control_.revocations();
  if (job->records.empty() && !saved_generation_ && ::access(path_.c_str(), F_OK) != 0) {
    saved_generation_ = generation;  // nobody has ever revoked anything here
    return;
  }
  job->request.data = job.get();
  const auto work = [](uv_work_t* request) {
    auto* const its = static_cast<Job*>(request->data);
    its->status = replace_file(its->path, format_revocations(its->records));
  };
  const auto done = [](uv_work_t* request, int) {
    const std::unique_ptr<Job> its(static_cast<Job*>(request->data));
    if (its->store != nullptr) {
      its->store->finish(*its);
    }
  };
  if (uv_queue_work(&loop_, &job->request, work, done) == 0) {
    job_ = job.release();
  }
}

void RevocationStore::finish(const Job& job) {
  job_ = nullptr;
  if (job.status) {
    failed_at_.reset();
    saved_generation_ = job.generation;
    control_.set_saved_revocations({job.generation, 0});
    save_changes();  // what changed meanwhile
    return;
  }
  failed_at_ = system_clock().mono_now();
  control_.set_saved_revocations(
      {control_.saved_revocations().generation, job.status.error().errno_value});
  log::error("cannot save revocations, a reboot would forget them: {}; trying again in {} s",
             job.status.error().message, kRetryInterval.count());
}

}  // namespace ringside
