"""The values of the program are frozen structs; what is meant to change says so."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys

import msgspec

import generator


def source(found):
    """Return the text of the module that defines a class."""
    return inspect.getsource(sys.modules[found.__module__])


def classes():
    """Return the classes that modules of the program define."""
    for info in pkgutil.walk_packages(generator.__path__, "generator."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for found in vars(module).values():
            if isinstance(found, type) and found.__module__ == info.name:
                yield found


def test_a_struct_says_whether_it_is_frozen():
    """The word has to stand at each class: without it, msgspec lets fields be set."""
    structs = [it for it in classes() if issubclass(it, msgspec.Struct)]
    said = {it for it in structs if re.search(rf"(?m)^class {it.__name__}\(.*frozen=", source(it))}

    assert len(structs) > 300
    assert [it for it in structs if it not in said] == []


def test_what_changes_is_a_struct_too():
    """But in the agent, which starts once and runs for days, and in what a demo plays."""
    others = ("generator.agent", "generator.cli.demo", "generator.simulated_server")
    changing = [
        it
        for it in classes()
        if dataclasses.is_dataclass(it)
        and not it.__dataclass_params__.frozen
        and not it.__module__.startswith(others)
    ]

    assert changing == []


def test_a_frozen_dataclass_has_a_field_that_is_not_compared_or_not_shown():
    """All else is a struct: it costs a fiftieth at each start."""
    frozen = [
        it
        for it in classes()
        if dataclasses.is_dataclass(it)
        and it.__dataclass_params__.frozen
        and not it.__module__.startswith("generator.simulated_server")
    ]

    assert frozen
    for it in frozen:
        fields = dataclasses.fields(it)
        assert not all(field.compare and field.repr for field in fields), it
