"""`docs/clients.md`: each client on the page asks a server, and prints what the page shows."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.simulated_server.folder import Folder
from tests.kit.pages import Block, blocks
from tests.servers.serving_grpc import grpc_port
from tests.servers.tensorflow_serving import model_server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/clients.md").read_text()
WITH_TENSORFLOW = ROOT / ".venv-tensorflow/bin/python"
CONFIG = (
    'model_config_list { config { name: "half-plus-two" base_path: "/models/half-plus-two" '
    'model_platform: "tensorflow" model_version_policy { specific { versions: 1 } } '
    'version_labels { key: "stable" value: 1 } } }\n'
)


CLIENTS = [*blocks(PAGE, "python")]
LIGHT = [block for block in CLIENTS if "import tensorflow" not in block.text]
[FULL] = [block for block in CLIENTS if "import tensorflow" in block.text]


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    """Return where a server listens, by the addresses of the page."""
    with (
        model_server(CONFIG, Folder(ROOT / "examples/models")) as server,
        grpc_port(server) as port,
    ):
        server.tick(1)
        yield {
            "127.0.0.1:8501": server.url.removeprefix("http://"),
            "127.0.0.1:8500": f"127.0.0.1:{port}",
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the messages, as the page makes them."""
    folder = tmp_path_factory.mktemp("client")
    [proto] = blocks(PAGE, "proto")
    [protoc] = blocks(PAGE, "sh")
    (folder / "predict.proto").write_text(proto.text)
    command = protoc.text.replace("python", sys.executable, 1)
    subprocess.run(["bash", "-e", "-c", command], cwd=folder, check=True)
    return folder


def ran(block: Block, python: Path, folder: Path, addresses: dict[str, str]) -> str:
    """Return what a client prints."""
    text = block.text
    for said, is_here in addresses.items():
        text = text.replace(said, is_here)
    assert text != block.text
    done = subprocess.run(
        [python, "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("block", LIGHT, ids=["urllib", "requests", "gRPC"])
def test_a_client_prints_what_stands_behind_it(block, built, addresses):
    """As it is copied, but for the ports."""
    assert ran(block, Path(sys.executable), built, addresses) == block.shown


def test_a_client_that_names_what_is_not_there_fails(built, addresses):
    """Its server answers for real: another version is refused, and so is another input."""
    grpc = LIGHT[-1]
    for said, other in (('"value": 1', '"value": 2'), ("dtype=api.Tensor.FLOAT", "dtype=3")):
        assert said in grpc.text
        wrong = replace(grpc, text=grpc.text.replace(said, other))
        with pytest.raises(AssertionError, match=r"NOT_FOUND|INVALID_ARGUMENT"):
            ran(wrong, Path(sys.executable), built, addresses)


@pytest.mark.nightly
@pytest.mark.slow
def test_the_client_with_tensorflow_prints_what_stands_behind_it(tmp_path, addresses):
    """`make tensorflow` installs it beside: it is a gigabyte."""
    if not WITH_TENSORFLOW.exists():
        pytest.skip("no TensorFlow here: `make tensorflow`")
    assert ran(FULL, WITH_TENSORFLOW, tmp_path, addresses) == FULL.shown
