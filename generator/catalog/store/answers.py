"""Answers of a store, out of the errors of the libraries that asked it."""

import re
from urllib.parse import unquote

from generator.catalog.location import Location
from generator.catalog.store.network import NOWHERE
from generator.errors import StoreError
from generator.text import phrases
from generator.text.pattern import pattern
from generator.text.quoting import one_line

_CAUSE = pattern(r'\b(?:message|error): "([^"]+)"')
_CODE = pattern(r"<Code>([^<]*)</Code>")
_MESSAGE = pattern(r"<Message>([^<]*)</Message>")
_STATUS = pattern(r"status code: ([0-9]{3})\b[^:]*: ?(.*?)(?:\s*Debug source|\Z)", re.DOTALL)
_HINT = "check the URL, the endpoint, the credentials and the network"


class ObjectUnreadableError(Exception):
    """The store answered, and does not hand out what was asked for; the text is its reason."""

    def __init__(self, why: str, *, missing: bool = False) -> None:
        super().__init__(why)
        self.missing = missing
        """Whether the store itself says that it has no such key."""


class ObjectReplacedError(ObjectUnreadableError):
    """The store has another object by now than was listed; the text is the difference."""


def reason(error: Exception | str) -> str:
    """Return the store's own words out of an error of a library, in one printable line."""
    said = phrases.file_reason(error) if isinstance(error, OSError) else str(error)
    text, _, debug = said.partition("Debug source")
    if NOWHERE in debug:
        return "it redirects to another host, where nothing is asked for"
    if cause := _CAUSE.findall(debug):
        # What the network said is innermost, and only there.
        text = f"{text.rstrip()}: {cause[-1]}"
    if code := _CODE.search(text):
        message = _MESSAGE.search(text)
        text = ": ".join(filter(None, (code[1], message and message[1])))
        import html  # noqa: PLC0415  a store that is well says nothing

        text = html.unescape(text)
    return one_line(text) or type(error).__name__


def status(error: Exception) -> int | None:
    """Return the HTTP status that obstore tells of an answer; None where there was none."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None


def unreadable_error(error: Exception, key: str) -> ObjectUnreadableError:
    """Return what obstore tells of an answer about the object *key*."""
    found = _STATUS.search(str(error))
    missing = found is not None and found[1] == "404" and is_missing(found[2], key)
    return ObjectUnreadableError(reason(error), missing=missing)


def is_missing(body: str | bytes, key: str) -> bool:
    """Whether the body of a 404 is a store's own word that there is no such *key*.

    A proxy answers 404 too, and a store says it of a bucket: neither is told of a key. Where
    the answer names a key, with the prefix of the store before it, it must be this one.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415  likewise

    try:
        root = ET.fromstring(body)  # noqa: S314  expat bounds what entities may grow to
    except (ET.ParseError, ValueError):
        return False
    codes = [child.text for child in root if _local(child.tag) == "Code"]
    named = [unquote(child.text or "") for child in root if _local(child.tag) == "Key"]
    is_other = any(name and not name.endswith(unquote(key)) for name in named)
    return _local(root.tag) == "Error" and codes == ["NoSuchKey"] and not is_other


def failed(
    location: Location, error: Exception | str, done: str = "nothing was changed", key: str = ""
) -> StoreError:
    """Return the error to raise for one of a library, or for what a store said of *key*."""
    place = f"{location.url}: {key!r}" if key else location.url
    return StoreError(f"{place}: {reason(error)}", hint=f"{done}; {_HINT}")


def unwritten(location: Location, error: Exception | str, key: str) -> StoreError:
    """Return the error to raise where the object *key* could not be written."""
    return failed(location, error, "the object was not written", key)


def _local(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]
