#pragma once
// SchemaCompiler: a JSON Schema document in, the nodes of a Schema out. Threads: one; used once.

#include <map>
#include <string>
#include <string_view>

#include "core/schema/schema_node.hpp"

namespace ringside {

class SchemaCompiler {
 public:
  explicit SchemaCompiler(JsonRef document) : document_(document) {}
  [[nodiscard]] Result<std::unique_ptr<Schema>> compile();

 private:
  using Node = Schema::Node;

  // Each returns false after it has said in error_ what is wrong, and where.
  [[nodiscard]] const Node* compile_node(JsonRef schema, const std::string& place);
  [[nodiscard]] bool keyword(Node& node, std::string_view name, JsonRef value,
                             const std::string& place);
  [[nodiscard]] bool structure(Node& node, std::string_view name, JsonRef value,
                               const std::string& place);
  [[nodiscard]] bool limit(Node& node, std::string_view name, JsonRef value,
                           const std::string& place);
  [[nodiscard]] bool types(Node& node, JsonRef value, const std::string& place);
  [[nodiscard]] bool properties(Node& node, JsonRef value, const std::string& place);
  [[nodiscard]] bool required(Node& node, JsonRef value, const std::string& place);
  [[nodiscard]] bool reference(Node& node, JsonRef value, const std::string& place);
  bool wrong(const std::string& place, std::string_view what);

  JsonRef document_;
  std::unique_ptr<Schema> made_;
  std::map<std::string, const Node*, std::less<>> refs_;
  std::string error_;
  unsigned depth_ = 0;
};

}  // namespace ringside
