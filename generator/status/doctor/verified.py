"""Findings on commit statuses: whether those that an environment waits for are posted at all."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from generator.environment.delivery import VerifiedBy
from generator.environment.environment import Environment
from generator.environment.glob import Glob
from generator.errors import GeneratorError
from generator.lock.commit_status import CommitStatus
from generator.serving import failed_in_pods
from generator.status.doctor.finding import Finding
from generator.text.phrases import listed

COMMITS = 5
"""The newest commits that are looked at."""

_CHECK = "verified"
_CONTEXT, _BY = "spec.delivery.verified.context", "spec.delivery.verified.by"
_MOST = 5
"""Contexts, or logins, that are named."""

Posted = Sequence[Sequence[CommitStatus]]
"""The statuses of the newest commits of a branch, newest first."""


def findings(
    environment: Environment, by: VerifiedBy, posted: Posted | GeneratorError
) -> Iterator[Finding]:
    """Yield whether the forge has the statuses that count for *environment*, and by whom.

    *posted* is what it has, or why it does not tell.
    """
    if isinstance(posted, GeneratorError):
        yield Finding.unknown(_CHECK, posted)
    elif not posted:
        yield Finding.ok(_CHECK, "there is no commit yet that could have a status")
    else:
        yield from _StatusCheck(environment, by, posted).findings()


class _StatusCheck(Struct, frozen=True):
    """The commits of one environment, by what is wanted of them."""

    environment: Environment
    by: VerifiedBy
    posted: Posted

    def findings(self) -> Iterator[Finding]:
        having = [found for found in map(self._matching, self.posted) if found]
        if not having:
            yield self._without()
            return
        named = _named([it for found in having for it in found])
        logins = _logins(it for found in having for it in found)
        believed = [it for it in having if any(self.by.believes(one.by) for one in it)]
        if not believed:
            problem = f"{self._of(len(having))}: {named}; none counts, as {_BY} names "
            problem += listed(self.by.by, _MOST)
            remedy = f"set {_BY} to who posts it, as the forge has the login"
            yield Finding.warn(_CHECK, problem, remedy)
            return
        yield Finding.ok(_CHECK, f"{self._of(len(believed))}: {named}")
        yield from self._of_logins(logins)

    def _of_logins(self, logins: Sequence[str]) -> Iterator[Finding]:
        """Yield who is believed that never posted, or that everybody is."""
        known = {it.lower() for it in logins}
        silent = [it for it in self.by.by if it.lower() not in known]
        if silent and known:
            problem = f"{_BY} names {listed(silent, _MOST)}, who posted none of them"
            yield Finding.warn(_CHECK, problem, "correct the name, or take it out")
        if not self.by.by:
            problem = f"{_BY} names nobody: whoever may post a status there is believed"
            them = listed([f'"{it}"' for it in logins], _MOST) if logins else '"LOGIN"'
            yield Finding.warn(_CHECK, problem, f"set {_BY}: [{them}], if that is Flux or Argo CD")

    def _without(self) -> Finding:
        """Return what waits for a status that no commit has, and why none of those there counts."""
        everything = [it for found in self.posted for it in found]
        glob, name = Glob(self.by.context), self.environment.name
        alike = [it for it in everything if glob.matches(it.context)]
        if alike:
            others = {it for one in alike for it in failed_in_pods.environments_of(one.description)}
            problem = (
                f"{self._commits} {self._has} {_named(alike)}, which {_CONTEXT} "
                f"{self.by.context!r} matches, and which says to be of "
                f"{listed(sorted(others), _MOST)}: it does not count for {name}"
            )
            step = f"let what asks the pods of {name} post one too, which says `{name}`, or nothing"
        elif everything:
            problem = (
                f"{self._commits} {self._has} {_named(everything)}, and nothing that {_CONTEXT} "
                f"{self.by.context!r} matches"
            )
            step = f"set {_CONTEXT} to the one of them that tells of {name}, if it is there"
        else:
            problem = f"{self._commits} {self._has} no commit status; {_CONTEXT} is "
            problem += repr(self.by.context)
            step = "let Flux or Argo CD post it (docs/verify.md)"
        waits = f"steps in Git, and what others take `from: {name}`, wait for a success"
        if len(self.posted) == 1:
            step = f"look again some minutes after the commit: a status takes as long; then {step}"
        return Finding.warn(_CHECK, f"{problem}; {waits}", step)

    @property
    def _commits(self) -> str:
        """The words for the commits that were looked at, as a subject."""
        total, branch = len(self.posted), self.environment.delivery.branch
        one = f"the newest commit of {branch}"
        return one if total == 1 else f"the newest {total} commits of {branch}"

    @property
    def _has(self) -> str:
        return "has" if len(self.posted) == 1 else "have"

    def _matching(self, found: Sequence[CommitStatus]) -> list[CommitStatus]:
        """Return those of one commit that count, whoever posted them."""
        glob, name = Glob(self.by.context), self.environment.name
        return [
            it
            for it in found
            if glob.matches(it.context)
            and name in (failed_in_pods.environments_of(it.description) or {name})
        ]

    def _of(self, count: int) -> str:
        """Return how many commits have a status that the context of the policy matches."""
        what = f"a status that {_CONTEXT} {self.by.context!r} matches"
        if len(self.posted) == 1:
            return f"{self._commits} has {what}"
        return f"{count} of {self._commits} {'have' if count > 1 else 'has'} {what}"


def _named(statuses: Sequence[CommitStatus]) -> str:
    """Return contexts with who posted them, each once."""
    found = (f"{it.context!r}{f' by {it.by}' if it.by else ''}" for it in statuses)
    return listed([*dict.fromkeys(found)], _MOST)


def _logins(statuses: Iterator[CommitStatus]) -> list[str]:
    return sorted({it.by for it in statuses if it.by})
