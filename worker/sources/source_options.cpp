// In a library of its own, so that the command line knows the options and does not link libuv.
#include "worker/sources/source_options.hpp"

#include <vector>

#include "worker/sources/source_list.hpp"

namespace ringside {
namespace {

template <class... Options>
std::vector<OptionSpec> concatenate(const std::tuple<Options...>* /*list*/) {
  std::vector<OptionSpec> specs;
  const auto append = [&specs](const auto& bindings) {
    for (const auto& binding : bindings) {
      specs.push_back(binding.spec);
    }
  };
  (append(Options::bindings()), ...);
  return specs;
}

}  // namespace

std::span<const OptionSpec> source_option_specs() {
  static const std::vector<OptionSpec> specs = concatenate(static_cast<SourceList*>(nullptr));
  return specs;
}

}  // namespace ringside
