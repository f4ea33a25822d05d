// Each way to mistype a command line, and the words that it gets.
#include "core/config/usage.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

// A program with two commands, one of which has a command of its own.
struct Program {
  CLI::App app{"", "prog"};
  std::string run_dir;
  std::string since;
  std::string file;
  std::vector<std::string> roles;
  bool quiet = false;

  Program() {
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--run-dir", run_dir);
    CLI::App* tail = app.add_subcommand("tail");
    tail->add_option("--since", since);
    tail->add_flag("-q,--quiet", quiet);
    tail->add_option("-n", file)->check(CLI::IsMember({"1", "2"}));
    CLI::App* token = app.add_subcommand("token");
    token->add_option("--role", roles);
    token->add_subcommand("inspect")->add_option("token", file);
  }

  std::string fault(std::vector<std::string> words) {
    std::vector<char*> arguments{const_cast<char*>("prog")};
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    try {
      app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::ParseError& error) {
      return explain_usage_error(app, std::span(arguments).subspan(1), error);
    }
    return {};
  }
};

std::string fault(std::vector<std::string> words) { return Program().fault(std::move(words)); }

}  // namespace

RS_TEST(commands) {
  RS_EXPECT_EQ(fault({"tial"}), "unknown command \"tial\"; did you mean \"tail\"?");
  RS_EXPECT_EQ(fault({"sing"}), "unknown command \"sing\"");
  RS_EXPECT_EQ(fault({}), "name a command: tail, token");
  RS_EXPECT_EQ(fault({"--run-dir", "tail"}), "name a command: tail, token");
  RS_EXPECT_EQ(fault({"--run-dir", "x", "tial", "--since", "1"}),
               "unknown command \"tial\"; did you mean \"tail\"?");
  RS_EXPECT_EQ(fault({"token", "inspct"}),
               "token: unknown command \"inspct\"; did you mean \"inspect\"?");
  RS_EXPECT_EQ(fault({"t\033[2Jial"}).find('\033'), std::string::npos);
}

RS_TEST(options) {
  RS_EXPECT_EQ(fault({"tail", "--sicne", "1h"}),
               "tail: unknown option --sicne; did you mean \"--since\"?");
  RS_EXPECT_EQ(fault({"tail", "--sicne=1h"}),
               "tail: unknown option --sicne; did you mean \"--since\"?");
  RS_EXPECT_EQ(fault({"tail", "--rundir", "x"}),
               "tail: unknown option --rundir; did you mean \"--run-dir\"?");
  RS_EXPECT_EQ(fault({"tail", "--colour"}), "tail: unknown option --colour");
  RS_EXPECT_EQ(fault({"tail", "-x"}), "tail: unknown option -x");
  RS_EXPECT_EQ(fault({"tail", "-qx"}), "tail: unknown option -x");
  RS_EXPECT_EQ(fault({"tail", "-qn", "1", "--sicne", "1h"}),
               "tail: unknown option --sicne; did you mean \"--since\"?");
  RS_EXPECT_EQ(fault({"--sinse", "tail"}), "unknown option --sinse");
  RS_EXPECT_EQ(fault({"token", "--role", "a", "b", "--rol", "c"}),
               "token: unknown option --rol; did you mean \"--role\"?");
}

RS_TEST(values) {
  RS_EXPECT_EQ(fault({"tail", "--since"}), "tail: --since needs a value");
  RS_EXPECT(fault({"tail", "-n", "3"}).starts_with("tail: "));
  RS_EXPECT_EQ(fault({"tail", "-n3", "word"}), "tail: unexpected argument \"word\"");
  RS_EXPECT_EQ(fault({"token", "inspect", "a", "b"}), "token inspect: unexpected argument \"b\"");
  RS_EXPECT_EQ(fault({"tail", "--since", "-5m", "-q"}), "");
}
