"""`templates/README.md` names each template, and the variables that it is given."""

import re
from pathlib import Path

import pytest

from generator.environment.serving import Monitoring, Rollout, Verify
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.render import compose, overlay
from generator.render.fleet import files
from generator.render.fleet.drafts import Draft
from generator.render.scaffold import scaffold_of
from generator.render.templates import TEMPLATES, Templates
from generator.report.commit_message import commit_message
from generator.report.markdown import plan_markdown
from generator.status.dashboard.board import board
from generator.status.dashboard.text import dashboard_markdown
from generator.status.site.fleet import Fleet
from tests.kit.manifests import SOURCES, a_lock, an_environment
from tests.kit.overviews import overview
from tests.kit.strategies import MOMENT

ROW = re.compile(r"^\| (`.*`) \|(.*)\|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


class Recording(Templates):
    """Templates that remember the names of what each was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, set[str]] = {}

    def render(self, name, **values):
        """Render it, and remember."""
        self.given.setdefault(name, set()).update(values)
        return super().render(name, **values)


@pytest.fixture(scope="module")
def given():
    """Every template that there is, rendered as the program renders it."""
    templates = Recording()
    for kind in SOURCES:
        overlay.generated(an_environment(kind), a_lock(), templates)
    overlay.generated(
        an_environment("s3-pull", rollout=Rollout(), verify=Verify()), a_lock(), templates
    )
    environment = an_environment("claim", monitoring=Monitoring())
    dict(scaffold_of(environment, templates))
    compose.files(environment, a_lock(), templates)
    files.policy_files((Draft("dev", takes_from=None, extends="_base"),), templates)
    files.fleet_files([environment], files.Wanted(local=("store",), pages=True), templates)
    plan = Plan("prod", Lock("prod", "s3://models"))
    plan_markdown(plan, templates)
    commit_message(plan, templates)
    one = overview("prod")
    dashboard_markdown(board(Fleet(MOMENT, {one.name: one}), one), templates, "<!-- -->")
    return templates.given


def test_the_page_has_each_template_with_its_variables(given):
    """Whoever shadows a template knows from here what it may use."""
    text = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    told = {
        name: CODE.findall(variables)
        for names, variables in ROW.findall(text)
        for name in CODE.findall(names)
    }

    found = {}
    for name, variables in given.items():
        folder = name.split("/")[0]
        found[f"{folder}/*" if folder in {"base", "components"} else name] = sorted(variables)
    assert told == found


def test_each_file_is_a_template_that_is_rendered(given):
    """So that the page leaves none out."""
    files = {path.relative_to(TEMPLATES).as_posix() for path in Path(TEMPLATES).rglob("*.*")}
    files |= {"init/CODEOWNERS", "init/gitignore"}
    site = {name for name in files if name.startswith("site/")}
    assert files - site - set(given) == {"README.md"}
