"""The two folders of the agent: what Git wants, and what the server reads."""

import os
import stat

import pytest

from generator.agent.pod.checkpoint import Checkpoint
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.mounted import CONFIG
from generator.agent.pod.served import CHECKPOINT, Served
from generator.errors import GeneratorError
from generator.limits.json import CHECKPOINT_BYTES
from generator.lock.paths import LOCK
from generator.serving.state import ModelState
from generator.text import bounded_file
from tests.kit.pod_processes import Pod
from tests.kit.strategies import model


@pytest.fixture
def pod(tmp_path):
    """Return the folders of a pod, with a commit of two versions mounted."""
    pod = Pod(tmp_path / "pod")
    pod.deliver(model("a", pod.publish("a", 1), pod.publish("a", 2), stable=1))
    return pod


def files(pod):
    """Return the two files as they are mounted."""
    return {name: (pod.root / "desired" / name).read_text() for name in (CONFIG, LOCK)}


def state(desired):
    """Return versions and labels of the model `a`."""
    entry = desired.revision.config["a"]
    return sorted(entry.state.versions), dict(entry.state.labels)


def test_a_plain_folder_is_read_as_a_mounted_one(pod, tmp_path):
    """On one machine nothing swaps a link."""
    for name, text in files(pod).items():
        (tmp_path / name).write_text(text)
    plain = DesiredFolder(tmp_path, pull=True).read()
    mounted = DesiredFolder(pod.root / "desired", pull=True).read()
    assert plain == mounted
    assert state(plain) == ([1, 2], {"stable": 1})


def test_both_files_are_of_one_revision(pod, monkeypatch):
    """The link is followed once: a swap between two reads shows the old revision, or is retried."""
    folder = DesiredFolder(pod.root / "desired", pull=True)
    read, swaps = bounded_file.read_text, []

    def swapping(path, limit):
        text = read(path, limit)
        if path.name == CONFIG and not swaps:
            swaps.append(path)
            pod.deliver(model("a", pod.publish("a", 2)))
            for name in (CONFIG, LOCK):  # the kubelet deletes the old folder
                (path.parent / name).unlink()
        return text

    monkeypatch.setattr(bounded_file, "read_text", swapping)
    assert state(folder.read()) == ([2], {})


@pytest.mark.parametrize("to", ["..data", "..gone"])
def test_a_link_that_leads_nowhere_is_told(tmp_path, to):
    """Round in a circle, or to what is gone; what was wanted before goes on."""
    (tmp_path / "..data").symlink_to(to)
    with pytest.raises(GeneratorError, match=r"models\.config|symbolic links"):
        DesiredFolder(tmp_path, pull=True).read()


def test_what_a_person_wrote_into_the_config_is_wanted(pod):
    """As a sync has it: versions are taken away and labels moved by hand."""
    found = files(pod)
    edited = found[CONFIG].replace("value: 1", "value: 2")
    assert edited != found[CONFIG]
    pod.swap({**found, CONFIG: edited})
    folder = DesiredFolder(pod.root / "desired", pull=True)
    assert state(folder.read()) == ([1, 2], {"stable": 2})
    pod.swap({**found, CONFIG: "model_config_list {}\n"})
    assert folder.read().revision.config == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (CONFIG, 'name: "a"', 'name: "b"', "'b' is not in the lock"),
        (CONFIG, "/models/a", "/models/other", "by the lock at '/models/a'"),
        (CONFIG, '"tensorflow"', '"other"', "platform other"),
        (CONFIG, "/models/a", "relative/a", "by the lock"),
        (LOCK, "file://", "ftp://", "expected s3://"),
        (LOCK, '"basePath": "a"', '"basePath": "a/../../b"', "'..'"),
        (LOCK, '"basePath": "a"', '"basePath": "/etc"', "starts with '/'"),
        (LOCK, '"directory"', "}", "not a lock"),
        (LOCK, '"models": {', '"models": {"x": 1,', "not a lock"),
        (LOCK, "sha256:", "md5:", "not 'sha256:<hex>'"),
        (LOCK, '"a"', '"\\ud800"', "half a char"),
        (LOCK, '"labels": {', '"labels": {"\\udfff": 1, ', "half a char"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(pod, name, old, new, told):
    """A path, a platform or a model that the other file does not have; each is named."""
    found = files(pod)
    text = found[name].replace(old, new) if old in found[name] else f"{new}{found[name]}"
    pod.swap({**found, name: text})
    for pull in (True, False):
        if new == "relative/a" and pull:  # with --models, the root is the agent's own
            continue
        with pytest.raises(GeneratorError) as refused:
            DesiredFolder(pod.root / "desired", pull=pull).read()
        assert told in str(refused.value)


@pytest.mark.parametrize(("pull", "is_direct"), [(False, True), (True, False)])
def test_the_root_is_the_url_of_the_store_only_where_the_server_reads_it(pod, pull, is_direct):
    """Beside a pull the server has /models, also while Git still has the URL."""
    found = files(pod)
    url = (pod.root / "store").as_uri()
    pod.swap({**found, CONFIG: found[CONFIG].replace("/models/", f"{url}/")})
    revision = DesiredFolder(pod.root / "desired", pull=pull).read().revision
    assert revision.root == (url if is_direct else "/models")


def test_a_half_mounted_commit_is_said_to_be_that_before_anything_else(pod):
    """Two ConfigMaps come one after the other: the other file is on its way, and not wrong."""
    before = files(pod)
    moved = model("b", pod.publish("a", 2))
    pod.deliver(moved, model("a", pod.publish("a", 2), pod.publish("a", 3)))
    after = files(pod)
    halves = [
        (
            {CONFIG: after[CONFIG], LOCK: before[LOCK]},
            "of two revisions",
            "version 3; the lock has 1, 2",
        ),
        ({CONFIG: before[CONFIG], LOCK: after[LOCK]}, "of two revisions", "version 1"),
        ({CONFIG: after[CONFIG]}, "only models.config is mounted", LOCK),
        ({LOCK: after[LOCK]}, "only models.lock.json is mounted", CONFIG),
    ]
    folder = DesiredFolder(pod.root / "desired", pull=True)
    for mounted, first, then in halves:
        for name in (CONFIG, LOCK):
            (pod.root / "desired" / name).unlink(missing_ok=True)
        pod.swap(mounted)
        with pytest.raises(GeneratorError) as refused:
            folder.read()
        assert first in refused.value.problems[0]
        assert "a minute or two" in refused.value.problems[0]
        assert then in refused.value.problems[1]
    pod.swap(after)
    assert sorted(folder.read().revision.config) == ["a", "b"]
    for text, told in (
        ("nonsense", "not a lock"),
        (after[LOCK].replace("file://", "ftp://"), "ftp"),
    ):
        pod.swap({**after, LOCK: text})
        with pytest.raises(GeneratorError, match=told) as refused:
            folder.read()
        assert "revisions" not in str(refused.value)


def test_a_commit_that_is_mounted_shows_in_the_stamp_alone(pod, tmp_path):
    """Which is looked at each second: a mount that stays the same has one, a new one another."""
    folder = DesiredFolder(pod.root / "desired", pull=True)
    before = folder.stamp()
    assert folder.stamp() == before
    pod.swap(files(pod))
    assert folder.stamp() != before
    plain = DesiredFolder(tmp_path / "plain", pull=True)
    none = plain.stamp()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / CONFIG).write_text("x")
    assert plain.stamp() != none


def test_a_pod_whose_revision_stays_has_the_first_that_could_be_read(pod):
    """What is wrong before that is no revision; what comes later is that of new pods."""
    folder = DesiredFolder(pod.root / "desired", pull=True, stays=True)
    found = files(pod)
    pod.swap({**found, LOCK: "{}"})
    with pytest.raises(GeneratorError):
        folder.read()
    pod.swap(found)
    assert state(folder.read()) == ([1, 2], {"stable": 1})
    pod.swap({**found, CONFIG: found[CONFIG].replace("value: 1", "value: 2")})
    assert state(folder.read()) == ([1, 2], {"stable": 1})


def test_a_folder_that_is_not_mounted_is_told(tmp_path):
    """It is no reason to end."""
    with pytest.raises(GeneratorError, match=r"models\.config"):
        DesiredFolder(tmp_path / "absent", pull=True).read()
    (tmp_path / CONFIG).write_bytes(b"\xff")
    with pytest.raises(GeneratorError, match="utf-8"):
        DesiredFolder(tmp_path, pull=True).read()


def test_a_config_appears_in_one_piece_and_others_may_read_it(tmp_path):
    """The server runs as another user, and may read at any moment."""
    served = Served(tmp_path)
    assert served.read() is None
    before = os.umask(0o077)
    try:
        served.write("one\n")
    finally:
        os.umask(before)
    with served.path.open() as old:
        served.write("two\n")
        assert old.read() == "one\n"  # another file is in its place now
    assert served.read() == "two\n"
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == [CONFIG]


def test_an_agent_knows_what_the_one_before_it_knew_by_its_note(tmp_path):
    """A note that cannot be read counts as none."""
    served = Served(tmp_path)
    assert served.recall() == Checkpoint()
    state = ModelState(frozenset({1, 2}), (("canary", 2), ("stable", 1)))
    for checkpoint in (
        Checkpoint({"a": state}, frozenset({("a", 1), ("b", 2)}), {("b", 2): 'NOT_FOUND: "é"'}),
        Checkpoint({}, frozenset()),
    ):
        served.remember(checkpoint)
        assert served.recall() == checkpoint
    for good, loaded in (("[]", "[]"), ('{"a": {}}', "[]"), ("{}", "[1]"), ("{}", '[["a", "x"]]')):
        (tmp_path / CHECKPOINT).write_text(f'{{"good": {good}, "loaded": {loaded}}}')
        assert served.recall() == Checkpoint()
    (tmp_path / CHECKPOINT).write_text('{"good": null, "loaded": []}')  # of an older agent
    assert served.recall() == Checkpoint(None, frozenset())
    (tmp_path / CHECKPOINT).write_text('{"good": null, "loaded": [], "again": [["a"]]}')
    assert served.recall() == Checkpoint()
    (tmp_path / CHECKPOINT).write_bytes(b"\xff")
    assert served.recall() == Checkpoint()
    good = '{"good": null, "loaded": []}'
    (tmp_path / CHECKPOINT).write_text(good.ljust(CHECKPOINT_BYTES))
    assert served.recall() == Checkpoint(None, frozenset())
    (tmp_path / CHECKPOINT).write_text(good.ljust(CHECKPOINT_BYTES + 1))
    assert served.recall() == Checkpoint()


def test_a_config_that_cannot_be_written_leaves_the_old_one(tmp_path):
    """A disk may be full, or the folder mounted for reading."""
    served = Served(tmp_path)
    served.write("one\n")
    (tmp_path / f".{CONFIG}.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        served.write("two\n")
    assert served.read() == "one\n"
