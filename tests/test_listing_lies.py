"""No listing that a proxy can invent takes a model away: it ends the run, or changes nothing."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.environment import Source
from generator.errors import StoreError
from generator.store import Limits, open_store
from generator.store.listing import NoListingError, Page, Progress, parse
from tests.project import ProjectFolder
from tests.servers.flaky import flaky

LOCK = "tf-serving/overlays/dev/generated/models.lock.json"
MODELS = [f"m{number}" for number in range(12)]
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
QUICK = Limits(timeout=5, connect_timeout=5, retries=0, retry_timeout=1)

