"""The delivery branch of a project: its lock, its commits and their dates."""

import json
from datetime import UTC, datetime

import pygit2

GENERATED = "tf-serving/overlays/dev/generated"

LOCK = f"{GENERATED}/models.lock.json"


def lock(origin, name="dev"):
    """Return the lock of an environment."""
    return json.loads(origin.files()[LOCK.replace("dev", name)])


def served(origin, model="a"):
    """Return the version numbers that Git says are served."""
    return [line["version"] for line in lock(origin)["models"][model]["versions"]]


def labels(origin, model="a"):
    """Return the labels that Git says are served."""
    return lock(origin)["models"][model]["labels"]


def tip(origin, branch="main"):
    """Return the newest commit of a branch."""
    return origin.repo.references[f"refs/heads/{branch}"].peel(pygit2.Commit)


def move(origin, commit, branch="main"):
    """Force a branch to a commit."""
    origin.repo.references.create(f"refs/heads/{branch}", commit, force=True)


def committed_at(origin, moment, parents, tree):
    """Write a commit of a person's, with the time that their clock shows; return its id."""
    who = pygit2.Signature("Person", "person@example.com", int(moment.timestamp()), 0)
    return origin.repo.create_commit(None, who, who, "a person's commit", tree, parents)


def restamp(origin, moment):
    """Let the newest commit of main have been made at another time."""
    newest = tip(origin)
    move(origin, committed_at(origin, moment, list(newest.parent_ids), newest.tree_id))


def now():
    """Return the time, to the second, as Git keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


def follow(project, name, source):
    """Write an environment that takes its versions from another one."""
    project.environment(name, policy=[{"match": "*", "versions": {"latest": 1, "from": source}}])
