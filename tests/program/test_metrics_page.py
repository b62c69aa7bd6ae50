"""`docs/reference/metrics.md`: what agents tell Prometheus, and the alerts that come with it."""

import re
from pathlib import Path

import yaml

from generator.agent.decide.config import Entry
from generator.agent.report import Report, metrics
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.state import ModelState
from generator.serving.wave_state import Refusal, WaveState
from tests.kit.overlays import scaffolded

PAGE = Path(__file__).parents[2] / "docs/reference/metrics.md"
HEAD = """# Metrics and alerts

`components/monitoring/scrape.yaml` has a job for servers and one for agents, `rules.yaml`
beside it the alerts: name both in the configuration of your Prometheus, under
`scrape_config_files` and `rule_files`. With the operator, `serving.monitoring.serviceMonitor:
true` finds the pods, and the groups of `rules.yaml` are the spec of a PrometheusRule. What to
do when one comes: [when you are called](../on-call.md).

A server's own metrics are those of TensorFlow Serving. It has none that tells whether a config
was taken, so the alerts on that need an agent.
"""
KEY = ("m", 1)


def full_report() -> Report:
    """Return a report in which each metric has a sample."""
    wanted = Entry("m", "tensorflow", ModelState(frozenset({1})))
    answers = {
        KEY: ProbeAnswer(Answered.NO, "wrong", seconds=0.1, under_load=0.2),
        ("m", 2): ProbeAnswer(Answered.NOT_YET, "waits"),
    }
    refused = {KEY: Refusal("digest", "tf-serving-x", "it ended the server")}
    return Report(
        0.0,
        wanted={"m": wanted},
        failed={KEY: "no such op"},
        unfetched={KEY: "no room"},
        probes=answers,
        succeeded_at=0.0,
        wave=WaveState("tf-serving-y", refused=refused),
    )


def metric_rows() -> list[str]:
    """Return the row of each metric of an agent: its name, labels, kind and meaning."""
    text = metrics(full_report(), 1.0)
    rows = []
    for name, meaning in re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE):
        [kind] = re.findall(rf"^# TYPE {name} (\w+)$", text, re.MULTILINE)
        sample = re.search(rf"^{name}(?:{{(.*)}})? ", text, re.MULTILINE)
        assert sample, f"{name}: no sample"
        labels = ", ".join(f"`{it}`" for it in re.findall(r'(\w+)="', sample[1] or ""))
        rows.append(f"| `{name}` | {labels} | {kind} | {meaning} |")
    return rows


def alert_rows(group: str) -> list[str]:
    """Return the row of each alert of a group of rules."""
    groups = yaml.safe_load(scaffolded("components/monitoring/rules.yaml"))["groups"]
    [rules] = [it["rules"] for it in groups if it["name"] == group]
    rows = []
    for rule in rules:
        said = {
            key: re.sub(r"{{ \$labels\.(\w+) }}", lambda it: it[1].upper(), text)
            for key, text in rule["annotations"].items()
        }
        cells = (rule["labels"]["severity"], rule.get("for", "at once"), *said.values())
        rows.append(f"| `{rule['alert']}` | {' | '.join(cells)} |")
    return rows


def page() -> str:
    """Return the page as the agent and the rules have it."""
    lines = [HEAD]
    for title, group in (
        ("Alerts on servers", "tf-serving"),
        ("Alerts on agents", "tf-serving-agent"),
    ):
        lines += [f"## {title}", "", "| alert | severity | after | says | and |"]
        lines += ["|---|---|---|---|---|", *alert_rows(group), ""]
    lines += ["## Metrics of an agent", "", "At port 9090, `/metrics`.", ""]
    lines += ["| metric | labels | kind | what it is |", "|---|---|---|---|", *metric_rows()]
    return "\n".join(lines) + "\n"


def test_the_page_is_what_agents_and_rules_say(request):
    """Whoever adds a metric or an alert changes the page with it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_alert_is_a_row_of_the_page_for_who_is_called():
    """With what to do first."""
    told = (PAGE.parents[1] / "on-call.md").read_text()
    alerts = re.findall(r"^\| `(TfServing\w+)` \|", PAGE.read_text(), re.MULTILINE)

    assert alerts
    assert [name for name in alerts if f"| `{name}`" not in told] == []
