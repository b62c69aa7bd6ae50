"""What a TensorFlow Serving server reads: its config files, in text format, and its flags.

All texts are printed by protobuf from real messages. Models are sorted by name,
versions and labels too, so equal states have equal bytes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from google.protobuf import text_format
from google.protobuf.message import Message

from generator.environment.environment import Environment, Source
from generator.environment.serving import Batching, Flag, Monitoring, Serving
from generator.errors import InvalidInputError
from generator.lock.lock import ServedModel
from generator.serving.tensorflow_serving_pb2 import (
    BatchingParameters,
    ModelServerConfig,
    MonitoringConfig,
)

MODELS = "/models"
"""Where the store is mounted in the server's container."""

CONFIG = "/config/models/models.config"
"""The hot-reloaded config; its folder is a whole volume, never a subPath (R7)."""

SERVED = "/config/served"
"""The folder in which an agent writes the config that its server polls."""

DESIRED = "/config/desired"
"""Where an agent finds what Git wants."""

START = "/config/start"
"""The folder of the files that a server reads only when it starts."""

TLS = "/config/tls"
"""Where the Secret of the ssl config is mounted."""

SSL_CONFIG = "ssl.config"
"""The key of that Secret: an SSLConfig message in text format, which has the key in it."""

_DO_NOT_EDIT = "# Written by tfs-gitops. The policy decides what stands here; edits are undone.\n"


def models_config(models: Iterable[ServedModel], source: Source) -> str:
    """Return `models.config`; every model has its explicit `specific` versions.

    Raises:
        InvalidInputError: A model is in a state that breaks a server. Policies do not lead
            there; a lock that was edited by hand can.
    """
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    models = sorted(models, key=lambda model: model.name)
    _refuse_unsafe(models)
    for model in models:
        entry = config.model_config_list.config.add(
            name=model.name,
            base_path=base_path(source, model.base_path),
            model_platform=model.platform,
        )
        entry.model_version_policy.specific.versions.extend(sorted(model.numbers))
        entry.version_labels.update(model.labels)
    return _text(config)


def batching_config(batching: Batching) -> str:
    """Return `batching.config` with the values that the environment sets."""
    config = BatchingParameters()
    for name in (
        "max_batch_size",
        "batch_timeout_micros",
        "max_enqueued_batches",
        "num_batch_threads",
        "thread_pool_name",
        "enable_large_batch_splitting",
        "max_execution_batch_size",
    ):
        value = getattr(batching, name)
        if value is not None:
            # A zero is written too: unset means the server's default, not 0.
            getattr(config, name).value = value
    config.allowed_batch_sizes.extend(batching.allowed_batch_sizes)
    config.pad_variable_length_inputs = bool(batching.pad_variable_length_inputs)
    return _text(config)


def monitoring_config(monitoring: Monitoring) -> str:
    """Return `monitoring.config`."""
    config = MonitoringConfig()
    config.prometheus_config.enable = monitoring.enabled
    config.prometheus_config.path = monitoring.path
    return _text(config)


def base_path(source: Source, path: str) -> str:
    """Return where a server finds the model at *path*, which is relative to the store."""
    root = source.location.url if source.effective_access == "direct" else MODELS
    return f"{root}/{path}"


_BESIDE_AGENT: Mapping[str, Flag] = {
    "max_num_load_retries": 1,
    "load_retry_interval_micros": 1_000_000,
}
"""How a server tries again what did not load, where an agent does so later; a person may differ."""


def arguments(environment: Environment) -> tuple[str, ...]:
    """Return the server's command line, sorted, each as `--flag=value`.

    A server takes no other form, and goes on without a flag that it does not know
    (F70); a person's flags have been checked against its version.
    """
    return tuple(
        f"--{name}={flag_text(value)}"
        for name, value in sorted(
            {**environment.serving.flags, **owned(environment.serving)}.items()
        )
    )


def owned(serving: Serving) -> dict[str, Flag]:
    """Return the flags that this program sets, and that a person may therefore not set."""
    flags: dict[str, Flag] = {
        "port": 8500,
        "rest_api_port": 8501,
        "model_config_file": f"{SERVED}/models.config" if serving.agent else CONFIG,
        "model_config_file_poll_wait_seconds": serving.polling.config,
        "file_system_poll_wait_seconds": serving.polling.files,
        "allow_version_labels_for_unavailable_models": True,
    }
    if "num_load_threads" not in serving.flags:
        flags["num_load_threads"] = 2
    if serving.agent:
        # While a broken version is tried again, a server reads no later step.
        flags |= {name: it for name, it in _BESIDE_AGENT.items() if name not in serving.flags}
    if serving.batching is not None:
        flags |= {
            "enable_batching": True,
            "batching_parameters_file": f"{START}/batching.config",
        }
    if serving.monitoring is not None:
        flags["monitoring_config_file"] = f"{START}/monitoring.config"
    if serving.tls is not None:
        flags["ssl_config_file"] = f"{TLS}/{SSL_CONFIG}"
    if serving.gpu is not None and serving.gpu.memory_fraction is not None:
        flags["per_process_gpu_memory_fraction"] = serving.gpu.memory_fraction
    if serving.tflite:
        flags["prefer_tflite_model"] = True
    if not serving.warmup:
        flags["enable_model_warmup"] = False
    return flags


def flag_text(value: Flag) -> str:
    """Return a flag's value as the server's parser reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_unsafe(models: Sequence[ServedModel]) -> None:
    """Raise for what a server answers with an outage, or with refusing the file (R1)."""
    names = Counter(model.name for model in models)
    problems = []
    for model in models:
        numbers = model.numbers
        checks = {
            "has no name": not model.name,
            "is here twice": names[model.name] > 1,
            "has no base path": not model.base_path.strip("/"),
            "has no platform": not model.platform,
            "has no version": not numbers,
            "has a version twice": len(set(numbers)) < len(numbers),
            "has a label on another version": not {to for _, to in model.labels} <= set(numbers),
        }
        problems += [
            f"model {model.name!r} {problem}" for problem, holds in checks.items() if holds
        ]
    if problems:
        raise InvalidInputError(
            problems, hint="restore models.lock.json from the last commit of a sync"
        )


_LABEL_OF_0 = re.compile(r"^( +)key: .*\n(?= *\})", re.MULTILINE)
"""An entry of a map whose value is left out, since it is 0: a reviewer looks for the version."""


def _text(message: Message) -> str:
    text = text_format.MessageToString(message, as_utf8=True)
    text = _LABEL_OF_0.sub(r"\g<0>\1value: 0\n", text)
    if not text.replace("\n", "").isprintable():
        text = "".join(map(_visible, text))
    return _DO_NOT_EDIT + text


def _visible(character: str) -> str:
    """Escape what a reviewer does not see, and what YAML takes for the end of a line."""
    if character.isprintable() or character == "\n":
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode())
