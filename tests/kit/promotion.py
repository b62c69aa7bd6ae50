"""A project in Git whose environments promote to each other."""

import subprocess

import yaml


def git(project, *arguments):
    """Run Git in the project folder; return what it prints."""
    command = ["git", "-C", str(project.root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(project, message="policy"):
    """Commit the environments."""
    git(project, "add", "environments")
    git(project, "commit", "--quiet", "-m", message)


def promote(project, model, *options, origin="dev", target="prod"):
    """Run the command."""
    return project.run("promote", model, "--from", origin, "--to", target, *options)


def file(project, name="prod"):
    """Return the path of an environment."""
    return project.root / "environments" / f"{name}.yaml"


def policy(project, name="prod", text=None):
    """Return the rules of an environment."""
    return yaml.safe_load(file(project, name).read_text() if text is None else text)["spec"][
        "policy"
    ]


def rewrite(project, rules, name="prod"):
    """Write the policy of an environment as text, and commit it."""
    head = file(project, name).read_text().partition("  policy:")[0]
    file(project, name).write_text(f"{head}  policy:\n{rules}")
    commit(project)
