// Each kind is a class of a few lines behind one virtual call; a filter is a short list of them. A
// closed set of lambdas would be as fast and could not say its key.
#include "core/policy/filter_condition.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {
namespace {

// Sorted, each once, in brackets: how a set of values is in a key.
std::string set_key(std::vector<std::string> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::string out = "[";
  for (const std::string& value : values) {
    out += out.size() > 1 ? "," : "";
    out += value;
  }
  return out + "]";
}

std::vector<std::string> keys_of(const std::vector<FilterValue>& values) {
  std::vector<std::string> keys;
  for (const FilterValue& value : values) {
    value.append_key(keys.emplace_back());
  }
  return keys;
}

std::size_t bytes_of(const std::vector<std::string>& texts) noexcept {
  std::size_t n_bytes = 0;
  for (const std::string& text : texts) {
    n_bytes += sizeof(text) + text.capacity();
  }
  return n_bytes;
}

std::size_t bytes_of(const std::vector<FilterValue>& values) noexcept {
  std::size_t n_bytes = 0;
  for (const FilterValue& value : values) {
    n_bytes += value.n_bytes();
  }
  return n_bytes;
}

bool equals_any(const std::vector<FilterValue>& values, JsonRef member) noexcept {
  return std::ranges::any_of(values,
                             [&](const FilterValue& value) { return value.equals(member); });
}

std::optional<LogLevel> level_in(JsonRef member) noexcept {
  const auto text = member.as_string();
  return text ? parse_log_level(*text) : std::nullopt;
}

// Null when there are too many hashes.
std::unique_ptr<const IndexedCondition> make_index(std::shared_ptr<const FilterPath> path,
                                                   bool by_level, std::vector<std::uint32_t> hashes,
                                                   const std::vector<FilterValue>& values) {
  for (const FilterValue& value : values) {
    value.append_hashes(hashes);
  }
  if (hashes.size() > IndexedCondition::kMostHashes) {
    return nullptr;
  }
  return std::make_unique<const IndexedCondition>(
      IndexedCondition{IndexedMember(std::move(path), by_level), std::move(hashes)});
}

std::size_t bytes_of(const std::unique_ptr<const IndexedCondition>& index) noexcept {
  return index == nullptr ? 0 : sizeof(*index) + index->hashes.capacity() * sizeof(std::uint32_t);
}

class Equality final : public Condition {
 public:
  Equality(FilterPath path, const std::vector<FilterValue>& values)
      : path_(std::make_shared<const FilterPath>(std::move(path))),
        values_(values),
        index_(make_index(path_, false, {}, values_)) {}

  [[nodiscard]] bool holds(const EventView& event) const override {
    const JsonRef member = path_->read(event);
    return member.present() && equals_any(values_, member);
  }
  [[nodiscard]] std::string_view path() const noexcept override { return path_->text(); }
  [[nodiscard]] const IndexedCondition* index() const noexcept override { return index_.get(); }
  [[nodiscard]] std::string key() const override {
    std::string out = "equals ";
    append_json_string(out, path_->text());
    return out + set_key(keys_of(values_));
  }
  // A value is compared in some ten nanoseconds.
  [[nodiscard]] bool is_costly() const noexcept override { return values_.size() > kManyValues; }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    return sizeof(*this) + sizeof(FilterPath) + path_->text().size() + bytes_of(values_) +
           bytes_of(index_);
  }

 private:
  static constexpr std::size_t kManyValues = 32;
  std::shared_ptr<const FilterPath> path_;
  std::vector<FilterValue> values_;
  std::unique_ptr<const IndexedCondition> index_;
};

class Level final : public Condition {
 public:
  Level(const std::vector<LogLevel>& levels, const std::vector<FilterValue>& values)
      : values_(values) {
    std::vector<std::uint32_t> hashes;
    for (const LogLevel level : levels) {
      set_ |= bit(level);
      hashes.push_back(hash_member_level(level));
    }
    index_ = make_index(path_, true, std::move(hashes), values_);
  }
  [[nodiscard]] const IndexedCondition* index() const noexcept override { return index_.get(); }
  [[nodiscard]] bool holds(const EventView& event) const override {
    const JsonRef member = path_->read(event);
    const auto level = level_in(member);
    return level ? (set_ & bit(*level)) != 0 : member.present() && equals_any(values_, member);
  }
  [[nodiscard]] std::string_view path() const noexcept override { return path_->text(); }
  [[nodiscard]] std::string key() const override {
    return "level " + std::to_string(set_) + set_key(keys_of(values_));
  }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    return sizeof(*this) + sizeof(FilterPath) + bytes_of(values_) + bytes_of(index_);
  }

 private:
  static unsigned bit(LogLevel level) noexcept { return 1u << static_cast<unsigned>(level); }
  std::shared_ptr<const FilterPath> path_ = std::make_shared<const FilterPath>("level");
  unsigned set_ = 0;
  std::vector<FilterValue> values_;
  std::unique_ptr<const IndexedCondition> index_;
};

class MinLevel final : public Condition {
 public:
  explicit MinLevel(LogLevel least) : least_(least) {
    std::vector<std::uint32_t> hashes;
    for (auto level = static_cast<unsigned>(least);
         level <= static_cast<unsigned>(LogLevel::kEmergency); ++level) {
      hashes.push_back(hash_member_level(static_cast<LogLevel>(level)));
    }
    index_ = make_index(path_, true, std::move(hashes), {});
  }
  [[nodiscard]] const IndexedCondition* index() const noexcept override { return index_.get(); }
  [[nodiscard]] bool holds(const EventView& event) const override {
    const auto level = level_in(path_->read(event));
    return level && *level >= least_;
  }
  [[nodiscard]] std::string_view path() const noexcept override { return path_->text(); }
  [[nodiscard]] std::string key() const override {
    return "min_level " + std::to_string(static_cast<int>(least_));
  }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    return sizeof(*this) + sizeof(FilterPath) + bytes_of(index_);
  }

 private:
  std::shared_ptr<const FilterPath> path_ = std::make_shared<const FilterPath>("level");
  LogLevel least_;
  std::unique_ptr<const IndexedCondition> index_;
};

class Names final : public Condition {
 public:
  explicit Names(std::vector<std::string> globs) : globs_(std::move(globs)) {}
  [[nodiscard]] bool holds(const EventView& event) const override {
    const auto name = event.root["data"]["metric_name"].as_string();
    return name && std::ranges::any_of(
                       globs_, [&](const std::string& glob) { return glob_matches(glob, *name); });
  }
  [[nodiscard]] std::string_view path() const noexcept override { return "data.metric_name"; }
  [[nodiscard]] std::string key() const override {
    std::vector<std::string> quoted;
    for (const std::string& glob : globs_) {
      append_json_string(quoted.emplace_back(), glob);
    }
    return "names " + set_key(std::move(quoted));
  }
  [[nodiscard]] bool is_costly() const noexcept override { return globs_.size() > kManyGlobs; }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    return sizeof(*this) + bytes_of(globs_);
  }

 private:
  static constexpr std::size_t kManyGlobs = 8;
  std::vector<std::string> globs_;
};

class Search final : public Condition {
 public:
  explicit Search(SearchPatterns patterns) : patterns_(std::move(patterns)) {}
  [[nodiscard]] bool holds(const EventView& event) const override {
    return patterns_.occur_in(event.root["data"]) || patterns_.occur_in(event.root["metadata"]);
  }
  [[nodiscard]] std::string_view path() const noexcept override { return kEveryPath; }
  [[nodiscard]] std::string key() const override { return "search " + set_key(patterns_.keys()); }
  [[nodiscard]] bool is_costly() const noexcept override { return true; }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    return sizeof(*this) + patterns_.n_bytes() + bytes_of(patterns_.keys());
  }

 private:
  SearchPatterns patterns_;
};

}  // namespace

std::unique_ptr<Condition> make_equality(FilterPath path, const std::vector<FilterValue>& values) {
  return std::make_unique<Equality>(std::move(path), values);
}
std::unique_ptr<Condition> make_level(const std::vector<LogLevel>& levels,
                                      const std::vector<FilterValue>& values) {
  return std::make_unique<Level>(levels, values);
}
std::unique_ptr<Condition> make_min_level(LogLevel least) {
  return std::make_unique<MinLevel>(least);
}
std::unique_ptr<Condition> make_names(std::vector<std::string> globs) {
  return std::make_unique<Names>(std::move(globs));
}
std::unique_ptr<Condition> make_search(SearchPatterns patterns) {
  return std::make_unique<Search>(std::move(patterns));
}

}  // namespace ringside
