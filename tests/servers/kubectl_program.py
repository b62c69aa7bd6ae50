"""A kubectl for tests, run as a program: it lists the pods of a file, and forwards to real ports.

Words, messages and exit codes are those of kubectl 1.33: `get pods --output=json` and
`port-forward`, which tells each address that it listens on, then each connection.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn, TextIO


def main() -> None:
    """Do what the arguments ask for, in the cluster that the file beside this program tells of."""
    folder = Path(sys.argv[0]).parent
    cluster: dict[str, Any] = json.loads((folder / "cluster.json").read_text())
    options = {word.partition("=")[0]: word.partition("=")[2] for word in sys.argv if "=" in word}
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if words[:1] == ["kustomize"]:
        return  # a sync tries its overlay: everything builds
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"words": sys.argv[1:], "pid": os.getpid()}) + "\n")
    context = options.get("--context", cluster["contexts"][0])
    if context not in cluster["contexts"]:
        fail(f'error: context "{context}" does not exist')
    if cluster["down"]:
        fail(
            "E1129 05:00:00.000000 1 memcache.go:265] couldn't get current server API group list\n"
            "The connection to the server localhost:8080 was refused - did you specify the right "
            "host or port?"
        )
    if words[:2] == ["get", "pods"]:
        wanted = dict(item.split("=") for item in options["--selector"].split(","))
        items = [
            pod
            for pod in cluster["pods"]
            if pod["metadata"]["namespace"] == options["--namespace"]
            and wanted.items() <= pod["metadata"]["labels"].items()
        ]
        say(json.dumps({"kind": "List", "items": items}))
        return
    _, pod, *ports = words
    asyncio.run(forward(cluster, pod.removeprefix("pod/"), [int(port[1:]) for port in ports]))


async def forward(cluster: dict[str, Any], name: str, ports: list[int]) -> None:
    """Forward free ports of 127.0.0.1 to the *ports* of a pod, until the program is ended."""
    found = next((one for one in cluster["pods"] if one["metadata"]["name"] == name), None)
    if found is None:
        fail(f'Error from server (NotFound): pods "{name}" not found')
    if cluster["silent"]:
        await asyncio.Event().wait()
    for port in ports:
        target = cluster["ports"][name].get(str(port))

        async def connected(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int | None = target
        ) -> None:
            local = writer.get_extra_info("sockname")[1]
            say(f"Handling connection for {local}")
            try:
                there, back = await asyncio.open_connection("127.0.0.1", target)
            except (OSError, TypeError):
                # The real one hangs up too, and says why on stderr.
                say(f"E1129 error forwarding port {local}: refused", sys.stderr)
                writer.close()
                return
            await asyncio.gather(copy(reader, back), copy(there, writer))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        local = server.sockets[0].getsockname()[1]
        say(f"Forwarding from 127.0.0.1:{local} -> {port}")
    await asyncio.Event().wait()


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy what comes until its end."""
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.write_eof()
    except OSError:
        target.close()


def fail(text: str) -> NoReturn:
    """Say *text*, as kubectl does."""
    say(text, sys.stderr)
    sys.exit(1)


def say(text: str, stream: TextIO = sys.stdout) -> None:
    """Write a line at once."""
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    main()
