"""Templates that are compiled ahead: the same as what Jinja makes of them now."""

import hashlib
import re
from pathlib import Path

import jinja2
import pytest

from generator.errors import InvalidInputError
from generator.render import compiled, precompiled
from generator.render.budget import Budget, spending
from generator.render.compiled import index
from generator.render.templates import _COMPILED, TEMPLATES, Templates

FOLDER = Path(str(compiled.__file__)).parent
OF_A_SYNC = ("base", "components", "overlay", "report")
NAMES = [
    path.relative_to(TEMPLATES).as_posix()
    for folder in OF_A_SYNC
    for path in sorted((TEMPLATES / folder).rglob("*"))
    if path.is_file()
]
HEAD = '''"""The texts that were compiled, by Jinja's checksum of each, and the release of Jinja."""

'''


def text_of(name):
    """Return the text of a template of ours."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def made(name):
    """Return what Jinja compiles a template of ours to, in Python."""
    with spending(Budget()):  # what is the same at each rendering is worked out already
        python = Templates()._jinja.compile(text_of(name), name, name, raw=True, defer_init=True)
    return f"{python}\n"


def index_made():
    """Return the module that says which texts are compiled."""
    checksums = {it: hashlib.sha1(text_of(it).encode()).hexdigest() for it in NAMES}  # noqa: S324
    lines = "".join(f'    "{name}": "{it}",\n' for name, it in checksums.items())
    return f'{HEAD}JINJA = "{jinja2.__version__}"\n\nCHECKSUMS = {{\n{lines}}}\n'


def test_what_is_compiled_ahead_is_what_jinja_makes_of_the_templates(request):
    """Whoever changes a template, or takes another Jinja, renews them with --update-golden."""
    files = {f"{precompiled.module(name)}.py": made(name) for name in NAMES}
    files |= {"index.py": index_made()}
    if request.config.getoption("--update-golden"):
        for path in FOLDER.glob("[a-z]*.py"):
            path.unlink()
        for name, text in files.items():
            (FOLDER / name).write_text(text, encoding="utf-8")

    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("[a-z]*.py")}
    assert there == files
    assert len(files) == len(NAMES) + 1  # no two templates have one module


@pytest.fixture
def nothing_compiled(monkeypatch):
    """Forget what this process has compiled."""
    monkeypatch.setattr(_COMPILED, "_code", {})


@pytest.mark.usefixtures("nothing_compiled")
def test_a_sync_compiles_none_of_our_templates(monkeypatch):
    """They are taken as they come with the program."""
    monkeypatch.setattr(jinja2.Environment, "compile", None)

    rendered = Templates().render("base/service.yaml", names={"deployment": "served"})

    assert "app.kubernetes.io/name: served" in rendered


@pytest.mark.usefixtures("nothing_compiled")
def test_a_template_of_a_person_is_compiled_whatever_it_is_called(tmp_path):
    """What is compiled ahead is a text, and not a name."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/service.yaml").write_text("mine: {{ names }}")

    assert Templates(tmp_path).render("base/service.yaml", names=1) == "mine: 1"


@pytest.mark.usefixtures("nothing_compiled")
def test_another_jinja_compiles_anew(monkeypatch):
    """It runs what it has made itself; what it renders is the same."""
    values = {"names": {"deployment": "d"}}
    ahead = Templates().render("base/service.yaml", **values)
    _COMPILED._code.clear()
    monkeypatch.setattr(index, "JINJA", "0.1")
    monkeypatch.setattr(precompiled, "find_spec", None)

    assert Templates().render("base/service.yaml", **values) == ahead


@pytest.mark.usefixtures("nothing_compiled")
def test_an_error_in_what_was_compiled_ahead_has_its_file_and_line():
    """Those of the template, which a person can open."""
    expected = re.escape(f"{TEMPLATES}/base/service.yaml:")

    with pytest.raises(InvalidInputError, match=rf"{expected}\d+: 'names' is undefined"):
        Templates().render("base/service.yaml")
