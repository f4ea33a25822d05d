"""What a client should get, worked out without Ringside: events, and views (endpoint, role, rows, subscription, filters) of them."""

import json
import re

LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]
WORDS = ["disk", "Network", "timeout", "quota", "café"]
COMPONENTS = ["api", "worker", "store"]
STATUSES = ["Pending", "Running", "Completed", "Failed"]
CUSTOM = ["Deploy", "Audit", "Bulk"]
TYPES = ["TaskStatusChanged", "BatchOperationUpdate", "SystemHealthUpdate", "WorkflowProgressUpdate", "LogEntry", "MetricUpdate", *CUSTOM]
SHORT = {"TaskStatusChanged": "task", "BatchOperationUpdate": "batch", "SystemHealthUpdate": "system", "WorkflowProgressUpdate": "workflow",
         "LogEntry": "log", "MetricUpdate": "metric"}
HIDDEN = "/data/details/zone=admin"
NEEDED = {"SystemHealthUpdate": {"admin"}, "LogEntry": {"admin", "developer"}}


def make_event(random, n, padding=0):
    kind = "Bulk" if padding else random.choice(TYPES[:-1])
    data = {"n": n, "details": {"zone": random.choice(["north", "south"]), "size": random.randrange(4)}}
    if kind == "TaskStatusChanged":
        data |= {"task_id": f"t{n % 7}", "name": random.choice(["create", "delete"]), "status": random.choice(STATUSES)}
    elif kind == "BatchOperationUpdate":
        data |= {"batch_id": f"b{n % 5}", "status": random.choice(STATUSES)}
    elif kind == "SystemHealthUpdate":
        data |= {"overall_status": "Healthy", "components": {}, "metrics": {}}
    elif kind == "WorkflowProgressUpdate":
        data |= {"workflow_id": f"w{n % 3}", "status": random.choice(STATUSES), "progress": n % 100}
    elif kind == "LogEntry":
        data |= {"level": random.choice(LEVELS), "component": random.choice(COMPONENTS),
                 "message": " ".join(random.sample(WORDS, 2)) + f" {n}"}
    elif kind == "MetricUpdate":
        data |= {"metric_name": f"m{n % 4}", "value": n}
    elif padding:
        data["padding"] = "x" * padding
    return {"event_type": kind, "data": data}


def member(event, path, role):
    """What `path` names in data, as this role sees it."""
    if path == "details.zone" and role != "admin":
        return None
    value = event["data"]
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def make_filters(random):
    choices = {
        "status": lambda: random.choice([random.choice(STATUSES), random.sample(STATUSES, 2)]),
        "task_name": lambda: random.choice(["create", "delete"]),
        "level": lambda: random.sample(LEVELS, 2),
        "min_level": lambda: random.choice(LEVELS),
        "component": lambda: random.choice(COMPONENTS),
        "search": lambda: random.choice([random.choice(WORDS), random.choice(WORDS).upper(), {"regex": r"\b(disk|quota) .*[0-4]$"}]),
        "details.zone": lambda: "north",
        "details.size": lambda: random.sample(range(4), 2),
    }
    return {key: choices[key]() for key in random.sample(sorted(choices), random.choice([0, 1, 1, 2]))}


def make_rows(random):
    """A filter for a token: rows are judged by the whole event, hidden members included."""
    return random.choice([{"details.zone": "north"}, {"details.zone": "south"}, {"details.size": [0, 1]},
                          {"details.size": 2, "details.zone": "north"}, {"status": ["Running", "Failed"]}])


def passes(filters, event, role):
    for key, wanted in filters.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if key == "task_name":
            found = member(event, "name", role) in values
        elif key == "min_level":
            level = member(event, "level", role)
            found = level is not None and LEVELS.index(level) >= LEVELS.index(wanted)
        elif key == "search":
            found = any(occurs(value, event, role) for value in values)
        else:
            found = member(event, key, role) in values and member(event, key, role) is not None
        if not found:
            return False
    return True


def occurs(pattern, event, role):
    texts = [text.casefold() for text in strings_of(visible(event, role)["data"])]
    if isinstance(pattern, str):
        return any(pattern.casefold() in text for text in texts)
    return any(re.search(pattern["regex"], text, re.IGNORECASE) for text in texts)


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_of(each)


def visible(event, role):
    """The event as this role sees it."""
    if role == "admin" or "zone" not in event["data"]["details"]:
        return event
    data = dict(event["data"])
    data["details"] = {name: value for name, value in data["details"].items() if name != "zone"}
    return event | {"data": data}


class View:
    """A subscription as the documentation describes it: {type: filters}, or all but some."""

    def __init__(self, random, rows=None):
        self.rows = rows  # the filter of its token
        self.path = random.choice(["/ws", "/ws", "/ws", "/logs", "/metrics"])
        self.role = random.choice(["admin", "developer", "viewer"])
        self.query = {"batch_size": random.choice([1, 3, 10, 100])}
        self.all, self.all_filters, self.excluded, self.implied = False, {}, set(), False
        self.types = {}
        filters = make_filters(random) if random.random() < 0.5 else {}
        for key, value in filters.items():
            if isinstance(value, dict):
                self.query["filter.search.regex"] = value["regex"]
            else:
                self.query[f"filter.{key}"] = ",".join(map(str, value)) if isinstance(value, list) else value
        if self.path == "/logs":
            self.types["LogEntry"] = filters
        elif self.path == "/metrics":
            self.types = {"MetricUpdate": filters, "SystemHealthUpdate": filters}
        elif random.random() < 0.5:
            names = random.sample(TYPES, random.randrange(1, 5))
            self.query["events"] = ",".join(random.choice([name, SHORT.get(name, name)]) for name in names)
            self.types = {name: filters for name in names}
        else:
            self.all, self.all_filters, self.implied = True, filters, True

    def may_see(self, kind):
        return kind not in NEEDED or self.role in NEEDED[kind]

    def subscribe(self, names, filters):
        if self.implied:
            self.all, self.implied = False, False
            self.types, self.excluded = {}, set()
        for name in names:
            self.types[name] = filters
            self.excluded.discard(name)

    def unsubscribe(self, names):
        for name in names:
            self.types.pop(name, None)
            if self.all:
                self.excluded.add(name)

    def wants(self, event):
        kind = event["event_type"]
        if not self.may_see(kind) or not passes(self.rows or {}, event, "admin"):
            return False
        if kind in self.types:
            return passes(self.types[kind], event, self.role)
        return self.all and kind not in self.excluded and passes(self.all_filters, event, self.role)

    def __str__(self):
        return json.dumps([self.path, self.role, self.query, self.types, self.all, self.all_filters, sorted(self.excluded)])
