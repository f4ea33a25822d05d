// What one worker tells the next: how far each file was read, and which globs it had looked at.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "worker/sources/files/tail_set.hpp"

namespace ringside {
namespace {

constexpr std::int64_t kStateVersion = 1;
// The last worker may have had room for more files: those that are left out now keep their positions.
constexpr std::size_t kMaxLeft = 65'536;

// 64-bit numbers as text: jansson's integers are signed.
void add_generation(Json& to, const FileGeneration& generation) {
  to.set("offset", fmt::format("{}", generation.n_read))
      .set("first_bytes", fmt::format("{}", generation.fingerprint.n_bytes))
      .set("first_hash", fmt::format("{}", generation.fingerprint.hash));
}

void add_id(Json& to, const FileId& id) {
  to.set("device", fmt::format("{}", id.device)).set("inode", fmt::format("{}", id.inode));
}

Json json_of(const TailPosition& position) {
  Json one = Json::object();
  one.set("path", position.path);
  add_id(one, position.id);
  add_generation(one, {position.fingerprint, position.offset});
  if (!position.earlier.empty()) {
    Json earlier = Json::array();
    for (const FileGeneration& generation : position.earlier) {
      Json each = Json::object();
      add_generation(each, generation);
      earlier.append(each);
    }
    one.set("earlier", earlier);
  }
  return one;
}

bool read_number(JsonRef one, std::string_view member, std::uint64_t& out) {
  return parse_u64(one[member].as_string().value_or(""), out);
}

bool read_id(JsonRef one, FileId& out) {
  return read_number(one, "device", out.device) && read_number(one, "inode", out.inode);
}

std::optional<FileGeneration> generation_of(JsonRef one) {
  FileGeneration made;
  return read_number(one, "offset", made.n_read) &&
                 read_number(one, "first_bytes", made.fingerprint.n_bytes) &&
                 read_number(one, "first_hash", made.fingerprint.hash)
             ? std::optional(made)
             : std::nullopt;
}

}  // namespace

bool TailSet::load_state(std::string_view text) {
  const auto parsed = Json::parse(text);
  if (!parsed || (*parsed)["version"].as_integer() != kStateVersion ||
      !(*parsed)["files"].is_array()) {
    return false;
  }
  (*parsed)["files"].for_each_element([&](JsonRef one) {
    const auto generation = generation_of(one);
    TailPosition left;
    left.path = one["path"].as_string().value_or("");
    if (generation && read_id(one, left.id)) {
      left.fingerprint = generation->fingerprint;
      left.offset = generation->n_read;
      one["earlier"].for_each_element([&](JsonRef each) {
        if (const auto earlier = generation_of(each)) {
          left.earlier.push_back(*earlier);
        }
        return left.earlier.size() < TailFile::kMaxEarlier;
      });
      left_.push_back(std::move(left));
    }
    return left_.size() < kMaxLeft;
  });
  (*parsed)["left_out"].for_each_element([&](JsonRef one) {
    if (FileId id; read_id(one, id)) {
      left_out_.insert(id);
    }
    return left_out_.size() < kMaxLeft;
  });
  (*parsed)["globs"].for_each_element([&](JsonRef one) {
    const auto known = std::ranges::find(globs_, one.as_string().value_or(""), &Glob::pattern);
    if (known != globs_.end()) {
      known->scanned = true;
    }
    return true;
  });
  return true;
}

std::string TailSet::state() const {
  Json files = Json::array();
  for (const auto& [id, followed] : files_) {
    if (followed.copy_of) {
      continue;  // nothing of it was sent; the next worker finds out again of which file it is a copy
    }
    TailPosition position = followed.file.position();
    position.offset =
        std::min(position.offset, followed.joiner.pending_offset().value_or(position.offset));
    files.append(json_of(position));
  }
  for (const auto& left : left_) {
    files.append(json_of(left));
  }
  // A file that appears under a pattern of the last worker is new: it was made while none ran, or since
  // this was written. Not so one that was there and
  // could not be followed: perhaps this worker is started to give it room, or the permission.
  Json globs = Json::array();
  for (const Glob& glob : globs_) {
    if (glob.scanned) {
      globs.append(Json::string(glob.pattern));
    }
  }
  Json left_out = Json::array();
  for (const FileId& id : left_out_) {
    Json one = Json::object();
    add_id(one, id);
    left_out.append(one);
  }
  Json state = Json::object();
  state.set("version", kStateVersion).set("globs", globs);
  return state.set("left_out", left_out).set("files", files).dump();
}

}  // namespace ringside
