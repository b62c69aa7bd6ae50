"""`generator.render.sandbox`: no template of a person runs without end, or fills the memory."""

import re
import subprocess
import sys
import time

import pytest

from generator.errors import InvalidInputError
from generator.limits.template import TEMPLATE_BYTES
from generator.render.templates import Templates
from generator.text import quoting

NESTED = (
    "{% set ns = namespace(x=[1]) %}"
    "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
)
"""A list of two lists, each of two lists: sixty levels, which print as 2^60 numbers."""

TWINS = (
    "{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(60) %}"
    "{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) %}{% endfor %}"
)
"""Two such tuples, which are equal after 2^60 comparisons."""

LONG = "{% set long = 'a' * 1000000 %}"

CHARACTERS = "more than 33,554,432 characters"
TURNS = "more than 1,000,000 turns"
WIDTH = "has a width of over 4 digits"
TIMES = "expected at most 10,000"
BITS = "bits, expected at most 4,096"

BOMBS = {
    TWINS + "{{ ns.x == ns.y }}": TURNS,
    TWINS + "{{ ns.x in [ns.y] }}": TURNS,
    TWINS + "{{ [ns.x, ns.y]|sort|length }}": TURNS,
    TWINS + "{{ [ns.x]|unique|list|length }}": TURNS,
    TWINS + "{{ {ns.x: 1}|length }}": TURNS,
    "{% set ns = namespace(x={}, y={}) %}{% for i in range(60) %}"
    "{% set ns.x = dict(a=ns.x, b=ns.x) %}{% set ns.y = dict(a=ns.y, b=ns.y) %}{% endfor %}"
    "{{ ns.x == ns.y }}": TURNS,
    "{{ 'a' * 10**10 }}": CHARACTERS,
    "{% set s = 'a ' * 9999 %}{% for i in range(99999) %}{% set x = s|wordcount %}{% endfor %}": (
        CHARACTERS
    ),
    "{{ [1] * 10**10 }}": CHARACTERS,
    "{% set a = 'a' * 10**7 %}{{ a * 9 }}": CHARACTERS,
    "{{ 10**4000**4000 }}": BITS,
    "{{ (2**4000) * (2**4000) }}": BITS,
    "{{ '%9999999999d' % 1 }}": WIDTH,
    "{{ '%*d' % (9999999999, 1) }}": WIDTH,
    "{{ '%9999999999d'|format(1) }}": WIDTH,
    "{{ '{:9999999999}'.format(1) }}": WIDTH,
    "{{ '{:{w}}'.format(1, w=9999999999) }}": WIDTH,
    "{{ 'a'.ljust(10**10) }}": CHARACTERS,
    "{{ 'a'|attr('center')(10**10) }}": CHARACTERS,
    "{{ 'a'|center(10**10) }}": TIMES,
    "{{ 'a'|center(width=10**10) }}": TIMES,
    "{{ ['a']|map('center', 10**10)|list }}": TIMES,
    "{{ 'a\nb'|indent(10**10) }}": TIMES,
    "{{ ('\n' * 1000000)|indent(9999) }}": CHARACTERS,
    "{{ [1]|batch(10**10, 'a')|list }}": TIMES,
    "{{ [1]|slice(10**10)|list }}": TIMES,
    "{{ 1|round(10**9, 'floor') }}": TIMES,
    "{{ [1]|tojson(10**10) }}": TIMES,
    LONG + "{{ long.replace('a', long) }}": CHARACTERS,
    LONG + "{{ long|replace('a', long) }}": CHARACTERS,
    LONG + "{{ long|replace('', long) }}": CHARACTERS,
    LONG + "{{ long.join(long) }}": CHARACTERS,
    LONG + "{{ long|join(long) }}": CHARACTERS,
    LONG + "{% for i in range(99) %}{{ long }}{% endfor %}": CHARACTERS,
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
    "{% set ns.x = ns.x ~ ns.x %}{% endfor %}": CHARACTERS,
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
    "{% set ns.x = ns.x + ns.x %}{% endfor %}": CHARACTERS,
    "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}"
    "{% set ns.x = ns.x + [range(99999)|list] %}{% endfor %}": TURNS,
    NESTED + "{{ ns.x }}": TURNS,
    NESTED + "{{ ns.x ~ '' }}": TURNS,
    NESTED + "{{ ns.x|string|length }}": TURNS,
    NESTED + "{{ ns.x|upper|length }}": TURNS,
    NESTED + "{{ ns.x|join }}": TURNS,
    NESTED + "{{ ns.x|replace('1', '2') }}": TURNS,
    NESTED + "{{ ns.x|yaml }}": TURNS,
    NESTED + "{{ ns.x|md }}": TURNS,
    NESTED + "{{ ns.x|tojson }}": TURNS,
    NESTED + "{{ '%s'|format(ns.x) }}": TURNS,
    NESTED + "{{ '%s' % ns.x }}": TURNS,
    NESTED + "{{ '{}'.format(ns.x) }}": TURNS,
    NESTED + "{{ '{!r:.9}'.format(ns.x) }}": TURNS,
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}": TURNS,
    "{% for i in range(99999) %}" + "x" * 1000 + "{% endfor %}": CHARACTERS,
    "{% macro m() %}" + "x" * 1000 + "{% endmacro %}"
    "{% for i in range(99999) %}{% set a = m() %}{% endfor %}": CHARACTERS,
    "{% for i in range(99999) %}{% set x %}" + "x" * 1000 + "{% endset %}{% endfor %}": CHARACTERS,
    "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}" + "{{ " + "m(" * 40 + "1" + ")" * 40 + " }}": (
        CHARACTERS
    ),
    "{% include 'bomb' %}{% include 'bomb' %}": "recursion",
    "{% for i in [[1]] recursive %}{{ loop([i, i]) }}{% endfor %}": "recursion",
}


@pytest.mark.parametrize(("bomb", "told"), BOMBS.items(), ids=map(quoting.short, BOMBS))
def test_a_template_ends_within_seconds_and_is_told_where_it_makes_too_much(tmp_path, bomb, told):
    """Whatever multiplies is paid for before it is made, by each way that Jinja has."""
    (tmp_path / "bomb").write_text(bomb)
    began = time.process_time()

    with pytest.raises(InvalidInputError) as raised:
        Templates(tmp_path).render("bomb")

    assert told in raised.value.problems[0]
    assert raised.value.problems[0].startswith(f"{tmp_path}/bomb:")
    assert raised.value.hint.startswith("mend the template")
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a'|random }}",
        "{{ 'a'|wordwrap }}",
        "{{ lipsum() }}",
        "{{ '\t'.expandtabs(9) }}",
        "{{ (1).to_bytes(9) }}",
        "{{ 'a'.translate({}) }}",
        "{{ 'a'.encode() }}",
    ],
)
def test_what_nobody_can_foresee_is_not_there(tmp_path, text):
    """Neither chance, so that the same inputs have the same bytes, nor results of any size."""
    (tmp_path / "bomb").write_text(text)

    with pytest.raises(InvalidInputError):
        Templates(tmp_path).render("bomb")


def test_what_templates_do_every_day_is_as_it_was(tmp_path):
    """Loops with their variable, macros, filters, formats: the budget is for thousands of them."""
    (tmp_path / "one").write_text(
        "{% macro name(x) %}<{{ x }}>{% endmacro %}"
        "{% for one in items recursive %}{{ loop.index }}/{{ loop.length }} {{ one ~ '!' }} "
        "{{ name(one) }}{{ ', ' if not loop.last }}{% endfor %} "
        "{{ items|join('+') }} {{ items|map('upper')|join(d='-') }} {{ '%05.1f'|format(2) }} "
        "{{ '%s-%s' % ('a', 1) }} {{ '{:>4}'.format(7) }} {{ 'a.b'.replace('.', '-') }} "
        "{{ 'a\nb'|indent(2) }} {{ [1, 2] + [3] }} {{ 3 * 4 }} {{ 2 ** 10 }} {{ 'x'|center(3) }}."
        "{{ items|batch(2)|list }} {{ {'k': [1]}|tojson }} {{ items|replace('a', 'b') }}"
    )

    assert Templates(tmp_path).render("one", items=["a", "b", "c"]) == (
        "1/3 a! <a>, 2/3 b! <b>, 3/3 c! <c> a+b+c A-B-C 002.0 a-1    7 a-b a\n  b [1, 2, 3] 12 1024"
        "  x .[['a', 'b'], ['c']] {\"k\": [1]} ['b', 'b', 'c']"
    )


def test_a_template_that_is_too_long_is_not_even_compiled(tmp_path):
    """A sparse file of terabytes costs as little as one that is a byte too long."""
    (tmp_path / "bomb").write_bytes(b"x" * (TEMPLATE_BYTES + 1))
    with pytest.raises(InvalidInputError, match="bomb: more than 49,152 bytes"):
        Templates(tmp_path).render("bomb")
    with (tmp_path / "bomb").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InvalidInputError, match="bomb: more than 49,152 bytes"):
        Templates(tmp_path).render("bomb")


def filled(one, head="", tail=""):
    """Return a template of as many of *one* as it may have, each with its number."""
    numbered = [one.replace("#", f"{number:05}") for number in range(TEMPLATE_BYTES // 2)]
    room = TEMPLATE_BYTES - len(head) - len(tail)
    return head + "".join(numbered[: room // len(numbered[0])]) + tail


HEAVY = {
    "a list of lists": next(bomb for bomb in BOMBS if "range(99999)|list" in bomb),
    "a long list": filled("a,", "{% set a = 1 %}{{ [", "] }}"),
    "expressions": filled("{{1}}"),
    "inclusions": filled("{%include 1%}"),
    "blocks": filled("{%block b#%}{%endblock%}"),
}


@pytest.mark.parametrize("template", HEAVY.values(), ids=HEAVY)
def test_a_template_takes_no_more_memory_than_it_may_make(tmp_path, template):
    """Lists weigh more than texts, and what is compiled more than its text: 75 MB are a sync's."""
    (tmp_path / "bomb").write_text(template)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from generator.errors import InvalidInputError\n"
        "from generator.render.templates import Templates\n"
        "try:\n"
        "    Templates(Path(sys.argv[1])).render('bomb')\n"
        "except InvalidInputError as error:\n"
        "    assert 'bytes' not in str(error)\n"
        "print(Path('/proc/self/status').read_text())\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )

    # Of this program alone: `ru_maxrss` begins with what the test's own process has.
    peak = re.search(r"VmHWM:\s+(\d+) kB", found.stdout)
    assert peak is not None
    assert int(peak[1]) < 225 * 1024
