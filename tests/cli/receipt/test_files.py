"""Files as inputs of a run: of the program, what was written, and not what Python keeps."""

from generator.cli.receipt.files import below


def test_folders_that_are_passed_over_are_not_looked_into(tmp_path):
    """At any depth, and only those of this very name: bytecode comes and goes with a start."""
    for name in ("a.py", "b/c.py", "b/kept/d.py", "kept/a.pyc", "b/kept.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    def found(**named):
        return [path.removeprefix(f"{tmp_path}/") for path, _ in below(tmp_path, **named)]

    assert found(without="kept") == ["a.py", "b/c.py", "b/kept.py"]
    assert len(found()) == 5
