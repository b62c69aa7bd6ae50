"""The files of a version in memory, and what servers could not load of it."""

from pathlib import Path

from generator.catalog.savedmodel.reading import Reading
from generator.catalog.savedmodel.servable import problems
from generator.catalog.savedmodel.version_files import LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from tests.kit.savedmodels import SAVER, info, saved

EXAMPLES = sorted((Path(__file__).parents[2] / "examples/models").glob("*/*"))
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 152034\n" % (b"0" * 64)
INDEX = "variables/variables.index"
VARIABLES = saved([info("serve"), SAVER])
LITE = b"\x1c\0\0\0TFL3\x14\0"
PLAIN, TFLITE = Reading(), Reading(tflite=True)


class Memory(LocalFiles):
    """A version in memory, which counts what is read of it."""

    where = "in the index"

    def __init__(self, files):
        self.sizes = {name: len(data) for name, data in files.items()}
        self.files = files
        self.reads = []

    def range(self, name, start, end):
        """Return a span."""
        self.reads.append((name, end - start))
        assert start < end <= self.sizes[name]
        return self.files[name][start:end]


def found(files, reading=PLAIN):
    """Return what is wrong with a version of *files*."""
    return list(problems(reading, VersionReader(Memory(files), reading).facts))


def shard(number, count):
    """Return the name of a shard of the variables."""
    return f"variables/variables.data-{number:05}-of-{count:05}"


def shards(count, *without, data=b"weights"):
    """Return the files of *count* shards and their index, without some."""
    files = {shard(number, count): data for number in range(count) if number not in without}
    return {"saved_model.pb": VARIABLES, INDEX: b"index"} | files


def folder(path):
    """Return the files of a folder by name."""
    return {one.relative_to(path).as_posix(): one for one in path.rglob("*") if one.is_file()}
