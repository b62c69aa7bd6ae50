"""The parsers of what comes from outside, each with good examples and the errors it may raise."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator.agent.decide import config as agent_config
from generator.agent.pod.checkpoint import Checkpoint
from generator.catalog import index
from generator.catalog.cache import ProofCache
from generator.catalog.location import Location, StoreAddress
from generator.catalog.savedmodel import bundle, graph_file, text_format, warmup
from generator.catalog.savedmodel.prediction_log import Model
from generator.catalog.savedmodel.protobuf import UnsureError
from generator.catalog.store import listing
from generator.catalog.store.listing import NoListingError
from generator.environment import glob, load
from generator.environment.texts import Texts
from generator.errors import InvalidInputError
from generator.lock import lock_file
from generator.network.http import Answer
from generator.serving import rest_api
from generator.serving.lint.lint import lint
from generator.serving.paths import MODELS
from generator.serving.probe.policy_probe import PolicyProbe
from tests.campaigns.surroundings import environment, surrounded

ROOT = Path(__file__).parents[2]
_EXAMPLES = ROOT / "examples/models"
_GOLDEN = ROOT / "tests/golden"
_BUCKET = Location.parse("s3://models/prefix")
_PLACES = StoreAddress("s3://models/prefix")
_SMALL = (
    b"apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: %s}\nspec:\n"
    b"  source: {url: 'gs://m', access: direct}\n  delivery: {repository: .}\n"
    b"  serving: {image: 'tensorflow/serving:2.19.1'}\n"
    b"  policy:\n    - match: '*'\n      versions: {latest: 1}\n"
)
_INDEXES = (
    b"m,m/1/saved_model.pb,d41d8cd98f00b204e9800998ecf8427e\n"
    b"m,m/1/variables/variables.index,sha256:" + b"0" * 64 + b"\n"
    b"m,m/2/saved_model.pb,abc-3\n",
    b'\xef\xbb\xbf"a ""b""/c","s3://models/prefix/a ""b""/c/9223372036854775807/x",crc32c:A==\r\n',
    b"s3://models/prefix/m,s3://models/prefix/m/007/saved_model.pb,md5:" + b"a" * 32 + b"\n\n",
)
_LISTING = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>models</Name>
<Prefix>m/</Prefix><EncodingType>url</EncodingType><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>
<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken><Contents>
<Key>m/1/a%20b</Key><LastModified>2026-06-01T00:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag>
<Size>5</Size><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>m/1/c</Key>
<LastModified>2026-06-01T00:00:00+01:00</LastModified><Size>0</Size></Contents></ListBucketResult>
"""
_STATUS = b"""{"model_version_status": [{"version": "1", "state": "AVAILABLE", "status":
{"error_code": "OK", "error_message": ""}}, {"version": "2", "state": "END", "status":
{"error_code": "NOT_FOUND", "error_message": "no \\u00e9 file"}}]}"""
_METADATA = b'{"model_spec": {"name": "m", "signature_name": "", "version": "1"}, "metadata": {}}'
_REFUSAL = b'{ "error": "Servable not found for request: Specific(m, 7)" }'
_CHECKPOINT = b"""{"again": [["m", 3, "why"]], "good": {"m": {"labels": {"stable": 1},
"versions": [1, 2]}}, "loaded": [["m", 1], ["m", 2]]}"""
_PROBES = (
    b'{"request": {"instances": [1.0]}, "response": {"predictions": [2.5]}, "rtol": 0.01}',
    b'{"request": {"signature_name": "x", "inputs": {"a": [[1]]}}}',
)
_PROBE = PolicyProbe.parse(_PROBES[1])
_GLOBS = (b"ranker-*", b"team-*-[a-c]?-*/v[!0-9]", b"**/a/**", b"*a*b*c*d*e", b"[]-a]*[^]")
_TEXT = b"a/team-x-model-y/v7/" + b"-model-" * 40


@dataclass(frozen=True, slots=True)
class Parser:
    """One parser: what it is fed, and by which errors it may say no."""

    name: str
    parse: Callable[[bytes], object]
    examples: Sequence[bytes]
    says_no: tuple[type[Exception], ...] = ()
    tokens: Sequence[bytes] = field(default=())
    share: float = 1.0
    """How much of the texts it gets: less where one takes long."""


@contextmanager
def parsers() -> Iterator[Sequence[Parser]]:
    """Return all parsers; the one of the cache has a folder of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parsers-")))
        stack.enter_context(surrounded(environment(folder)))
        yield [*_policies(), *_of_store(), *_of_models(), *_of_git(), *_of_pods()]


def _policies() -> Iterator[Parser]:
    full = (ROOT / "tests/documents/full.yaml").read_bytes()
    words = (b"!!bool ", b"!!timestamp ", b"!!python/object:os.system ", b"&a ", b"*a", b"<<: *a")
    words += (b"---\n", b"? ", b"| ", b"> ", b"- ", b": ", b"~", b"2026-01-01", b"0o17", b"2Gi")
    no = (InvalidInputError,)
    small = _SMALL % b"prod"
    yield Parser("environments", _environment, (full, small, small), no, words, 0.1)
    yield Parser(
        "probe files", PolicyProbe.parse, _PROBES, (ValueError,), (b"rtol", b"NaN", b"1e999")
    )
    yield Parser("globs", _glob, _GLOBS, (), (b"*", b"**", b"[", b"]", b"?", b"!", b"[a-", b"-]"))


def _of_store() -> Iterator[Parser]:
    words = (b",", b"s3://models/", b"gs://", b"md5:", b"sha256:", b"crc64nvme:", b"/1/", b"/01/")
    yield Parser("indexes", _index, _INDEXES, (), words)
    tags = (b"<Contents>", b"</Contents>", b"<Key>", b"<!DOCTYPE x>", b"&e;", b"&#0;", b"<![CDATA[")
    yield Parser("listings", _listing, (_LISTING,), (NoListingError,), tags)
    cached = b'[["m", %s]]' % _first_version(_golden_locks()[0])
    yield Parser("caches of proofs", _cache, (cached, b'{"q": ["d", [], []]}'), (), (), 0.2)


def _of_models() -> Iterator[Parser]:
    no = (ValueError, UnsureError)
    graphs = [path.read_bytes() for path in sorted(_EXAMPLES.glob("*/*/saved_model.pb"))]
    bundles = [path.read_bytes() for path in sorted(_EXAMPLES.glob("*/*/variables/*.index"))]
    requests = [*_EXAMPLES.glob("*/*/assets.extra/tf_serving_warmup_requests")]
    yield Parser("saved models", _graphs, graphs, no, share=0.3)
    yield Parser("indexes of variables", bundle.read, bundles, no)
    yield Parser("warm-up files", _warmup, [path.read_bytes() for path in requests])
    text = (
        b'saved_model_schema_version: 1 meta_graphs { meta_info_def { tags: "serve" } '
        b'signature_def { key: "x" value { inputs { key: "a" value { name: "a:0" } } } } }'
    )
    yield Parser("saved models in text", text_format.graphs, (text,), no)


def _of_git() -> Iterator[Parser]:
    no = (InvalidInputError,)
    yield Parser("locks", _lock, _golden_locks(), no, (b'"models"', b'"labels"', b'"deferred"'))
    configs = [path.read_bytes() for path in sorted(_GOLDEN.rglob("models.config"))]
    words = (b"model_config_list {", b"config {", b"specific {", b"versions: 1", b"value: 2", b"#")
    yield Parser("model configs", _config, configs, (), words)


def _of_pods() -> Iterator[Parser]:
    yield Parser("checkpoints of agents", _checkpoint, (_CHECKPOINT,))
    yield Parser("answers of servers", _answer, (_STATUS, _METADATA, _REFUSAL))


def _environment(data: bytes) -> object:
    texts = {"prod": data.decode(errors="replace"), "staging": (_SMALL % b"staging").decode()}
    return load.load(Texts(texts.get, tuple(texts), probe=lambda _: _PROBE), "prod")


def _glob(data: bytes) -> object:
    return glob.Glob(data.decode(errors="replace")).matches(_TEXT.decode())


def _index(data: bytes) -> object:
    return index.parse("index-1.csv", data, _BUCKET)


def _listing(data: bytes) -> object:
    return listing.parse(data, "models", "m/")


def _cache(data: bytes) -> object:
    cache = ProofCache(_PLACES)
    for path in (cache._path, cache._inspected):  # where a file of anybody's may lie
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return cache.versions(), cache.refused(), cache.findings("q")


def _graphs(data: bytes) -> object:
    return graph_file.graphs(lambda start, end: data[start:end], len(data))


def _warmup(data: bytes) -> object:
    return warmup.judge((data[:700], data[700:]), Model(checks_method=True))


def _lock(data: bytes) -> object:
    return lock_file.load(data.decode(errors="replace"), "models.lock.json")


def _config(data: bytes) -> object:
    text = data.decode(errors="replace")
    return lint(text), agent_config.parse(text, MODELS)


def _checkpoint(data: bytes) -> object:
    return Checkpoint.parse(data.decode(errors="replace")).text


def _answer(data: bytes) -> object:
    question = rest_api.Question("m", ("stable",))

    def of_label(target: str) -> Answer:
        return Answer(target, 200, data if "labels" in target else _STATUS)

    answers = (lambda target: Answer(target, 404, data), lambda target: Answer(target, 200, data))
    return [rest_api.model(get, question) for get in (*answers, of_label)]


def _golden_locks() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_GOLDEN.rglob("models.lock.json"))]


def _first_version(lock: bytes) -> bytes:
    [line, *_] = [line for line in lock.splitlines() if b'"digest"' in line]
    return line.strip().rstrip(b",")
