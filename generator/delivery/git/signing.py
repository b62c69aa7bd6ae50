"""Signatures of commits, made by the tools that Git itself calls: ssh-keygen and gpg."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from generator.environment.delivery import Signing
from generator.errors import PublishError
from generator.text.leftovers import temporary_folder

_SECONDS = 60

_ARMORS = {"ssh": "-----BEGIN SSH SIGNATURE-----", "openpgp": "-----BEGIN PGP SIGNATURE-----"}


class Signer:
    """Signs with one key; a relative path is from the project folder."""

    def __init__(self, signing: Signing, project: Path) -> None:
        self._format = signing.format
        self._key = project / Path(signing.key).expanduser()

    @property
    def armor(self) -> str:
        """The first line of its signatures."""
        return _ARMORS[self._format]

    def sign(self, commit: bytes) -> str:
        """Return the armored signature of a commit, as `git verify-commit` reads it.

        Raises:
            PublishError: The key or the tool is missing, or the tool refuses.
        """
        if not self._key.is_file():
            hint = "set spec.delivery.signing.key to the file of a private key"
            raise PublishError(f"{self._key}: no such key", hint=hint)
        return self._ssh(commit) if self._format == "ssh" else self._openpgp(commit)

    def _ssh(self, commit: bytes) -> str:
        return self._run(["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", self._key], commit)

    def _openpgp(self, commit: bytes) -> str:
        """Sign in a keyring of its own, which holds that key alone and is gone afterwards."""
        with temporary_folder() as home:
            gpg: list[str | Path] = ["gpg", "--homedir", home, "--batch", "--quiet"]
            try:
                self._run([*gpg, "--import", self._key])
                return self._run([*gpg, "--armor", "--detach-sign"], commit)
            finally:
                # An agent of that keyring would outlive the run.
                self._run(["gpgconf", "--homedir", home, "--kill", "all"])

    def _run(self, command: Sequence[str | Path], given: bytes = b"") -> str:
        try:
            done = subprocess.run(  # noqa: S603  a fixed program, and the path of a key
                command, input=given, capture_output=True, check=False, timeout=_SECONDS
            )
        except FileNotFoundError as error:
            hint = f"install {command[0]}, or leave spec.delivery.signing out"
            problem = f"{command[0]} is not installed, and signs commits"
            raise PublishError(problem, hint=hint) from error
        except subprocess.TimeoutExpired as error:
            raise self._refused(f"no answer within {_SECONDS} seconds") from error
        if done.returncode:
            raise self._refused(done.stderr.decode(errors="replace").strip())
        return done.stdout.decode("ascii")

    def _refused(self, reason: str) -> PublishError:
        return PublishError(
            f"{self._key}: the commit cannot be signed: {reason}",
            hint="give a private key without a passphrase, or one that is loaded into the agent",
        )
