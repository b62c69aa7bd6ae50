"""The few calls of the Kubernetes API that kubectl makes to list pods and to forward to one.

A forward is accepted and goes nowhere: what is said through it, real servers say elsewhere.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RESOURCE = {
    "name": "pods",
    "singularName": "pod",
    "namespaced": True,
    "kind": "Pod",
    "verbs": ["get", "list"],
}


class _Api(BaseHTTPRequestHandler):
    """The API, as far as kubectl asks it."""

    def __init__(self, pods: Sequence[dict[str, Any]], *connection: Any) -> None:
        self._pods = pods
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Answer; a websocket is refused, and kubectl goes on with SPDY."""
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        selector = parse_qs(url.query).get("labelSelector", [""])[0]
        data = None if "portforward" in parts else found(self._pods, parts, selector)
        body = json.dumps(data or {"kind": "Status", "apiVersion": "v1", "code": 404}).encode()
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Accept a forward, and listen until it ends."""
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "SPDY/3.1")
        self.send_header("X-Stream-Protocol-Version", "portforward.k8s.io")
        self.end_headers()
        self.close_connection = True
        while self.rfile.read1(1024):
            pass

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def found(
    pods: Sequence[dict[str, Any]], parts: Sequence[str], selector: str
) -> dict[str, Any] | None:
    """Return what is at a path, given as its *parts*; None if nothing is."""
    match parts:
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
        case ["api", "v1"]:
            return {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_RESOURCE]}
        case ["api", "v1", "namespaces", _, "pods"]:
            wanted = dict(item.split("=") for item in selector.split(",") if item)
            items = [it for it in pods if wanted.items() <= it["metadata"]["labels"].items()]
            return {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}
        case ["api", "v1", "namespaces", _, "pods", name]:
            one = next((it for it in pods if it["metadata"]["name"] == name), None)
            return one and {"kind": "Pod", "apiVersion": "v1", **one}
    return None


@contextmanager
def kubernetes_api(pods: Sequence[dict[str, Any]], folder: Path) -> Iterator[Path]:
    """Serve *pods* of one namespace; yield the kubeconfig that leads there, in *folder*."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Api, pods)) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        config = folder / "kubeconfig"
        config.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url}}],
            "users": [{"name": "test", "user": {}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }))  # fmt: skip
        try:
            yield config
        finally:
            server.shutdown()
