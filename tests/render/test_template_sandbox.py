"""Templates of a policy repository are input: they see values, and nothing behind them."""

import pytest

from generator.errors import InvalidInputError
from generator.render.templates import Templates
from tests.kit.environments import environment

WAYS_OUT = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ one.__init__.__globals__ }}",
    "{{ one.source.__reduce_ex__(2) }}",
    "{{ one | attr('__class__') }}",
    "{{ [one] | map('attr', '__class__') | list }}",
    "{{ [one] | selectattr('__class__') | list }}",
    "{{ '{0.__class__}'.format(one) }}",
    "{{ '{0.__class__}' | format_map({'0': one}) }}",
    "{{ ('{0.__class__}' | safe).format(one) }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ self._TemplateReference__context }}",
    "{{ one.policy.__getitem__ }}",
    "{{ (one for one in []).gi_frame }}",
    "{% set one.name = 'x' %}",
    "{% do names.append('x') %}",
    "{{ names.append('x') }}",
    "{% include '/etc/hostname' %}",
    "{% include '../outside' %}",
    "{% import '../outside' as outside %}",
    "{% extends '../outside' %}",
]


LOOKS = ["map(attribute='__class__')", "groupby('__class__')"]


def rendered(folder, text, **values):
    """Render a template of a project."""
    path = folder / "templates/report/commit.txt"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return Templates(folder / "templates").render("report/commit.txt", **values)


@pytest.mark.parametrize("text", WAYS_OUT)
def test_a_template_reaches_nothing_but_its_values(tmp_path, text):
    """No class, no module, no file, and it changes no value: each try is an error at its line."""
    (tmp_path / "outside").write_text("secret")
    one, names = environment(), ["a"]

    with pytest.raises(InvalidInputError, match=r"commit\.txt:1: "):
        rendered(tmp_path, text, one=one, names=names)
    assert names == ["a"]


@pytest.mark.parametrize("look", LOOKS)
def test_a_filter_finds_nothing_behind_a_value(tmp_path, look):
    """It goes on with what is undefined."""
    text = f"{{{{ ['a'] | {look} | list }}}}"

    assert "class" not in rendered(tmp_path, text)


def test_what_a_template_is_for_works(tmp_path):
    """Values, their attributes, loops and filters."""
    text = "{% for name in names | sort %}{{ one.name }}-{{ name | upper }} {% endfor %}"

    done = rendered(tmp_path, text, one=environment(), names=["b", "a"])

    assert done.split() == ["prod-A", "prod-B"]
