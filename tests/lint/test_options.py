"""Every option does something: its member is read outside of core/config, and a test that observes its effect names it."""

import re

from tree import all_files, cpp_files, read, report


def members_of(header, name):
    body = re.search(rf"struct {name}\b[^{{]*\{{(.*?)^\}};", read(header), re.S | re.M).group(1)
    body = re.sub(r"//.*", "", body)
    return re.findall(r"\b([a-z]\w*)\s*(?:=[^;]*|\{[^;]*\})?;", body)


def readers():
    return "\n".join(read(path) for path in cpp_files("core", "module", "worker", "cli") if not str(path).startswith("core/config/"))


def test_every_member_of_the_plugins_options_is_read():
    text = readers()
    members = members_of("core/config/plugin_options.hpp", "PluginOptions")
    assert len(members) > 20
    report([f"core/config/plugin_options.hpp: {member} is read nowhere" for member in members
            if not re.search(rf"(?:\.|->){member}\b", text)])


def test_every_member_of_the_workers_options_is_read():
    text = readers()
    members = members_of("core/config/worker_options.hpp", "WorkerOptions")
    assert len(members) > 10
    report([f"core/config/worker_options.hpp: {member} is read nowhere" for member in members
            if not re.search(rf"(?:\.|->){member}\b", text)])


def test_every_member_of_a_sources_options_is_read_by_its_source():
    headers = [path for path in cpp_files("worker") if path.match("worker/sources/*/*_options.hpp")]
    assert len(headers) >= 5
    faults = []
    for header in headers:
        text = "\n".join(read(path) for path in cpp_files("worker") if path.parent == header.parent)
        for member in re.findall(r"^  [\w:<>]+ ([a-z]\w*)(?:\{0\}| = [^;(]*)?;", read(header), re.M):
            if not re.search(rf"(?:\.|->|return !?){member}\b", text):
                faults.append(f"{header}: {member} is read nowhere")
    report(faults)


def test_every_source_has_its_options_in_the_list():
    listed = read("worker/sources/source_list.hpp")
    report([f"worker/sources/source_list.hpp: has no {path}" for path in cpp_files("worker")
            if path.match("worker/sources/*/*_options.hpp") and str(path) not in listed])


def test_every_option_of_the_plugin_is_set_by_a_test():
    names = re.findall(r'(?:Binding<O>\{\s*\{|bind_option<[^(]*>\(\s*\{)\s*"([a-z-]+)"', read("core/config/plugin_options.cpp"))
    assert len(names) > 20
    tests = "\n".join(read(path) for path in all_files()
                      if path.parts[0] == "tests" and path.parts[1] in ("unit", "system", "hostile", "sim", "packaging")
                      and "plugin_options_test" not in path.name and path.suffix in (".cpp", ".py", ".hpp"))
    report([f"core/config/plugin_options.cpp: no test sets {name}" for name in names
            if f'"{name}"' not in tests and not re.search(rf"\b{name.replace('-', '_')}=", tests)])
