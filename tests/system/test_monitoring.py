"""The alert rules and the dashboard for Grafana that packages install: held by promtool, and by a Prometheus that reads a real server."""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

import pytest

from stack import SOURCE_DIR, Stack, free_port, task
from waiting import SLOWNESS, eventually

MONITORING = SOURCE_DIR / "conf" / "monitoring"
RULES = MONITORING / "ringside.rules.yml"
DASHBOARD = json.loads((MONITORING / "grafana-dashboard.json").read_text())
QUERIES = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
METRIC = re.compile(r"\bringside_[a-z_]+")


def program(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not there; script/setup --for test unpacks it")
    return path


def known_metrics():
    rows = re.findall(r"^\| `(ringside_\w+)` \| (\w+)", (SOURCE_DIR / "docs" / "metrics.md").read_text(), re.M)
    assert len(rows) > 50
    return {name for name, _ in rows} | {f"{name}_bucket" for name, kind in rows if kind == "histogram"}


@pytest.mark.parametrize("text", [RULES.read_text(), json.dumps(DASHBOARD), (MONITORING / "ringside.rules.test.yml").read_text()],
                         ids=["rules", "dashboard", "tests of the rules"])
def test_only_metrics_that_exist_are_named(text):
    assert set(METRIC.findall(text)) <= known_metrics()


def test_the_rules_are_valid_and_their_tests_pass():
    for words in (["check", "rules", RULES.name], ["test", "rules", "ringside.rules.test.yml"]):
        done = subprocess.run([program("promtool"), *words], cwd=MONITORING, capture_output=True, text=True, timeout=60 * SLOWNESS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_and_says_what_to_do():
    alerts = re.findall(r"- alert: (\w+)(.*?)(?=\n      - alert|\Z)", RULES.read_text(), re.S)
    tests = (MONITORING / "ringside.rules.test.yml").read_text()
    assert len(alerts) >= 15
    for name, body in alerts:
        assert name in tests, name
        assert "summary:" in body and "description:" in body and "severity:" in body, name


@pytest.fixture(name="prometheus", scope="module")
def prometheus_that_reads_a_server(tmp_path_factory):
    """ask(path, query) of a Prometheus with the rules, which scrapes a server that has events and a client."""
    root = tmp_path_factory.mktemp("prometheus")
    port = free_port()
    with Stack() as stack, stack.connect() as client:
        (root / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "ringside", "static_configs": [{"targets": [f"127.0.0.1:{stack.port}"]}]}]}))
        process = subprocess.Popen([program("prometheus"), f"--config.file={root}/prometheus.yml", f"--storage.tsdb.path={root}/data",
                                    f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def ask(path, **parameters):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30 * SLOWNESS) as answer:
                return json.load(answer)["data"]

        def has_two_scrapes():
            stack.send(task(1))
            client.read_events(1)
            try:
                return [row for row in ask("query", query="count_over_time(ringside_worker_up[1m]) >= 3")["result"]]
            except OSError:
                return None

        try:
            eventually(has_two_scrapes, "Prometheus has scraped the server three times", 60 * SLOWNESS)
            yield ask
        finally:
            process.terminate()
            process.wait()


@pytest.mark.parametrize("title,query", QUERIES, ids=[f"{title}: {query[:50]}" for title, query in QUERIES])
def test_each_query_of_the_dashboard_has_an_answer(prometheus, title, query):
    filled = query.replace("$instance", ".*").replace("$__rate_interval", "1m")
    assert "$" not in filled
    assert prometheus("query", query=filled)["result"], title


def test_the_rules_are_loaded_and_a_healthy_server_raises_no_alarm(prometheus):
    rules = prometheus("rules")["groups"][0]["rules"]
    assert len(rules) == RULES.read_text().count("- alert:")
    eventually(lambda: all(rule["health"] == "ok" for rule in prometheus("rules")["groups"][0]["rules"]), "each rule was evaluated")
    assert [alert for alert in prometheus("alerts")["alerts"] if alert["state"] == "firing"] == []


def test_the_dashboard_is_one_that_grafana_imports():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) and DASHBOARD["schemaVersion"] >= 36 and DASHBOARD["uid"] == "ringside"
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(places) == len(set(places)) and all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])
