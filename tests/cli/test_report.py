"""`tfs-gitops report`: the site in a folder, as a person opens and publishes it."""

import json
import shutil
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from generator.catalog.savedmodel import directory
from tests.kit.html import Page
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose dev serves a 1 and 2, and whose prod waits for both."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev", [{"match": "*", "versions": {"latest": 2}}])
    waits = [{"match": "*", "versions": {"latest": 1, "from": "dev", "minAge": "2d"}}]
    project.environment("prod", waits)
    project.publish("a", 1)
    project.publish("a", 2)
    project.publish("b", 1)
    assert project.run("sync").exit_code == 0
    return project


def report(project, folder, *words, code=0):
    """Write a report, and return its pages by their path."""
    result = project.run("report", "--output", str(folder), *words)
    assert result.exit_code == code, result.output
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }


def test_every_link_of_the_site_leads_somewhere(project, tmp_path):
    """It works from a file: all that a page refers to is there, by its relative path."""
    folder = tmp_path / "site"
    pages = report(project, folder)

    assert [*pages] == ["index.html", "models/a.html", "models/b.html"]
    for path, page in pages.items():
        here = (folder / path).parent
        for tag in page.tags:
            target = tag.attributes.get("href") or tag.attributes.get("src")
            if target is None or "://" in target:
                continue
            file, anchor = urldefrag(target)
            there = Path(here / unquote(file)).resolve() if file else folder / path
            assert there.is_file(), target
            other = Page(there.read_text(encoding="utf-8")) if anchor else page
            assert not anchor or [tag for tag in other.tags if tag.attributes.get("id") == anchor]


def test_the_page_says_what_is_served_what_waits_and_who_changed_it(project, tmp_path):
    """From the branch and the store; each model with its sizes and its signatures."""
    pages = report(project, tmp_path / "site", "--title", "Models of Acme")

    front = pages["index.html"]
    assert front.all("title")[0].text == "Models of Acme"
    assert front.of_class("brand") == ["Models of Acme"]
    assert [text for text in front.of_class("waits") if text.startswith("version 2 waits until")]
    assert "dev by Test sync" in front.of_class("timeline")[0]
    model = " ".join(pages["models/a.html"].tags[0].text.split())
    assert "Signatures Version 2" in model
    assert "environments/prod.yaml" in model


def test_a_second_report_touches_only_what_differs(project, tmp_path):
    """So a host of pages uploads little; the page of a model that is gone is gone."""
    folder = tmp_path / "site"
    report(project, folder)
    stale, style = folder / "models" / "old.html", folder / "page.css"
    stale.write_text("old")
    before = style.stat().st_mtime_ns
    result = project.run("report", "--output", str(folder), "--format", "json")

    told = json.loads(result.stdout)
    schema("report").validate(told)
    assert told == {"page": str(folder / "index.html"), "pages": 3, "models": 2}
    assert not stale.exists()
    assert style.stat().st_mtime_ns == before


def test_a_folder_of_somebody_else_is_left_alone(project, tmp_path):
    """Exit 3 with the next step, and nothing written."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<title>mine</title>")
    result = project.run("report", "--output", str(folder))

    assert result.exit_code == 3
    assert "is not empty" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["index.html"]


def test_what_cannot_be_read_is_on_the_page_and_in_the_exit_code(project, tmp_path):
    """A broken environment stops no other, and a store that is gone leaves what Git says."""
    (project.root / "environments" / "broken.yaml").write_text("spec: {")
    pages = report(project, tmp_path / "site", code=3)
    assert "broken" in pages["index.html"].of_class("troubled")[0]

    (project.root / "environments" / "broken.yaml").unlink()
    shutil.rmtree(project.store)
    pages = report(project, tmp_path / "site")
    cards = pages["index.html"].of_class("card")
    assert all("unknown" in card for card in cards)
    assert [*pages] == ["index.html", "models/a.html", "models/b.html"]


def test_what_environments_share_is_read_once(project, tmp_path, monkeypatch):
    """Three environments of one store are no three readings of each version."""
    project.environment("staging", [{"match": "*", "versions": {"latest": 2, "from": "dev"}}])
    assert project.run("sync", "staging").exit_code == 0
    read, plain = [], directory.signatures

    def counting(store, version, reading):
        read.append(version.path)
        return plain(store, version, reading)

    monkeypatch.setattr(directory, "signatures", counting)
    pages = report(project, tmp_path / "site")

    assert sorted(read) == ["a/1", "a/2", "b/1"]
    assert "Signatures Version 2" in " ".join(pages["models/a.html"].tags[0].text.split())


def test_git_alone_is_enough(project, tmp_path):
    """Without the store nobody claims that nothing is held."""
    pages = report(project, tmp_path / "site", "--no-store", "--no-signatures")
    assert "held?" in pages["index.html"].of_class("card")[0]
    assert "the store was not read" in pages["models/a.html"].of_class("problem")[0]
