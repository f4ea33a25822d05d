// The file's name is the type's: no index to keep in step, and an owner adds a type by copying a
// file. A broken file stops the start, and on a reload leaves the old set in place: a rule that
// silently is not there would be worse than either.
#include "core/schema/schema_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/base/read_file.hpp"

namespace ringside {
namespace {

constexpr std::string_view kEnding = ".schema.json";
constexpr std::size_t kMaxFileBytes = 1U << 20U;

Result<std::unique_ptr<Schema>> load_file(const std::filesystem::path& path) {
  const auto text = read_whole_file(path.string());
  if (!text) {
    return tl::unexpected(text.error());
  }
  if (text->size() > kMaxFileBytes) {
    return fail("is larger than 1 MiB");
  }
  const auto document = Json::parse(*text, {.max_depth = 64});
  if (!document) {
    return fail(fmt::format("is not JSON: {} (byte {})", document.error().message,
                            document.error().offset));
  }
  return Schema::make(document->ref());
}

}  // namespace

Result<std::unique_ptr<SchemaSet>> SchemaSet::load(const std::string& dir) {
  auto made = std::make_unique<SchemaSet>();
  for (const EventTypeName& core : core_event_types()) {
    made->entries_.emplace(core.full, Entry{core.type, nullptr});
  }
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().filename().string().ends_with(kEnding)) {
      paths.push_back(at->path());
    }
  }
  if (error) {
    return fail(fmt::format("schema_dir: {}: {}", dir, error.message()));
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::string name = path.filename().string();
    name.resize(name.size() - kEnding.size());
    if (!is_valid_event_name(name)) {
      return fail(fmt::format("schema {}: \"{}\" is not a name that an event type can have",
                              path.string(), name));
    }
    auto schema = load_file(path);
    if (!schema) {
      return fail_from(schema.error(), "schema " + path.string());
    }
    Entry& entry = made->entries_[name];
    entry.type = event_type_of(name);
    entry.schema = std::move(*schema);
    ++made->n_schemas_;
  }
  return made;
}

const SchemaSet::Entry* SchemaSet::find(std::string_view event_type) const noexcept {
  const auto found = entries_.find(event_type);
  return found == entries_.end() ? nullptr : &found->second;
}

std::size_t SchemaSet::n_missing_core() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [](const auto& entry) { return entry.second.schema == nullptr; }));
}

}  // namespace ringside
