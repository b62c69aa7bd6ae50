"""Pulls of a pod: what fetches the versions that a revision wants."""

import threading

from generator.agent import Models
from generator.agent.decide.config import Revision
from generator.agent.download.data_source import PullSource
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.serving.paths import MODELS
from tests.kit.waiting import PATIENCE


def revision(pod, *models):
    """Return a revision of a lock with *models*."""
    lock = pod.lock(*models)
    return Revision(lock, MODELS)


def fetching(pod, opened=None, **pauses):
    """Return the pull of a pod, and the event that it sets when a fetch has ended."""
    woken = threading.Event()
    opened = opened or (lambda url: Models(pod.root / "models", open_store(StoreAddress(url))))
    return PullSource(opened, woken.set, **pauses), woken


def ended(woken):
    """Wait until a fetch, or a removal, has ended."""
    assert woken.wait(PATIENCE)
    woken.clear()
