#pragma once
// What `ringside check` finds in one file of lwsws' configuration, and in all of them together.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/findings.hpp"

namespace ringside::cli {

// What only all files together show.
struct LwswsFacts {
  struct Host {
    std::string where;
    std::string name;
    std::string port;
    std::string interface;  // empty: all of them
    bool has_ringside = false;
    bool has_tls = false;
  };
  struct Place {
    std::string where;
    std::string path;
  };
  std::string tls_off_at;  // where "init-ssl" is off for all; empty: it is not
  bool has_global = false;
  std::vector<Host> hosts;
  std::vector<Place> plugin_dirs;
  std::vector<Place> run_dirs;  // option run-dir of each virtual host that has the plugin
};

// Members, options, keys, certificates and mounts of the virtual hosts in the file; `text` is what is in it.
void check_lwsws(const std::string& path, const std::string& text, Findings& findings,
                 LwswsFacts& facts);

// Virtual hosts that get in each other's way, the plugin's file, interfaces. `dir` is the configuration's directory; `worker_run_dir`
// the worker's run directory, where it is known.
void check_lwsws_facts(const std::string& dir, const LwswsFacts& facts,
                       const std::optional<std::string>& worker_run_dir, Findings& findings);

}  // namespace ringside::cli
