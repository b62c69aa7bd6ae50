"""The values of the program are frozen structs; none can be changed by who gets it."""

import dataclasses
import importlib
import pkgutil

import msgspec

import generator


def classes():
    """Return the classes that modules of the program define."""
    for info in pkgutil.walk_packages(generator.__path__, "generator."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for found in vars(module).values():
            if isinstance(found, type) and found.__module__ == info.name:
                yield found


def test_a_struct_is_frozen():
    """The word has to stand at each class: without it, msgspec lets fields be set."""
    structs = [it for it in classes() if issubclass(it, msgspec.Struct)]

    assert len(structs) > 300
    assert [it for it in structs if not it.__struct_config__.frozen] == []


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
