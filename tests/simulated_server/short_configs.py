"""Configs and servers for tests of the simulator.

A test names its models as the observations do: `m 1 2 stable:1` is a model m with the
versions 1 and 2 pinned and a label.
"""

from generator.simulated_server.flags import Flags
from generator.simulated_server.server import Server
from generator.simulated_server.store import GOOD, Store, Upload

BROKEN = Upload(fail=True)
EMPTY_LIST = "model_config_list {}"


def entry(words: str, **changed: str) -> str:
    """Return the text of one model: its name, its pins or `latest`, and its labels."""
    name, *rest = words.split()
    fields = {
        "name": f'name: "{name}"',
        "base_path": f'base_path: "/models/{name}"',
        "platform": 'model_platform: "tensorflow"',
    } | changed
    pins = " ".join(f"versions: {word}" for word in rest if word.isdigit())
    if "latest" not in rest:
        fields["policy"] = f"model_version_policy {{ specific {{ {pins} }} }}"
    labels = [word.split(":") for word in rest if ":" in word]
    pairs = [f'version_labels {{ key: "{key}" value: {value} }}' for key, value in labels]
    return f"config {{ {' '.join([*fields.values(), *pairs])} }}"


def listed(*models: str) -> str:
    """Return a file that lists models, each as words or as the text of an entry."""
    entries = [one if one.startswith("config") else entry(one) for one in models]
    return f"model_config_list {{ {' '.join(entries)} }}"


def store(*good: str, **uploads: Upload) -> Store:
    """Return a store with versions such as `m/1`; `m_2=` is a version m/2 that behaves so."""
    made = Store()
    behaviours = dict.fromkeys(good, GOOD)
    behaviours |= {key.replace("_", "/"): upload for key, upload in uploads.items()}
    for path, upload in behaviours.items():
        model, _, version = path.partition("/")
        made.put(f"/models/{model}", version, upload)
    return made


def started(text: str, models: Store, *, flag: bool = True, **flags: float) -> Server:
    """Return a server that had a second to start from *text*."""
    settings = {"model_config_file_poll_wait_seconds": 1, "max_num_load_retries": 0} | flags
    server = Server(Flags(allow_version_labels_for_unavailable_models=flag, **settings))
    server.start(text, models)
    server.tick(1)
    return server


def then(server: Server, text: str | None, seconds: float = 4) -> str:
    """Give the server another file and some time, and return how its last reload ended."""
    server.file = text
    server.tick(seconds)
    return str(server.last_reload)
