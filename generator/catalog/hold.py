"""Holds: the reasons not to publish an index, or one model version.

A hold is a value that travels through the plan to every report. It is never an
exception: one bad index holds its own versions and stops nothing else.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from shlex import quote

from msgspec import Struct

from generator.catalog.version_directory import VersionDirectory, default_name
from generator.text.explained import ExplainedCode
from generator.text.pattern import pattern

_COMMAND = pattern(r"`tfs-gitops [^`]*`")
_NAME = pattern(r"\b(?:ENV|MODEL)\b")


class Code(ExplainedCode):
    """The kind of a hold. docs/reference/holds.md has the same table, and a test compares."""

    INDEX_UNREADABLE = (
        "index-unreadable",
        "the store has the index, but does not hand it out",
        "give the sync job read access to it, or delete it",
    )
    INDEX_TOO_LARGE = (
        "index-too-large",
        "the index has more bytes, lines or versions than one may have",
        "write one index for each version",
    )
    INDEX_OVERWRITTEN = (
        "index-overwritten",
        "the index of a served version lists others by now; the version stays served",
        "give each index a name of its own, and write the lost one again",
    )
    NOT_UTF8 = (
        "not-utf8",
        "the index is not UTF-8 text",
        "write the index again",
    )
    FIELD_COUNT = (
        "field-count",
        "a row does not have the three fields base path, key, ETag",
        "write the index again, with `tfs-gitops index`",
    )
    EMPTY_INDEX = (
        "empty-index",
        "the index has no rows",
        "write the index after the upload",
    )
    MIXED_BASE_PATH = (
        "mixed-base-path",
        "the rows name several base paths",
        "write one index for each model",
    )
    FOREIGN_BUCKET = (
        "foreign-bucket",
        "a path is outside the configured store",
        "upload to the store that the environment names",
    )
    UNSAFE_PATH = (
        "unsafe-path",
        (
            "a path has `..`, a leading `/`, a backslash, a control character or an empty segment, "
            "or is too long"
        ),
        "write keys as the store has them, rename objects that are so, and write the index again",
    )
    OUTSIDE_BASE_PATH = (
        "outside-base-path",
        "a key is not below the base path",
        "write the index again",
    )
    NO_VERSION_DIRECTORY = (
        "no-version-directory",
        "no key is below a directory that is named by a number",
        "upload to `<base path>/<version>/`",
    )
    CONFLICTING_ROWS = (
        "conflicting-rows",
        "one key has two ETags",
        "write the index again",
    )
    MISSING_OBJECT = (
        "missing-object",
        "the store does not have, or does not hand out, an object that the index lists",
        "finish the upload, or give the sync job read access",
    )
    ETAG_MISMATCH = (
        "etag-mismatch",
        "an object is not the one that the index lists",
        "never overwrite a published version: publish a new one",
    )
    CHECKSUM_MISMATCH = (
        "checksum-mismatch",
        "the bytes of an object do not have the checksum in the index",
        (
            "`tfs-gitops index --upload --repair` from the files that were declared, "
            "or publish a new version"
        ),
    )
    NOT_SERVABLE = (
        "not-servable",
        "servers could not load the version, or not answer from it",
        "mend what is told, and publish a new version",
    )
    UNSAFE_NAME = (
        "unsafe-name",
        "the model name has characters that a server or a URL would misread",
        "set `name:` in a rule that matches the base path",
    )
    VERSION_OUT_OF_RANGE = (
        "version-out-of-range",
        "the version is not a number from 0 to 9223372036854775807",
        "publish under another number",
    )
    DUPLICATE_VERSION_DIRECTORY = (
        "duplicate-version-directory",
        "two directories, such as `1` and `001`, are the same version",
        "delete one of them and its index",
    )
    REQUIREMENT_UNMET = (
        "requirement-unmet",
        "the version does not meet what its rule requires",
        "publish a version that does, or change `require:` or `probe:`",
    )
    WAITING = (
        "waiting",
        "it is too young (`minAge`), not served yet where `from` says, or not there",
        "publish the version, or change the rule",
    )
    NAME_COLLISION = (
        "name-collision",
        "two base paths would be served under one model name",
        "set `name:` in a rule for one of them",
    )
    NO_ROOM = (
        "no-room",
        "the version does not fit into a pod beside what it holds, by `serving.memory`",
        "give pods more, take versions away, set `reload: rolling`, or `swap: drain`",
    )
    UNVERIFIED = (
        "unverified",
        "no commit status says yet that servers serve it where it comes from",
        "see that the forge gets that status, or have it served there first",
    )
    FAILED_IN_PODS = (
        "failed-in-pods",
        "the commit that brought it failed its verification, or pods tell that it fails there",
        "publish a fixed version",
    )
    ON_HOLD = (
        "on-hold",
        "a person asked on the dashboard that the model stays as it is",
        "let go of it on the dashboard, or `tfs-gitops sync ENV --release MODEL`",
    )
    TAKEN_BACK = (
        "taken-back",
        "a person took this change of the model back on the branch",
        "publish another version, change the rule, or `tfs-gitops sync ENV --retake MODEL`",
    )


class Held(Struct, frozen=True, kw_only=True):
    """One reason not to publish a whole index (*model* is None) or one of its versions."""

    index: str
    """The object key of the index, relative to the bucket; empty where no index is to blame."""
    code: Code
    problems: tuple[str, ...]
    """Every finding of this kind, each with its line where there is one."""
    base_path: str | None = None
    model: str | None = None
    version: int | None = None
    due: datetime | None = None
    """When it ends by itself, for what waits for a time."""
    way_out: str = ""
    """The next step for just this hold, where that of the code would not fit it; it says ENV and
    MODEL in commands, as those of codes do: one hold may be told of several environments."""

    @classmethod
    def of_version(
        cls,
        version: VersionDirectory,
        index: str,
        code: Code,
        problems: tuple[str, ...],
        model: str | None = None,
    ) -> "Held":
        """Return a hold of one *version*, under the name *model* or that of its base path."""
        return cls(
            index=index,
            code=code,
            problems=problems,
            base_path=version.base_path,
            model=model or default_name(version.base_path),
            version=version.version,
        )

    @property
    def subject(self) -> str:
        """The held thing, for people: a model, with its version if it is one, or an index."""
        number = "" if self.version is None else f" {self.version}"
        return f"{self.model}{number}" if self.model else self.index

    def remedy_in(self, environment: str) -> str:
        """Return the next step in one line, with commands that can be copied as they are."""
        names = {"ENV": quote(environment), "MODEL": quote(self.model or "MODEL")}

        def named(command: re.Match[str]) -> str:
            return _NAME.sub(lambda name: names[name[0]], command[0])

        return _COMMAND.sub(named, self.way_out or self.code.remedy)

    @property
    def order(self) -> tuple[str, str, int, str]:
        """The order of every list of holds."""
        return (
            self.index,
            self.model or "",
            -1 if self.version is None else self.version,
            self.code,
        )


HeldByIndex = Mapping[tuple[str, str], tuple[Held, ...]]
"""The holds of indexes that claim nothing, by the key and the ETag of the index."""
