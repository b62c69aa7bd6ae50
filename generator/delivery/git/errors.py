"""Errors of libgit2 in words, with the next step. Its messages are all there is to go by."""

import re

import pygit2

from generator.delivery.credentials import hide_credentials
from generator.errors import PublishError
from generator.network.waits import SilentError

LIBRARY_ERRORS = (pygit2.GitError, OSError, KeyError, ValueError)
"""The exceptions of pygit2, in its several versions."""

# The first that matches counts.
_NEXT_STEPS = (
    (r"an entry of that name", "take the entry off the branch; who has put it there?"),
    (r"is (not )?a folder", "rename it there, or set another spec.delivery.path"),
    (r"certificate|\bssl\b", "is its authority a private one? set SSL_CERT_FILE to its bundle"),
    (
        r"auth sock|ssh agent|ssh session|via agent|identities",
        "load a key that the host knows into ssh-agent: `ssh-add`",
    ),
    (r"cannot redirect", "set spec.delivery.repository to the address that it redirects to"),
    (
        r"timed out|no answer|connect|resolve",
        "check the address, and the way there (HTTPS_PROXY, NO_PROXY)",
    ),
    (r"status code: 40[34]", "check that the repository exists, and that the token may write it"),
    (
        r"not owned by",
        "run `git config --global --add safe.directory PATH` if you trust what is there",
    ),
    (r"\block", "if no Git process runs there, remove the .lock file that one has left behind"),
)


def next_step(message: str) -> str:
    """Return what a person can do about *message*, an error of libgit2."""
    for pattern, step in _NEXT_STEPS:
        if re.search(pattern, message, re.IGNORECASE):
            return step
    return "check that the repository exists, and that it may be written"


def library_error(place: str, what: str, error: Exception) -> PublishError:
    """Return *error* of the library as one that names the *place* and the next step."""
    reason = hide_credentials(str(error)).strip()
    return PublishError(f"{place}: {what}: {reason}", hint=next_step(reason))


def unpublished(place: str, error: Exception) -> PublishError:
    """Return the *error* of a push as one of *place*: what was not answered may have arrived."""
    if not isinstance(error, SilentError):
        return library_error(place, "the commit was not published", error)
    return PublishError(
        f"{place}: nobody knows whether the commit was published: {error}",
        hint="run it again when the server answers: a commit that has arrived is not made twice",
    )


def undeleted(place: str, name: str, error: Exception) -> PublishError:
    """Return the *error* of the deletion of a branch: what was not answered may have been done."""
    if not isinstance(error, SilentError):
        return library_error(place, f"{name!r} stays", error)
    return PublishError(
        f"{place}: nobody knows whether {name!r} was deleted: {error}",
        hint="run it again when the server answers: a branch that is gone is no error",
    )
