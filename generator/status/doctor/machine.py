"""Findings on this machine: Python, Git's identity, the program that tries overlays."""

from collections.abc import Iterator

from generator.status.doctor.finding import Finding
from generator.status.doctor.ports import Machine


def findings(machine: Machine) -> Iterator[Finding]:
    """Yield what is told once, for all environments."""
    yield Finding.ok("python", f"Python {machine.python}, tfs-gitops {machine.version}")
    yield _identity(machine)
    yield _builder(machine)


def _identity(machine: Machine) -> Finding:
    if machine.identity is not None:
        who = f"{machine.identity.name} <{machine.identity.email}>"
        return Finding.ok("git", f"commits are by {who}, unless an environment names an author")
    return Finding.warn(
        "git",
        "Git has no user.name and user.email: commits are by tfs-gitops, or who CI is",
        '`git config --global user.name "…"` and `user.email`, or set spec.delivery.author',
    )


def _builder(machine: Machine) -> Finding:
    if machine.builder is not None:
        return Finding.ok("kubectl", f"{machine.builder} tries overlays before a commit")
    return Finding.warn(
        "kubectl",
        "neither kubectl nor kustomize is on PATH: overlays are not tried before a commit",
        "install one of them where syncs run",
    )
