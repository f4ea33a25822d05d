// Sources report on themselves through SourcesStatus, which is therefore made last and stopped last.
#include <type_traits>

#include "worker/sources/builtin_source.hpp"
#include "worker/sources/source.hpp"
#include "worker/sources/source_list.hpp"
#include "worker/sources/sources_status.hpp"

namespace ringside {
namespace {

using BuiltinSources = std::vector<std::unique_ptr<BuiltinSource>>;

template <class Options>
void make_if_wanted(const SourceContext& context, const OptionValues& values,
                    BuiltinSources& sources) {
  Options options = options_from<Options>(values);
  if (options.is_wanted()) {
    sources.push_back(Options::make(context, std::move(options)));
  }
}

template <class... Options>
BuiltinSources make_wanted(const SourceContext& context, const OptionValues& values,
                           const std::tuple<Options...>* /*list*/) {
  BuiltinSources sources;
  (make_if_wanted<Options>(context, values, sources), ...);
  return sources;
}

}  // namespace

std::vector<std::unique_ptr<Source>> make_sources(const SourceContext& context,
                                                  const OptionValues& values) {
  std::vector<const BuiltinSource*> described;
  std::vector<std::unique_ptr<Source>> sources;
  for (auto& source : make_wanted(context, values, static_cast<SourceList*>(nullptr))) {
    described.push_back(source.get());
    sources.push_back(std::move(source));
  }
  sources.push_back(std::make_unique<SourcesStatus>(context, std::move(described)));
  return sources;
}

}  // namespace ringside
