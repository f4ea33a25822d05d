// A version in the hello: plugin and worker are of one package, but an old plugin may run for days after an upgrade.
#include "core/proto/ingest_wire.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::array kForms{BodyForm::kJson, BodyForm::kLines, BodyForm::kProtobuf};

[[nodiscard]] std::uint64_t count_of(JsonRef value) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.as_integer().value_or(0)));
}

}  // namespace

std::string IngestHello::to_line() const {
  Json hello = Json::object();
  hello.set("type", "hello")
      .set("version", kVersion)
      .set("kind", info_of(kind).name)
      .set("form", name_of(form))
      .set("gzip", is_gzip)
      .set("user", user);
  if (!key.empty()) {
    hello.set("key", key);
  }
  return hello.dump() + '\n';
}

Result<IngestHello> IngestHello::parse(std::string_view line) {
  const auto hello = Json::parse(line);
  if (!hello || (*hello)["type"].as_string() != "hello") {
    return fail("the first line is not a hello");
  }
  if ((*hello)["version"].as_integer() != kVersion) {
    return fail("the hello is of another version: restart lwsws and ringsided");
  }
  const std::string_view kind = (*hello)["kind"].as_string().value_or("");
  const std::string_view form = (*hello)["form"].as_string().value_or("");
  const auto path = std::ranges::find(ingest_paths(), kind, &IngestPath::name);
  const auto* const known =
      std::ranges::find_if(kForms, [&](BodyForm each) { return name_of(each) == form; });
  IngestHello out;
  out.user = (*hello)["user"].as_string().value_or("");
  if (path == ingest_paths().end() || known == kForms.end() || out.user.empty()) {
    return fail("the hello names no user, or an unknown kind or form of events");
  }
  out.kind = path->kind;
  out.form = *known;
  out.is_gzip = (*hello)["gzip"].as_bool().value_or(false);
  out.key = (*hello)["key"].as_string().value_or("");
  return out;
}

std::array<char, 4> ingest_frame_head(std::uint32_t n_bytes) noexcept {
  return {static_cast<char>(n_bytes >> 24U), static_cast<char>(n_bytes >> 16U),
          static_cast<char>(n_bytes >> 8U), static_cast<char>(n_bytes)};
}

void IngestReport::reject(std::uint64_t index, std::string_view why) {
  ++n_rejected;
  if (rejected.size() >= kMaxListed) {
    return;
  }
  std::string shown = escape_controls(why.substr(0, kMaxMessageBytes));
  rejected.push_back({index, std::move(shown)});
}

std::string IngestReport::to_line() const {
  Json list = Json::array();
  for (const Rejected& each : rejected) {
    list.append(Json::object().set("index", each.index).set("message", each.message));
  }
  Json report = Json::object();
  report.set("accepted", n_accepted).set("rejected", list).set("n_rejected", n_rejected);
  if (error) {
    report.set("error", info_of(*error).code).set("message", message);
  }
  return report.dump() + '\n';
}

Result<IngestReport> IngestReport::parse(std::string_view line) {
  const auto report = Json::parse(line);
  if (!report || !(*report)["accepted"].is_integer()) {
    return fail("the worker's report cannot be read");
  }
  IngestReport out;
  out.n_accepted = count_of((*report)["accepted"]);
  out.n_rejected = count_of((*report)["n_rejected"]);
  (*report)["rejected"].for_each_element([&](JsonRef each) {
    out.rejected.push_back(
        {count_of(each["index"]), std::string(each["message"].as_string().value_or(""))});
    return true;
  });
  if (const auto code = (*report)["error"].as_string()) {
    const auto known = std::ranges::find(http_errors(), *code, &HttpErrorInfo::code);
    if (known == http_errors().end()) {
      return fail("the worker's report names an unknown error");
    }
    out.error = known->error;
    out.message = (*report)["message"].as_string().value_or("");
  }
  return out;
}

}  // namespace ringside
