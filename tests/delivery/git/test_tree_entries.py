"""Trees that nobody's Git made: names of other places, files for folders, thousands of levels."""

import subprocess
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from generator.render import kustomize_build
from generator.text.entry_name import is_unsafe
from tests.kit.project import ProjectFolder

FOLDER, FILE, LINK, SUBMODULE = (
    FileMode.TREE,
    FileMode.BLOB,
    FileMode.LINK,
    FileMode.COMMIT,
)

UNSAFE = [
    *("", ".", "..", "...", " ", ". .", ".git", ".GIT", ".Git", ".git.", ".git ", ".git . ."),
    *("git~1", "GIT~1", "git~1.", ".git::$INDEX_ALLOCATION", ".git:x", "a/b", "/", "../x", "a\\b"),
    *(".g\u200cit", "\ufeff.git", ".\u200d.", ".gi\u206at", "\u202e.git"),
]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_some_file_system_takes_for_another_place_is_unsafe(name):
    """As Git's own check has them, for HFS+ and NTFS; and whatever has a slash."""
    assert is_unsafe(name)


@pytest.mark.parametrize(
    "name",
    [
        ".github",
        ".gitignore",
        ".gitattributes",
        "git",
        "git~2",
        "..a",
        "a..",
        "a b",
        "ünï",
        ".gitx",
    ],
)
def test_a_name_that_is_only_like_one_is_a_name(name):
    """Repositories are full of them."""
    assert not is_unsafe(name)


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with a model, synced once, and a second version to sync."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0
    project.publish("a", 2)
    return project


def blob(origin, data=b"x"):
    """Return the id of a new blob."""
    return origin.repo.create_blob(data)


def raw_tree(origin, *entries):
    """Write a tree that Git would not make; return its id."""
    ordered = sorted(entries, key=lambda entry: entry[1] + b"/" * (entry[0] == FOLDER))
    data = b"".join(
        f"{mode:o}".encode() + b" " + name + b"\0" + oid.raw for mode, name, oid in ordered
    )
    return origin.repo.odb.write(pygit2.enums.ObjectType.TREE, data)


def put(origin, folder, *entries):
    """Commit the folder *folder* of the branch with *entries* in place of those of their names."""
    repo = origin.repo
    commit = repo.branches.local["main"].peel()
    parts = folder.split("/") if folder else []
    trees = [commit.tree]
    for part in parts:
        trees.append(trees[-1][part] if part in trees[-1] else repo[repo.TreeBuilder().write()])
    names = {name for _, name, _ in entries}
    kept = [(one.filemode, one.raw_name, one.id) for one in trees[-1] if one.raw_name not in names]
    oid = raw_tree(origin, *kept, *((int(mode), name, oid) for mode, name, oid in entries))
    for part, above in zip(reversed(parts), reversed(trees[:-1]), strict=True):
        builder = repo.TreeBuilder(above)
        builder.insert(part, oid, FOLDER)
        oid = builder.write()
    who = pygit2.Signature("a", "a@example.com")
    repo.create_commit("refs/heads/main", who, who, "by somebody", oid, [commit.id])


def refused(project, *told):
    """Have plan and sync end with exit 5, and *told* in their words, and nothing committed."""
    before = len(pygit2_log(project))
    for command in (("plan", "dev"), ("sync", "dev"), ("sync", "dev", "--dry-run")):
        result = project.run(*command)
        assert result.exit_code == 5, result.output
        for word in told:
            assert word in result.stderr
        assert "hint: " in result.stderr
    assert len(pygit2_log(project)) == before


def pygit2_log(project):
    """Return the commits of the branch."""
    repo = pygit2.Repository(project.repository)
    return [commit.id for commit in repo.walk(repo.branches.local["main"].target)]


@pytest.mark.parametrize(
    "name", [b"..", b".", b".git", b".GIT ", b"git~1", b"a/b", b".g\xe2\x80\x8cit"]
)
@pytest.mark.parametrize(
    "folder",
    ["", "tf-serving", "tf-serving/base", "tf-serving/overlays/dev", "tf-serving/overlays"],
)
def test_an_entry_of_another_place_is_refused_with_its_path(project, origin, folder, name):
    """On the way to our folders and in them, whatever is installed here to lay them out."""
    inside = raw_tree(origin, (FILE, b"f", blob(origin)))
    put(origin, folder, (FOLDER, name, inside))

    shown = ascii(f"{folder}/{name.decode()}".lstrip("/"))[1:-1]
    refused(project, f"{shown}: an entry of that name", "take the entry off the branch")


def test_an_entry_of_another_place_elsewhere_is_nobodys_business(project, origin):
    """What belongs to others is neither read nor written."""
    put(origin, "tf-serving/other/deep", (FOLDER, b"..", raw_tree(origin)))

    assert project.run("sync").exit_code == 0


@pytest.mark.parametrize(
    ("folder", "mode", "name"),
    [
        *(("", mode, "tf-serving") for mode in (FILE, LINK, SUBMODULE)),
        *(("tf-serving", mode, "overlays") for mode in (FILE, LINK, SUBMODULE)),
        *(("tf-serving/overlays", mode, "dev") for mode in (FILE, LINK, SUBMODULE)),
        *(("tf-serving/overlays/dev", mode, "generated") for mode in (FILE, LINK, SUBMODULE)),
        *(("tf-serving", mode, "base") for mode in (FILE, LINK, SUBMODULE)),
        *(("tf-serving", mode, "components") for mode in (FILE, LINK, SUBMODULE)),
    ],
)
def test_what_is_no_folder_where_one_must_be_is_refused_with_its_path(
    project, origin, folder, mode, name
):
    """A file, a link or a submodule; the plan exits as the sync does."""
    oid = origin.repo.branches.local["main"].target if mode == SUBMODULE else blob(origin, b"../x")
    put(origin, folder, (mode, name.encode(), oid))

    refused(project, f"{folder}/{name}".lstrip("/") + " is not a folder", "spec.delivery.path")


def test_a_misfit_is_refused_before_there_is_a_model(tmp_path, origin):
    """What a first sync would meet is told as soon as somebody looks."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    for index in project.store.glob("index-*"):
        index.unlink()
    put(origin, "tf-serving", (LINK, b"base", blob(origin, b"../x")))

    refused(project, "tf-serving/base is not a folder")


@pytest.mark.parametrize("name", ["base/deployment.yaml", "overlays/dev/generated/models.config"])
def test_a_folder_where_a_file_must_be_is_refused_with_its_path(tmp_path, origin, name):
    """Before the first sync, when all files are to be written."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    folder, _, last = f"tf-serving/{name}".rpartition("/")
    inside = raw_tree(origin, (FILE, b"f", blob(origin)))
    if "generated" in name:
        assert project.run("sync").exit_code == 0
        project.publish("a", 2)
    put(origin, folder, (FOLDER, last.encode(), inside))

    refused(project, f"tf-serving/{name} is a folder, and a file goes there")


def deep(origin):
    """Write a tree that is deeper than Python's stack, and than a path may be long."""
    oid = raw_tree(origin, (FILE, b"f", blob(origin)))
    for _ in range(1_500):
        oid = raw_tree(origin, (FOLDER, b"deep", oid))
    return oid


def test_what_an_overlay_is_not_built_of_may_be_of_any_depth(project, origin):
    """It is not read."""
    put(origin, "tf-serving", (FOLDER, b"deep", deep(origin)))

    assert project.run("plan", "dev").exit_code == 0
    assert project.run("sync").exit_code == 0


@pytest.mark.parametrize("where", ["tf-serving/base", "tf-serving/overlays/dev"])
def test_what_it_is_built_of_has_a_limit_on_depth(project, origin, where):
    """No kustomize could read it; the error names the folder."""
    put(origin, where, (FOLDER, b"deep", deep(origin)))

    refused(project, f"{where}: more than 64 folders in each other")


def test_a_build_reads_what_it_is_built_of_and_nothing_else(project, origin, monkeypatch):
    """base/, components/, the overlay, and what their kustomizations name; not the rest."""
    put(origin, "tf-serving/other", (FILE, b"big", blob(origin)))
    put(origin, "tf-serving/overlays/prod", (FILE, b"kustomization.yaml", blob(origin, b"{}")))
    put(origin, "shared/labels", (FILE, b"kustomization.yaml", blob(origin, b"- ../more/m.yaml")))
    put(origin, "shared/more", (FILE, b"m.yaml", blob(origin)), (FILE, b"n.yaml", blob(origin)))
    text = b"components: [../../../shared/labels, ../../base, ../..]\n"
    put(origin, "tf-serving/overlays/dev", (FILE, b"kustomization.yaml", blob(origin, text)))
    read = {}

    def note(files, overlay):
        read.update(files())
        assert overlay == "tf-serving/overlays/dev"

    monkeypatch.setattr(kustomize_build, "build_problem", note)

    assert project.run("plan", "dev").exit_code == 0

    tops = {path.split("/generated/", 1)[0].rpartition("/")[0] for path in read}
    assert {"tf-serving/base", "tf-serving/overlays/dev", "shared/labels", "shared/more"} <= tops
    assert "shared/more/m.yaml" in read
    assert not {"shared/more/n.yaml", "tf-serving/other/big"} & read.keys()
    assert not any(path.startswith("tf-serving/overlays/prod") for path in read)


def test_without_a_tool_nothing_is_read_for_it(project, monkeypatch):
    """A machine that only syncs does not pay for what it cannot try."""
    monkeypatch.setattr(kustomize_build.shutil, "which", lambda _: None)
    monkeypatch.setattr("generator.lock.buildable.files", pytest.fail)

    assert project.run("plan", "dev").exit_code == 0


@pytest.mark.parametrize("path", ["..", "a/../b", ".git", ".GIT", "a/git~1", ".git./hooks", "a//b"])
def test_a_delivery_path_is_a_folder_of_the_repository(tmp_path, origin, path):
    """It is in a file that somebody proposes."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(delivery={"path": path})

    result = project.run("check")

    assert result.exit_code == 3
    assert "is not a folder inside the repository" in result.stderr


def run_git(folder: Path, *arguments: str) -> str:
    """Run Git in *folder*."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, check=False, text=True
    )
    return done.stdout + done.stderr


def test_git_itself_finds_fault_with_the_names(origin):
    """The table of unsafe names is Git's: `git fsck` complains of each that it looks for."""
    for name in (b"..", b".", b".git", b".GIT", b"git~1", b".g\xe2\x80\x8cit", b"a/b", b".git ."):
        oid = raw_tree(origin, (FOLDER, name, raw_tree(origin)))
        said = run_git(origin.path, "fsck", "--strict", str(oid))
        assert "contains" in said, (name, said)
        assert is_unsafe(name.decode())
