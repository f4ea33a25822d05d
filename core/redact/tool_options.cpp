// "-p" is a password for sshpass, a port for ssh and a publication for docker; so no letter counts without its program. Of
// programs with subcommands only "login" takes a password by letter, and it does in all of them: it has a row of its own.
#include "core/redact/tool_options.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"
#include "core/redact/token_shapes.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxToolName = 24;

constexpr Tool kMySql{.attached = "p"};
constexpr Tool kMongo{.either = "p"};
constexpr Tool kLdap{.either = "w"};
constexpr Tool kRedis{.either = "a"};
constexpr Tool kPutty{.word = "pw"};
constexpr Tool kSqlServer{.either = "P"};
constexpr Tool kSnmp{.either = "cAX"};
constexpr Tool kSamba{.user = "U"};
constexpr Tool kCurl{.next = "b", .user = "uUE"};
constexpr Tool kArchive{.attached = "p"};
constexpr Tool kPassword{.either = "p"};
constexpr Tool kRemoteDesktop{.slash = "p"};

struct Row {
  std::string_view name;
  Tool tool;
};
// Sorted by name.
constexpr auto kRows = std::to_array<Row>({
    {"7z", kArchive},
    {"7za", kArchive},
    {"7zr", kArchive},
    {"7zz", kArchive},
    {"bcp", kSqlServer},
    {"certutil", {.next = "p"}},
    {"cqlsh", kPassword},
    {"crackmapexec", kPassword},
    {"curl", kCurl},
    {"curlie", kCurl},
    {"evil-winrm", kPassword},
    {"http", {.user = "a"}},
    {"https", {.user = "a"}},
    {"hydra", {.either = "p"}},
    {"influx", {.either = "t", .word = "password"}},
    {"ipmitool", {.either = "PE"}},
    {"keydb-cli", kRedis},
    {"ldapadd", kLdap},
    {"ldapcompare", kLdap},
    {"ldapdelete", kLdap},
    {"ldapexop", kLdap},
    {"ldapmodify", kLdap},
    {"ldapmodrdn", kLdap},
    {"ldappasswd", {.either = "was"}},
    {"ldapsearch", kLdap},
    {"ldapwhoami", kLdap},
    {"login", kPassword},
    {"mariadb", kMySql},
    {"mariadb-admin", kMySql},
    {"mariadb-dump", kMySql},
    {"mariadb-import", kMySql},
    {"mongo", kMongo},
    {"mongodump", kMongo},
    {"mongoexport", kMongo},
    {"mongoimport", kMongo},
    {"mongorestore", kMongo},
    {"mongosh", kMongo},
    {"mongostat", kMongo},
    {"mongotop", kMongo},
    {"mosquitto_pub", {.either = "P"}},
    {"mosquitto_sub", {.either = "P"}},
    {"mycli", kMySql},
    {"mysql", kMySql},
    {"mysqladmin", kMySql},
    {"mysqlbinlog", kMySql},
    {"mysqlcheck", kMySql},
    {"mysqldump", kMySql},
    {"mysqlimport", kMySql},
    {"mysqlpump", kMySql},
    {"mysqlsh", kMySql},
    {"mysqlshow", kMySql},
    {"mysqlslap", kMySql},
    {"net", kSamba},
    {"netexec", kPassword},
    {"nodetool", kPutty},
    {"nxc", kPassword},
    {"openssl", {.next = "kK"}},
    {"osql", kSqlServer},
    {"plink", kPutty},
    {"pscp", kPutty},
    {"psexec", {.next = "p"}},
    {"psftp", kPutty},
    {"putty", kPutty},
    {"rabbitmqadmin", kPassword},
    {"racadm", {.next = "p"}},
    {"rar", {.attached = "p", .word = "hp"}},
    {"rdesktop", kPassword},
    {"redis-benchmark", kRedis},
    {"redis-cli", kRedis},
    {"rpcclient", kSamba},
    {"sdl-freerdp", kRemoteDesktop},
    {"smbclient", kSamba},
    {"smbget", kSamba},
    {"smbmap", kPassword},
    {"snmpbulkwalk", kSnmp},
    {"snmpget", kSnmp},
    {"snmpset", kSnmp},
    {"snmptrap", kSnmp},
    {"snmpwalk", kSnmp},
    {"sqlcmd", kSqlServer},
    {"sqsh", kSqlServer},
    {"sshpass", kPassword},
    {"tsql", kSqlServer},
    {"twine", kPassword},
    {"unrar", kArchive},
    {"unzip", {.either = "P"}},
    {"useradd", {.next = "p"}},
    {"usermod", {.next = "p"}},
    {"valkey-cli", kRedis},
    {"winexe", kSamba},
    {"wlfreerdp", kRemoteDesktop},
    {"xfreerdp", kRemoteDesktop},
    {"xfreerdp3", kRemoteDesktop},
    {"xh", {.user = "a"}},
    {"xhs", {.user = "a"}},
    {"zip", {.either = "P"}},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));

[[nodiscard]] constexpr bool has(std::string_view letters, char c) noexcept {
  return letters.find(c) != std::string_view::npos;
}

// /p:x
[[nodiscard]] bool has_slash_form(std::string_view option) noexcept {
  return option.size() > 3 && option[0] == '/' && is_ascii_letter(option[1]) && option[2] == ':';
}

}  // namespace

const Tool* find_tool(std::string_view word) noexcept {
  const auto slash = word.find_last_of("/\\");
  if (slash != std::string_view::npos) {
    word.remove_prefix(slash + 1);
  }
  if (word.ends_with(".exe")) {
    word.remove_suffix(4);
  }
  if (word.empty() || word.size() > kMaxToolName) {
    return nullptr;
  }
  const auto* const row = std::ranges::lower_bound(kRows, word, {}, &Row::name);
  return row != kRows.end() && row->name == word ? &row->tool : nullptr;
}

ToolOption match_tool_option(const Tool& tool, std::string_view option) noexcept {
  using Where = ToolOption::Where;
  if (has_slash_form(option)) {
    return has(tool.slash, option[1]) ? ToolOption{Where::kHere, 3} : ToolOption();
  }
  if (option.size() < 2 || option[0] != '-' || option[1] == '-') {
    return {};
  }
  if (!tool.word.empty() && option.substr(1).starts_with(tool.word)) {
    const std::size_t end = 1 + tool.word.size();
    return option.size() == end ? ToolOption{Where::kNext} : ToolOption{Where::kHere, end};
  }
  const char first = option[1];
  const char last = option.back();
  if (option.size() > 2 &&
      (has(tool.either, first) || has(tool.attached, first) || has(tool.user, first))) {
    return {Where::kHere, 2, has(tool.user, first)};
  }
  // Several letters at one dash, of which the last has the value: curl -sSu bob:x.
  if (std::ranges::all_of(option.substr(1), is_ascii_letter) &&
      (has(tool.either, last) || has(tool.next, last) || has(tool.user, last)) &&
      option.size() <= 5) {
    return {Where::kNext, 0, has(tool.user, last)};
  }
  return {};
}

bool may_be_tool_option(std::string_view text) noexcept {
  return is_user_option(text) || has_slash_form(text) ||
         (text.size() > 1 && text[0] == '-' && is_ascii_letter(text[1]));
}

std::size_t password_of_user(std::string_view text) noexcept {
  const auto sign = text.find_first_of(":%");
  const bool has_password = sign != std::string_view::npos && sign != 0 && sign + 1 < text.size() &&
                            !std::ranges::all_of(text.substr(sign + 1), is_ascii_digit);
  return has_password ? sign + 1 : 0;
}

bool are_credentials(std::string_view text) noexcept {
  const std::size_t password = password_of_user(text);
  return (password != 0 && looks_secret(text.substr(password))) || is_basic_credentials(text);
}

}  // namespace ringside
