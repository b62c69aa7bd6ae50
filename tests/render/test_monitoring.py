"""The agents' side of monitoring: who scrapes them, and the alerts on what they say."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from generator.agent.decide.reload import Reload, Verdict
from generator.agent.report import Report, metrics
from generator.environment.serving import Monitoring
from generator.serving.agent_state import PORT
from tests.kit.kubernetes import build, validate
from tests.kit.manifests import an_environment, container, one, rendered
from tests.kit.overlays import scaffolded
from tests.kit.pod_processes import BROKEN, Pod
from tests.kit.strategies import model

RULES = "components/monitoring/rules.yaml"
PREFIX = "tfs_gitops_agent_"
ROOT = Path(__file__).parents[2]
TARGET = {"job": "tf-serving-agent", "pod": "p", "instance": "10.0.0.7:9090"}


def pods(folder: Path, *, agent: bool, operator: bool):
    """Return what Kustomize makes of an environment that is measured."""
    plain = an_environment("s3-csi")
    measured = Monitoring(service_monitor=operator)
    serving = replace(plain.serving, agent=agent, monitoring=measured)
    for name, data in rendered(replace(plain, serving=serving)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    found = build(folder / "overlays/prod")
    validate(found, custom_kinds={"ServiceMonitor", "PodMonitor"})
    return found


def rules():
    """Return the alerts on agents by name."""
    groups = yaml.safe_load(scaffolded(RULES))["groups"]
    [found] = [group["rules"] for group in groups if group["name"] == "tf-serving-agent"]
    return {rule["alert"]: rule for rule in found}


# --- scraping ---------------------------------------------------------------------------


def test_the_scrape_config_has_a_job_for_the_agents(tmp_path):
    """It keeps the container and the port that the sidecar has; the path is the usual one."""
    found = pods(tmp_path, agent=True, operator=False)
    server, agents = yaml.safe_load(scaffolded("components/monitoring/scrape.yaml"))[
        "scrape_configs"
    ]
    template = one(found, "Deployment")["spec"]["template"]
    [sidecar] = template["spec"]["initContainers"]
    [port] = sidecar["ports"]
    keeps = {tuple(rule["source_labels"]): rule for rule in agents["relabel_configs"]}
    meta = "__meta_kubernetes_pod_"

    assert port["containerPort"] == PORT
    assert f"--listen=0.0.0.0:{PORT}" in sidecar["args"]
    names = keeps[f"{meta}container_name", f"{meta}container_port_name"]["regex"]
    assert names == f"{sidecar['name']};{port['name']}"
    assert "__metrics_path__" not in {rule.get("target_label") for rule in keeps.values()}
    assert agents.get("metrics_path", "/metrics") == "/metrics"
    assert (f"{meta}annotation_prometheus_io_scrape",) in keeps
    assert agents["kubernetes_sd_configs"] == server["kubernetes_sd_configs"]
    assert agents["job_name"] != server["job_name"]
    # What goes by annotations alone has room for one port, and that stays the server's.
    http = {item["name"]: item["containerPort"] for item in container(found)["ports"]}["http"]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(http)
    [_, rule] = one(found, "NetworkPolicy")["spec"]["ingress"]
    assert rule["ports"] == [{"port": PORT}]


def test_the_operator_finds_the_agents_where_there_are_any(tmp_path):
    """By a PodMonitor: the agent of a pod that is not ready is the one that has news."""
    found = pods(tmp_path / "with", agent=True, operator=True)
    monitor = one(found, "PodMonitor")
    pod = one(found, "Deployment")["spec"]["template"]
    [sidecar] = pod["spec"]["initContainers"]
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]

    assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert (endpoint["port"], endpoint["path"]) == (sidecar["ports"][0]["name"], "/metrics")
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": TARGET["job"]}]
    for agent, operator in ((False, True), (True, False)):
        folder = tmp_path / f"{agent}-{operator}"
        kinds = {item["kind"] for item in pods(folder, agent=agent, operator=operator)}
        assert "PodMonitor" not in kinds


# --- alerts -----------------------------------------------------------------------------


@pytest.fixture
def scraped(tmp_path):
    """Return a real answer of /metrics, of a pod in which one version failed."""
    pod = Pod(tmp_path / "pod")
    pod.deliver(
        model("a", pod.publish("a", 1), stable=1), model("bad", pod.publish("bad", 1, BROKEN))
    )
    pod.watch()
    pod.serve()
    pod.until(lambda: pod.status().get("failed"))
    yield pod.get("/metrics")[1]
    pod.stop()


def samples(text: str) -> dict[str, float]:
    """Return the series of an answer and their values."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_every_metric_and_label_of_an_alert_is_one_that_an_agent_has(scraped):
    """A series that nothing exports never fires; a label that it lacks shows as nothing."""
    labels: dict[str, dict[str, set[str]]] = {}
    for series in samples(scraped):
        name, _, rest = series.partition("{")
        for label, value in re.findall(r'(\w+)="([^"]*)"', rest):
            labels.setdefault(name, {}).setdefault(label, set()).add(value)
        labels.setdefault(name, {})
    for rule in rules().values():
        used = re.findall(rf"({PREFIX}\w+|up)(?:{{([^}}]*)}})?", rule["expr"])
        assert len(used) == 1
        for name, matchers in used:
            has = labels[name] if name != "up" else {"job": {TARGET["job"]}}
            for label, value in re.findall(r'(\w+)="([^"]*)"', matchers):
                assert value in has[label]
            shown = re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))
            assert set(shown) <= {"pod", *has}


def test_there_is_an_alert_for_each_thing_that_a_person_must_know():
    """Config refused, version failed, behind for ten minutes; and an agent that is gone."""
    found = {name: rule.get("for") for name, rule in rules().items()}

    assert found == {
        "TfServingConfigRefused": None,
        "TfServingDesiredRefused": "5m",
        "TfServingVersionFailed": None,
        "TfServingAgentBehind": "10m",
        "TfServingAgentDown": "10m",
    }
    for rule in rules().values():
        assert {"summary", "description"} <= rule["annotations"].keys()
        assert rule["labels"]["severity"] in {"warning", "critical"}


def promtool(*words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run Prometheus' own tool; `make promtool` fetches it from a Debian package."""
    path = f"{ROOT / 'build/promtool/usr/bin'}{os.pathsep}{os.environ['PATH']}"
    if not (program := shutil.which("promtool", path=path)):
        pytest.skip("no promtool here: `make promtool`, or the package prometheus")
    return subprocess.run(
        [program, *map(str, words)], input=stdin, capture_output=True, text=True, check=False
    )


def test_prometheus_takes_rules_and_scrape_config(tmp_path):
    """Each file that a person lists for it is valid as it is scaffolded."""
    scrape = yaml.safe_load(scaffolded("components/monitoring/scrape.yaml"))
    for job in scrape["scrape_configs"]:
        del job["kubernetes_sd_configs"]  # Debian builds it without
    (tmp_path / "scrape.yaml").write_text(yaml.safe_dump(scrape))
    (tmp_path / "rules.yaml").write_text(scaffolded(RULES))

    for what, name in (("rules", "rules.yaml"), ("config", "scrape.yaml")):
        done = promtool("check", what, tmp_path / name)
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_metrics(scraped):
    """It reads them, and its linter has nothing to say."""
    done = promtool("check", "metrics", stdin=scraped)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def series(name: str, **labels: str) -> str:
    """Return a series as a Prometheus has it, which knows whom it scraped."""
    told = ",".join(f'{label}="{value}"' for label, value in (labels | TARGET).items())
    return f"{name}{{{told}}}"


def fires(folder: Path, alert: str, values: dict[str, str], expected: dict[str, list[dict]]):
    """Let Prometheus evaluate the rules over *values*, one each 30 s, in promtool's notation.

    *expected* has the labels of each alert that fires, by time.
    """
    document = yaml.safe_load(scaffolded(RULES))
    for group in document["groups"]:
        for rule in group["rules"]:
            del rule["annotations"]  # texts for people, which it would compare
    (folder / "rules.yaml").write_text(yaml.safe_dump(document))
    severity = rules()[alert]["labels"]
    tests = [
        {
            "eval_time": at,
            "alertname": alert,
            "exp_alerts": [{"exp_labels": {**TARGET, **severity, **labels}} for labels in found],
        }
        for at, found in expected.items()
    ]
    inputs = [{"series": name, "values": text} for name, text in values.items()]
    unit = {"interval": "30s", "input_series": inputs, "alert_rule_test": tests}
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "30s", "tests": [unit]}
    (folder / "test.yaml").write_text(yaml.safe_dump(whole))
    done = promtool("test", "rules", folder / "test.yaml")

    assert done.returncode == 0, done.stdout + done.stderr


IN_SYNC = series(f"{PREFIX}in_sync")
DESIRED = series(f"{PREFIX}problem", place="desired")
OTHER = series(f"{PREFIX}problem", place="models")
REFUSED = series(f"{PREFIX}config_reload", verdict="refused")
PENDING = series(f"{PREFIX}config_reload", verdict="pending")
FAILED = series(f"{PREFIX}failed_load", model="a", version="2")
HELD, UP = {"model": "a", "version": "2"}, series("up")
ALERTS = [
    pytest.param(
        "TfServingAgentBehind", {IN_SYNC: "0x60"}, {"9m30s": [], "10m": [{}]}, id="behind"
    ),
    pytest.param("TfServingAgentBehind", {IN_SYNC: "1x60"}, {"30m": []}, id="in-sync"),
    pytest.param(
        "TfServingAgentBehind",
        {IN_SYNC: "0x15 1 0x40"},
        {"10m": [], "18m": [], "18m30s": [{}]},
        id="in-sync-once",
    ),
    pytest.param(
        "TfServingAgentBehind",
        {IN_SYNC: "0x3 stale _x5 0x3 stale _x5 0x3 stale _x5"},
        {"9m": [], "10m": [{}], "13m": [{}]},
        id="an-agent-that-ends-again-and-again",
    ),
    pytest.param(
        "TfServingAgentBehind", {IN_SYNC: "0x24 1x40"}, {"12m": [{}], "12m30s": []}, id="came-back"
    ),
    pytest.param(
        "TfServingDesiredRefused",
        {DESIRED: "0x4 1x40", OTHER: "1x60"},
        {"7m": [], "7m30s": [{"place": "desired"}]},
        id="desired",
    ),
    pytest.param(
        "TfServingDesiredRefused", {DESIRED: "0x2 1x8 0x40"}, {"20m": []}, id="half-mounted"
    ),
    pytest.param(
        "TfServingConfigRefused",
        {REFUSED: "0x2 1x9 0x9", PENDING: "1x20"},
        {"1m": [], "1m30s": [{"verdict": "refused"}], "8m": []},
        id="refused",
    ),
    pytest.param(
        "TfServingVersionFailed",
        {FAILED: "_ 1x9 stale"},
        {"0s": [], "30s": [HELD], "5m": [HELD], "6m": []},
        id="failed",
    ),
    pytest.param("TfServingAgentDown", {UP: "0x60"}, {"9m": [], "11m": [{}]}, id="down"),
    pytest.param(
        "TfServingAgentDown", {UP.replace("-agent", ""): "0x60"}, {"11m": []}, id="server-down"
    ),
]


@pytest.mark.parametrize(("alert", "values", "expected"), ALERTS)
def test_when_an_alert_fires(tmp_path, alert, values, expected):
    """As Prometheus evaluates it: at once or after its time, and not after it is over."""
    fires(tmp_path, alert, values, expected)


def test_a_real_answer_makes_the_alert_on_the_version_that_failed_fire(tmp_path, scraped):
    """Each series of it, with what a Prometheus adds: one version failed, nothing is refused."""
    values = {}
    for name, value in samples(scraped).items():
        metric, _, labels = name.partition("{")
        known = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        values[series(metric, **known)] = f"{value}x60"

    failed = [{"model": "bad", "version": "1"}]
    fires(tmp_path, "TfServingVersionFailed", values, {"1m": failed})
    fires(tmp_path, "TfServingAgentBehind", values, {"11m": [{}]})
    for silent in ("TfServingConfigRefused", "TfServingDesiredRefused", "TfServingAgentDown"):
        fires(tmp_path, silent, values, {"29m": []})


def test_a_config_that_is_refused_has_the_verdict_that_the_alert_asks_for():
    """The agent says it after ten minutes, which no test waits for."""
    refused = metrics(Report(0.0, reload=Reload(Verdict.REFUSED)), 0.0)

    assert samples(refused)[f'{PREFIX}config_reload{{verdict="refused"}}'] == 1
