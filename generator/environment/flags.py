"""The flags of a server: their types, the versions that have them, and unsafe values.

From main.cc at 2.20.0 (F70, F72). A server prints an unknown flag and goes
on without it, so a misspelt one must be found here.
"""

import math
import re
from collections.abc import Iterator, Mapping

from generator.environment.serving import Flag
from generator.text.pattern import pattern
from generator.text.phrases import did_you_mean

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
}

_BY_TYPE = {
    "boolean": """
        allow_version_labels_for_unavailable_models enable_batching
        enable_grpc_healthcheck_service enable_model_warmup enable_per_model_batching_parameters
        enable_profiler enable_serialization_as_tensor_content enable_signature_method_name_check
        flush_filesystem_caches prefer_tflite_model remove_unused_fields_from_bundle_metagraph
        rest_api_enable_cors_support skip_initialize_tpu use_alts_credentials
        xla_cpu_compilation_enabled xla_gpu_compilation_enabled
    """,
    "integer": """
        file_system_poll_wait_seconds grpc_max_threads load_retry_interval_micros
        max_num_load_retries model_config_file_poll_wait_seconds num_load_threads
        num_request_iterations_for_warmup num_tflite_interpreters_per_pool num_tflite_pools
        num_unload_threads port rest_api_num_threads rest_api_port rest_api_timeout_in_ms
        tensorflow_inter_op_parallelism tensorflow_intra_op_parallelism
        tensorflow_session_parallelism
    """,
    "number": "per_process_gpu_memory_fraction",
    "text": """
        batching_parameters_file grpc_channel_arguments grpc_socket_path mixed_precision
        model_base_path model_config_file model_name monitoring_config_file platform_config_file
        saved_model_tags ssl_config_file tensorflow_session_config_file
        thread_pool_factory_config_file
    """,
}

TYPES = {name: kind for kind, names in _BY_TYPE.items() for name in names.split()}
"""The type of each flag."""

SINCE = {
    "enable_grpc_healthcheck_service": (2, 17),
    "mixed_precision": (2, 17),
    "num_load_threads": (2, 6),
    "xla_gpu_compilation_enabled": (2, 19),
}
"""The oldest version that is known to have a flag, where not every version has it."""

_UNSAFE = {
    "batching_parameters_file": "use `serving.batching`",
    "enable_batching": "use `serving.batching`",
    "model_base_path": "models come from the model config",
    "model_name": "models come from the model config",
    "monitoring_config_file": "use `serving.monitoring`",
    "platform_config_file": "it switches batching and other flags off",
    "version": "the server would print its version and exit",
}

_PORT = "clients reach it by the Service, whose `port:` a patch in the overlay can change"
_OWNED = {
    "allow_version_labels_for_unavailable_models": "always true",
    "batching_parameters_file": "use `serving.batching`",
    "enable_batching": "use `serving.batching`",
    "enable_model_warmup": "use `serving.warmup`",
    "file_system_poll_wait_seconds": "use `serving.polling.files`",
    "model_config_file": "models come from `policy`",
    "model_config_file_poll_wait_seconds": "use `serving.polling.config`",
    "monitoring_config_file": "use `serving.monitoring`",
    "per_process_gpu_memory_fraction": "use `serving.gpu.memoryFraction`",
    "port": f"always 8500; {_PORT}",
    "prefer_tflite_model": "use `serving.tflite`",
    "rest_api_port": f"always 8501; {_PORT}",
    "ssl_config_file": "use `serving.tls`",
}
"""The key to use in place of a flag that this program sets."""

_PATCH = "an image with flags of its own gets them by a patch of `args` in its kustomization.yaml"

_INT64 = {"load_retry_interval_micros"}
"""The integers of 64 bits; all others have 32."""

_ALMOST_NUMBER = pattern(r"[0-9][0-9 ._*]*(?:[KMGT]i?B?|e[0-9]+)?", re.IGNORECASE)
"""A number that is written for people, or to be worked out."""

_THREADS = (
    "tensorflow_inter_op_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_session_parallelism",
)


def problem(name: str, value: Flag, version: tuple[int, int] | None) -> str | None:
    """Say what is wrong with setting a flag on a server of *version*, or return None."""
    if name in _UNSAFE:
        return f"not to be set: {_UNSAFE[name]}"
    if name not in TYPES:
        ask = did_you_mean(name, TYPES)
        return f"no server has it: it would be ignored{ask}; {_PATCH}"
    since = SINCE.get(name)
    if since and version and version < since:
        have, need = (".".join(map(str, numbers)) for numbers in (version, since))
        return f"the image is {have}; known to exist since {need}; older servers ignore it"
    kind = TYPES[name]
    if not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        article = "an" if kind == "integer" else "a"
        return f"found {value!r}, expected {article} {kind}"
    if isinstance(value, str):
        return _text_problem(name, value)
    return _number_problem(name, value)


def owned_problem(name: str) -> str:
    """Say what to do in place of setting a flag that this program sets from other keys."""
    what = _OWNED.get(name, "leave it out")
    key = ", from other keys" if what.startswith("use ") else ""
    return f"set by this program{key}: {what}"


def doubtful(flags: Mapping[str, Flag]) -> Iterator[tuple[str, str]]:
    """Yield each flag that a server takes, and takes for something else, and how."""
    name = "grpc_channel_arguments"
    for pair in str(flags.get(name, "")).split(","):
        value = pair.partition("=")[2].strip()
        if not re.fullmatch("-?[0-9]+", value) and _ALMOST_NUMBER.fullmatch(value):
            factors = value.replace("_", "").replace(" ", "").split("*")
            way_out = (
                f"write {math.prod(map(int, factors))}"
                if all(factor.isdecimal() for factor in factors)
                else "write the number itself"
            )
            yield name, f"{pair!r} is text to gRPC, which ignores it: {way_out}"


def conflicts(flags: Mapping[str, Flag]) -> Iterator[tuple[str, str]]:
    """Yield each flag that stops a server together with others, and why."""
    if flags.get("use_alts_credentials") is True and flags.get("ssl_config_file"):
        yield "ssl_config_file", "with use_alts_credentials the server does not start: keep one"
    if all(flags.get(name, 0) for name in _THREADS):
        yield _THREADS[0], f"the server does not start with all of {', '.join(_THREADS)}: keep two"


def _number_problem(name: str, value: float) -> str | None:
    if name == "num_load_threads" and value < 2:  # noqa: PLR2004
        return "at least 2, or one broken version stops the loading of all others"
    if TYPES[name] == "integer":
        bits = 64 if name in _INT64 else 32
        if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            return f"{value} does not fit into {bits} bits: the server does not start"
    if TYPES[name] == "number" and not (math.isfinite(value) and value >= 0):
        return f"found {value}, expected a share of the memory, such as 0.9"
    return None


def _text_problem(name: str, value: str) -> str | None:
    if any(ord(character) < ord(" ") for character in value):
        return f"found {value!r}, expected one line of text"
    pairs = value.split(",") if name == "grpc_channel_arguments" and value else []
    if wrong := [pair for pair in pairs if "=" not in pair]:
        return f"found {wrong[0]!r}, expected key=value: anything else crashes the server"
    if name == "mixed_precision" and value not in {"", "bfloat16"}:
        return f"found {value!r}, expected 'bfloat16': the server ignores any other"
    return None
