"""The server's command line: the flags that follow from keys of the environment, and a person's."""

from collections.abc import Mapping

from generator.environment.environment import Environment
from generator.environment.serving import Flag, ServerSpec
from generator.serving import paths

_BESIDE_AGENT: Mapping[str, Flag] = {
    "max_num_load_retries": 1,
    "load_retry_interval_micros": 1_000_000,
}
"""Retries of a server whose agent tries again later; a person may set others."""


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


def owned(serving: ServerSpec) -> dict[str, Flag]:
    """Return the flags that this program sets, and that a person may therefore not set."""
    flags: dict[str, Flag] = {
        "port": 8500,
        "rest_api_port": 8501,
        "model_config_file": f"{paths.SERVED}/models.config" if serving.agent else paths.CONFIG,
        "model_config_file_poll_wait_seconds": _config_poll(serving),
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
            "batching_parameters_file": f"{paths.START}/batching.config",
        }
    if serving.monitoring is not None:
        flags["monitoring_config_file"] = f"{paths.START}/monitoring.config"
    if serving.tls is not None:
        flags["ssl_config_file"] = f"{paths.TLS}/{paths.SSL_CONFIG}"
    if serving.gpu is not None and serving.gpu.memory_fraction is not None:
        flags["per_process_gpu_memory_fraction"] = serving.gpu.memory_fraction
    if serving.tflite:
        flags["prefer_tflite_model"] = True
    if not serving.warmup:
        flags["enable_model_warmup"] = False
    return flags


def _config_poll(serving: ServerSpec) -> int:
    """Return the seconds between two looks at the config: none, where it never changes."""
    return 0 if serving.is_rolling and not serving.agent else serving.polling.config


def flag_text(value: Flag) -> str:
    """Return a flag's value as the server's parser reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
