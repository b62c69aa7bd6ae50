"""A queue of SQS, or of what speaks its JSON, at the URL that an environment names."""

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from generator.catalog.events.ports import Message, QueueAddress
from generator.catalog.store import sigv4
from generator.catalog.store.limits import Limits
from generator.catalog.store.sqs_access import Access
from generator.catalog.store.sqs_request import Reply, post
from generator.errors import StoreError
from generator.network.waits import server_of, within
from generator.text import bounded_json
from generator.text.phrases import reason
from generator.text.quoting import one_line, short

_LIMITS = Limits(timeout=20, connect_timeout=5)
_BATCH = 10
"""The most messages that SQS hands out, or deletes, in one request."""
_WAIT_SECONDS = 1
"""SQS asks all of its servers only if it may wait; it answers at once where a message is."""
_HINT = "look at it with `tfs-gitops doctor`; docs/events.md has the rights that a sync needs"
_SHOWN = 200
_AGAIN = frozenset({429, 500, 502, 503, 504})
_PAUSE = 0.2  # seconds


def open_queue(address: QueueAddress, limits: Limits = _LIMITS) -> "SqsQueue":
    """Return the queue at *address*; nothing is asked yet."""
    return SqsQueue(address, limits)


class SqsQueue:
    """A queue of SQS."""

    def __init__(self, address: QueueAddress, limits: Limits = _LIMITS) -> None:
        self._address = address
        self._limits = limits
        self._access: Access | None = None

    def receive(self) -> Sequence[Message]:
        """Return up to ten messages; none where the queue says that it has none.

        Raises:
            StoreError: It does not answer, or does not hand them out.
        """
        return self._received(WaitTimeSeconds=_WAIT_SECONDS)

    def delete(self, messages: Collection[Message]) -> None:
        """Delete *messages*.

        Raises:
            StoreError: It does not let them go: all of them were tried.
        """
        problems = []
        for batch in _batches([*messages]):
            entries = [
                {"Id": str(number), "ReceiptHandle": message.handle}
                for number, message in enumerate(batch)
            ]
            try:
                failed = self._asked("DeleteMessageBatch", {"Entries": entries}).get("Failed")
            except StoreError as error:
                problems.append("; ".join(error.problems))
                continue
            problems += [str(it.get("Message", it)) for it in failed or () if isinstance(it, dict)]
        if problems:
            raise self._error(f"{len(problems):,} failed to be deleted: {short(problems[0])}")

    def try_rights(self) -> None:
        """Try to receive and to delete: a message that it sees stays there, for all to see.

        Raises:
            StoreError: There is no such queue, or one of both is not allowed.
        """
        self._received(WaitTimeSeconds=0, VisibilityTimeout=0, MaxNumberOfMessages=1)
        reply = self._reply("DeleteMessage", {"ReceiptHandle": "none"})
        if reply.status == HTTPStatus.FORBIDDEN or "AccessDenied" in reply.body.decode("latin-1"):
            raise self._error(f"messages cannot be deleted: {_words(reply)}")

    def _received(self, **options: int) -> list[Message]:
        found = self._asked("ReceiveMessage", {"MaxNumberOfMessages": _BATCH, **options})
        messages = found.get("Messages") or []
        try:
            return [
                Message(str(it["MessageId"]), str(it["Body"]), str(it["ReceiptHandle"]))
                for it in messages
            ]
        except (LookupError, TypeError) as error:
            raise self._error(f"its answer is no list of messages: {error!r}") from error

    def _asked(self, action: str, what: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the queue answers, as JSON.

        Raises:
            StoreError: It does not, or not with 200.
        """
        reply = self._reply(action, what)
        if reply.status != HTTPStatus.OK:
            raise self._error(_words(reply))
        try:
            found = bounded_json.loads(reply.body or b"{}")
        except ValueError as error:
            raise self._error(f"its answer is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise self._error("its answer is no object of JSON")
        return found

    def _reply(self, action: str, what: Mapping[str, Any]) -> Reply:
        try:
            if self._access is None:
                self._access = Access.of(self._address)
            access = self._access
            url = access.endpoint
            body = json.dumps({"QueueUrl": self._address.url, **what}).encode()
            headers = {
                "Host": urlsplit(url).netloc,
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"AmazonSQS.{action}",
            }
            scope = sigv4.Scope("sqs", access.region)
            headers = sigv4.signed(headers, "/", body, access.keys(), scope, datetime.now(UTC))
            asked = partial(post, url, headers, body, self._limits)
            reply = within(asked, server_of(url), self._limits.timeout)
            if reply.status in _AGAIN:
                time.sleep(_PAUSE)
                reply = within(asked, server_of(url), self._limits.timeout)
        except (OSError, ValueError, HTTPException) as error:
            raise self._error(one_line(reason(error)) or type(error).__name__) from error
        return reply

    def _error(self, problem: str) -> StoreError:
        return StoreError(f"{self._address.url}: {problem}", hint=_HINT)


def _words(reply: Reply) -> str:
    """Return the queue's own words in one line, or the first ones of whatever answered."""
    try:
        told = bounded_json.loads(reply.body)
        code = str(told["__type"]).rpartition("#")[2]
        return one_line(f"{code}: {told.get('message') or told.get('Message') or ''}").strip(": ")
    except (ValueError, LookupError, TypeError, AttributeError):
        text = reply.body[:_SHOWN].decode(errors="replace")
        return one_line(f"{reply.status}: {text}")


def _batches(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    yield from (messages[at : at + _BATCH] for at in range(0, len(messages), _BATCH))
