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
        yield from _Look(environment, by, posted).findings()


class _Look(Struct, frozen=True):
    """The commits of one environment, by what is wanted of them."""

    environment: Environment
    by: VerifiedBy
    posted: Posted

    def findings(self) -> Iterator[Finding]:
        having = [found for found in map(self._matching, self.posted) if found]
        logins = _logins(it for found in having for it in found)
        who = f" by {listed(logins, _MOST)}" if logins else ""
        believed = [it for it in having if any(self.by.believes(one.by) for one in it)]
        if not having:
            yield self._without()
            return
        if not believed:
            named = f"{_BY} names {listed(self.by.by, _MOST)}, so none counts"
            remedy = f"set {_BY} to who posts it, as the forge has the login"
            yield Finding.warn(_CHECK, f"{self._of(len(having))}{who}: {named}", remedy)
            return
        yield Finding.ok(_CHECK, f"{self._of(len(believed))}{who}")
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
        others = dict.fromkeys(
            f"{it.context!r}{f' by {it.by}' if it.by else ''}"
            for found in self.posted
            for it in found
        )
        there = f"there is {listed([*others], _MOST)}" if others else "there is no other one"
        return Finding.warn(
            _CHECK,
            f"{self._of(0)}; {there}: what waits for one waits for ever",
            f"let Flux or Argo CD post it (docs/verify.md), or set {_CONTEXT} to what is posted",
        )

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
        """Return how many commits have such a status."""
        total = len(self.posted)
        if total == 1:
            return f"the newest commit has {'a' if count else 'no'} status {self.by.context!r}"
        many = (
            f"{count} of the newest {total} commits"
            if count
            else f"none of the newest {total} commits"
        )
        return f"{many} {'have' if count > 1 else 'has'} a status {self.by.context!r}"


def _logins(statuses: Iterator[CommitStatus]) -> list[str]:
    return sorted({it.by for it in statuses if it.by})
