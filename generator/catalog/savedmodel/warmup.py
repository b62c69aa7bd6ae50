"""The warm-up file, judged as by a server, which runs it before it serves a version.

Each record is a PredictionLog, whose request is sent to the model. The first that fails, or
one record too many, and the version never loads (F63). What depends on the model's own
computation nobody can tell from here, and nothing is said of it.
"""

from collections.abc import Iterable

from google.protobuf.message import DecodeError
from msgspec import Struct

from generator.catalog.savedmodel import prediction_log, tfrecord
from generator.catalog.savedmodel.prediction_log import Model
from generator.catalog.savedmodel.protobuf import UnsureError
from generator.limits.savedmodel import RECORD_BYTES, WARMUP_BYTES, WARMUP_RECORDS
from generator.serving.tensorflow_serving_pb2 import PredictionLog


class Warmup(Struct, frozen=True):
    """A warm-up file as a server judges it."""

    records: int = 0
    """The number of records that were judged."""
    asking: int = 0
    """The number of those that ask the model anything; a server passes over the others."""
    problem: str | None = None
    """The reason why the version does not load with it; None if none is known."""
    is_whole: bool = True
    """Whether all of it was judged: `WARMUP_BYTES` at most are, in records of `RECORD_BYTES`."""
    unread: int = 0
    """The number of records that were too long to be judged."""

    @property
    def summary(self) -> int | str:
        """The text for a report: the number of records, or more in words."""
        if self.problem is None and self.unread:
            count = f"{self.unread} of its {self.records} records"
            return f"{count} not judged, of over {RECORD_BYTES} bytes"
        if self.problem is None and not self.is_whole:
            return f"over {WARMUP_BYTES} bytes: only its first {self.records} records were judged"
        return self.problem or self.records


def judge(chunks: Iterable[bytes], model: Model) -> Warmup:
    """Return what a server that loads *model* makes of a file, which comes as *chunks*."""
    count = asking = unread = 0
    try:
        for data in tfrecord.records(chunks, WARMUP_BYTES, RECORD_BYTES):
            count += 1
            if count > WARMUP_RECORDS:
                return Warmup(count, asking, f"more than {WARMUP_RECORDS} records")
            if data is None:
                unread += 1
                continue
            log = PredictionLog.FromString(data)
            if problem := next(prediction_log.problems(log, model), None):
                return Warmup(count, asking, f"record {count}: {problem}")
            asking += prediction_log.asks(log)
    except DecodeError:
        return Warmup(count, asking, f"record {count} is no PredictionLog")
    except UnsureError:
        return Warmup(count, asking, is_whole=False, unread=unread)
    except ValueError as error:
        return Warmup(count, asking, str(error))
    return Warmup(count, asking, is_whole=not unread, unread=unread)
