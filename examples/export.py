"""Export the tiny SavedModels of ``examples/models``: ``python examples/export.py [DIR]``.

Needs ``tensorflow`` and ``tensorflow-serving-api``. Each version goes to
``DIR/<model>/<version>``, the layout that TensorFlow Serving reads; without DIR, to ``models``
beside this script. A version directory that exists is replaced. Each export is loaded again and
asked for a prediction: the script fails when an answer is not the expected one.

Reproducible: nothing is random, for all weights are written below, so no seed is needed. The one
random thing that TensorFlow adds, the UUID in ``fingerprint.pb``, is replaced by the checksum of
the graph. Two runs with one release of TensorFlow on one platform gave the same bytes.

Not reproducible: another release of TensorFlow may write other bytes. ``saved_model.pb`` records
the release and its operators, and ``fingerprint.pb`` holds hashes of that.
"""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.fingerprint_pb2 import FingerprintDef
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
PROBE_FILE = Path("assets.extra", "tf_serving_probe.json")
NO_DEBUG = tf.saved_model.SaveOptions(save_debug_info=False, experimental_debug_stripper=True)

Tensors = Mapping[str, Sequence[object]]


class HalfPlusTwo(tf.Module):
    """Version 1: half of each number, plus two."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def predict(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return ``y``, one number for each number of *x*."""
        return {"y": 0.5 * x + 2.0}


class HalfPlusTwoOfVectors(tf.Module):
    """Version 2: the same for vectors of three, so a client of version 1 gets an error."""

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def predict(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return ``y``, a vector for each vector of *x*, and ``mean``, its mean."""
        y = 0.5 * x + 2.0
        return {"y": y, "mean": tf.reduce_mean(y, axis=1)}


class Greeting(tf.Module):
    """Strings in, strings out."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="name")])
    def predict(self, name: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return ``greeting``, one for each *name*."""
        return {"greeting": tf.strings.join(["Hello, ", name, "!"])}


class Kittens(tf.Module):
    """A linear classifier of three breeds by weight (kg) and length of fur (cm)."""

    def __init__(self) -> None:
        """Set the weights; they are variables, so they are saved apart from the graph."""
        super().__init__(name="kittens")
        self.weights = tf.Variable([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]], name="weights")
        self.bias = tf.Variable([0.5, 1.0, 0.0], name="bias")

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="features")])
    def predict(self, features: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return ``scores``, one a breed, and ``breed``, the number of the best one."""
        scores = tf.matmul(features, self.weights) + self.bias
        return {"scores": scores, "breed": tf.argmax(scores, axis=1)}


@dataclass(frozen=True, slots=True)
class Example:
    """One model version, with a request and the answer that it must give."""

    model: str
    version: int
    build: Callable[[], tf.Module]
    request: Tensors
    answer: Tensors
    warmup: Sequence[Tensors] = ()
    has_probe: bool = False
    """Whether agents get the request and its answer, to ask the version before they rely on it."""


EXAMPLES = (
    Example("half-plus-two", 1, HalfPlusTwo, {"x": [1.0, 2.0, 5.0]}, {"y": [2.5, 3.0, 4.5]}),
    Example(
        "half-plus-two",
        2,
        HalfPlusTwoOfVectors,
        {"x": [[1.0, 2.0, 6.0]]},
        {"y": [[2.5, 3.0, 5.0]], "mean": [3.5]},
    ),
    Example(
        "greeting",
        1,
        Greeting,
        {"name": [b"Ada"]},
        {"greeting": [b"Hello, Ada!"]},
        warmup=({"name": [b"Ada"]}, {"name": [b"Grace", b"Edsger"]}),
    ),
    Example(
        "kittens",
        1,
        Kittens,
        {"features": [[2.0, 1.0], [1.0, 4.0]]},
        {"scores": [[1.5, 1.0, -1.0], [-2.5, 1.0, 3.0]], "breed": [0, 2]},
        has_probe=True,
    ),
)


def export(example: Example, root: Path) -> Path:
    """Write *example* below *root*, in the place of what is there; return its directory."""
    target = root / example.model / str(example.version)
    shutil.rmtree(target, ignore_errors=True)
    module = example.build()
    signatures = {SIGNATURE: module.predict}
    tf.saved_model.save(module, str(target), signatures=signatures, options=NO_DEBUG)
    # TensorFlow always makes this directory; Git cannot hold an empty one.
    (target / "assets").rmdir()
    fix_uuid(target / "fingerprint.pb")
    if example.warmup:
        write_warmup(example, target / WARMUP_FILE)
    if example.has_probe:
        write_probe(example, target / PROBE_FILE)
    return target


def fix_uuid(path: Path) -> None:
    """Replace the random UUID of the fingerprint at *path* by the checksum of the graph."""
    fingerprint = FingerprintDef.FromString(path.read_bytes())
    fingerprint.uuid = str(fingerprint.saved_model_checksum)
    path.write_bytes(fingerprint.SerializeToString(deterministic=True))


def write_warmup(example: Example, path: Path) -> None:
    """Write the requests that a server replays before the version is AVAILABLE."""
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as records:
        for tensors in example.warmup:
            log = PredictionLog(predict_log=PredictLog(request=predict_request(example, tensors)))
            records.write(log.SerializeToString(deterministic=True))


def write_probe(example: Example, path: Path) -> None:
    """Write the request by which an agent asks the version, and the answer that is expected.

    One output is its values; several are an object, by name.
    """
    outputs = example.answer if len(example.answer) > 1 else next(iter(example.answer.values()))
    probe = {
        "request": {"signature_name": SIGNATURE, "inputs": example.request},
        "response": {"outputs": outputs},
        "rtol": 0.001,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(probe) + "\n", encoding="utf-8")


def predict_request(example: Example, tensors: Tensors) -> PredictRequest:
    """Return *tensors* as a request to the default signature.

    The version is left out: the server replays the file on the version that holds it.
    """
    request = PredictRequest()
    request.model_spec.name = example.model
    request.model_spec.signature_name = SIGNATURE
    for name, values in tensors.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    return request


def verify(example: Example, target: Path) -> None:
    """Load *target* and compare its answer; then replay its warm-up requests.

    Raises:
        AssertionError: an answer differs, or the warm-up file holds other requests.
    """
    predict = tf.saved_model.load(str(target)).signatures[SIGNATURE]
    request = {name: tf.constant(values) for name, values in example.request.items()}
    answer = predict(**request)
    np.testing.assert_equal(sorted(answer), sorted(example.answer))
    for name, values in example.answer.items():
        np.testing.assert_array_equal(answer[name].numpy(), values)

    replayed = replay(target / WARMUP_FILE, predict)
    np.testing.assert_equal(replayed, len(example.warmup))


def replay(path: Path, predict: Callable[..., object]) -> int:
    """Call *predict* with each record of the warm-up file, if there is one; return how many."""
    if not path.exists():
        return 0
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    for record in records:
        inputs = PredictionLog.FromString(record).predict_log.request.inputs
        predict(**{name: tf.constant(tf.make_ndarray(inputs[name])) for name in inputs})
    return len(records)


def main(root: Path) -> None:
    """Export and verify all examples below *root*."""
    for example in EXAMPLES:
        target = export(example, root)
        verify(example, target)
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        sys.stdout.write(f"{target}  {size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("models"))
