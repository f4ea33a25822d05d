"""Runs the workloads: builds, starts servers, alternates between them, writes what came out."""

import json
import os
import platform
import resource
import subprocess
import sys
import time

from bench.driver import hostile, peers, tables, workloads

RUN_TIMEOUT_SECONDS = 180


def build(root, directory):
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        subprocess.run(["cmake", "--preset", "release"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", directory, "--target", "ringside-bench", "ringside-floor"], cwd=root,
                   check=True, stdout=subprocess.DEVNULL)


def machine(root):
    """What a reader must know to judge the figures."""
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            check=False).stdout.strip()
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "commit": commit,
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "load_before": os.getloadavg()[0]}


def busy_seconds():
    """CPU time of everything on this machine so far."""
    with open("/proc/stat", encoding="utf-8") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def seconds_of_others(result, busy, children):
    """What ran beside the measurement, of the whole machine's time: more than a little of it spoils the figures."""
    own = children + sum(value for key, value in result.items() if key == "cpu_s" or key.endswith("_cpu_s"))
    return max(0.0, busy - own)


class Session:
    """One call of script/bench."""

    def __init__(self, root, arguments):
        self.root = root
        self.arguments = arguments
        self.failures = []

    def run_once(self, table, variant, server, round_number):
        seconds = self.arguments.seconds or (table.quick_seconds if self.arguments.quick else table.seconds)
        command = [os.path.join(self.arguments.build_dir, "bench", "ringside-bench"), table.workload,
                   "--label", variant.label, "--seconds", seconds, *server.arguments, *table.bench, *variant.bench]
        busy, used, began = busy_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              timeout=RUN_TIMEOUT_SECONDS)
        if done.returncode != 0:
            self.failures.append(f"{table.title}: {variant.label}: {done.stderr.strip()[:400]}")
            print(f"    {variant.label}: FAILED: {done.stderr.strip()[:400]}", file=sys.stderr, flush=True)
            return None
        result = json.loads(done.stdout)
        now_used = resource.getrusage(resource.RUSAGE_CHILDREN)
        children = now_used.ru_utime + now_used.ru_stime - used.ru_utime - used.ru_stime
        result["round"] = round_number
        result["others_share"] = seconds_of_others(result, busy_seconds() - busy, children) / (
            (time.monotonic() - began) * os.cpu_count())
        first = table.columns[0]
        print(f"    {variant.label}: {first.title} {tables.number((result.get(first.key) or 0) * first.scale, 2)}"
              f" (others had {result['others_share']:.0%} of the machine)", file=sys.stderr, flush=True)
        return result

    def run_table(self, table):
        print(f"  {table.title}", file=sys.stderr, flush=True)
        wanted = [variant for variant in table.variants
                  if not self.arguments.peer or variant.server in self.arguments.peer]
        results = {variant.label: [] for variant in wanted}
        running = {}
        try:
            for round_number in range(self.arguments.rounds):
                # Every other round goes the other way, so that a machine that slows down favours nobody.
                for variant in wanted if round_number % 2 == 0 else reversed(wanted):
                    key = (variant.server, variant.options)
                    try:
                        if table.fresh and key in running:
                            running.pop(key).stop()
                        if key not in running:
                            running[key] = peers.start(variant.server, self.root, self.arguments.build_dir,
                                                       **dict(variant.options))
                        result = self.run_once(table, variant, running[key], round_number)
                    except (peers.PeerFailed, OSError, subprocess.TimeoutExpired) as failure:
                        self.failures.append(f"{table.title}: {variant.label}: {failure}")
                        print(f"    {variant.label}: FAILED: {failure}", file=sys.stderr, flush=True)
                        result = None
                    if result is None and key in running:
                        running.pop(key).stop()
                    elif result is not None:
                        results[variant.label].append(result)
        finally:
            for server in running.values():
                server.stop()
        return results

    def run_all(self):
        wanted = [workload for workload in workloads.workloads(self.arguments.quick)
                  if not self.arguments.only or workload.name in self.arguments.only]
        record = {"machine": machine(self.root), "command": " ".join(["script/bench", *sys.argv[1:]]),
                  "quick": self.arguments.quick, "rounds": self.arguments.rounds, "workloads": {}}
        began = time.monotonic()
        for workload in wanted:
            print(workload.name, file=sys.stderr, flush=True)
            entry = record["workloads"][workload.name] = {}
            sections = []
            for table in workload.tables:
                results = self.run_table(table)
                entry[table.title] = {"summary": tables.summary_of(table, results), "runs": results}
                sections.append(f"**{table.title}**\n\n{tables.markdown_of(table, results)}")
            self.publish(record, workload.name, "\n\n".join(sections))
            record["seconds"] = round(time.monotonic() - began, 1)
            record["failures"] = self.failures
            self.save(record)
        if not self.arguments.only or workloads.HOSTILE in self.arguments.only:
            print(workloads.HOSTILE, file=sys.stderr)
            text, record["workloads"][workloads.HOSTILE] = hostile.run(self.root, self.arguments, self.failures)
            self.publish(record, workloads.HOSTILE, text)
            record["seconds"] = round(time.monotonic() - began, 1)
            record["failures"] = self.failures
            self.save(record)
        print(f"{record['seconds']} s", file=sys.stderr)
        return 1 if self.failures else 0

    def publish(self, record, name, text):
        print(f"\n## {name}\n\n{text}\n", flush=True)
        if not self.arguments.no_docs:
            note = (f"{record['command']}, {record['machine']['date'][:10]}, {record['machine']['commit']}, "
                    f"medians of {record['rounds']} rounds")
            tables.write_into(os.path.join(self.root, "docs", "performance.md"), name,
                              f"\n{text}\n\n<sub>`{note}`</sub>\n")

    def save(self, record):
        directory = os.path.join(self.root, "bench", "results")
        os.makedirs(directory, exist_ok=True)
        name = record["machine"]["date"].replace(":", "").replace("-", "") + ".json"
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.write("\n")


def main(root, arguments):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if not arguments.no_build:
        build(root, arguments.build_dir)
    if not arguments.only or set(arguments.only) != {workloads.HOSTILE}:
        peers.install_missing(root)
    return Session(root, arguments).run_all()
