// ringside completion: writes the completion of a shell from the options themselves, so that it has all of them. The files in
// cli/completion, which packages install, are what it prints.
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"

namespace ringside::cli {

void add_completion(CLI::App& app, const Globals& /*globals*/, Run& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "print the completion of these commands for a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  command->footer(
      "Packages install it. Without one:\n"
      "  ringside completion bash > ~/.local/share/bash-completion/completions/ringside\n"
      "  ringside completion fish > ~/.config/fish/completions/ringside.fish\n"
      "Example:\n  ringside completion zsh > _ringside");
  command->callback([&run, &app, shell] {
    run = [&app, shell] {
      const auto commands = completion_of(app);
      const std::string text = *shell == "bash"  ? bash_completion(commands)
                               : *shell == "zsh" ? zsh_completion(commands)
                                                 : fish_completion(commands);
      return print(text) ? kOk : kFailed;
    };
  });
}

}  // namespace ringside::cli
