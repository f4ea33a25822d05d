#pragma once
// SchemaSet: the schemas of a directory, one file a type: TaskStatusChanged.schema.json. Threads:
// const after load(); any.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/result.hpp"
#include "core/event/type.hpp"
#include "core/schema/schema.hpp"

namespace ringside {

class SchemaSet {
 public:
  struct Entry {
    EventType type = EventType::kCustom;
    std::unique_ptr<Schema> schema;  // null for a core type without a file
  };

  // Reads every *.schema.json of `dir`. Other files are left alone. A core type whose file is
  // missing is taken as it comes; `n_missing_core` counts those, for a warning.
  //   Errors: no such directory; a file that is not JSON or not a schema; a file name that is no
  //   event type.
  [[nodiscard]] static Result<std::unique_ptr<SchemaSet>> load(const std::string& dir);

  // The entry for a type; null for a custom type without a schema.
  [[nodiscard]] const Entry* find(std::string_view event_type) const noexcept;

  [[nodiscard]] std::size_t n_schemas() const noexcept { return n_schemas_; }
  [[nodiscard]] std::size_t n_missing_core() const noexcept;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::size_t n_schemas_ = 0;
};

}  // namespace ringside
