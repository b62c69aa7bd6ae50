"""The text of a file, and its kind by what it says."""

import re
from pathlib import PurePath

from generator.cli.check.report import Kind
from generator.errors import InvalidInputError, Place, Problem
from generator.text.pattern import pattern

# Comments begin with a hash in YAML and in protobuf's text format alike.
_BLANK = r"\A(?:\ufeff|\s|#[^\n]*+)*+"
_CONFIG = pattern(rf"{_BLANK}(?:model_config_list|custom_model_config)\b")
_BATCHING = (
    "max_batch_size|batch_timeout_micros|max_enqueued_batches|num_batch_threads"
    "|allowed_batch_sizes|pad_variable_length_inputs"
)
_FLAGS = {
    "--monitoring_config_file": "prometheus_config",
    "--platform_config_file": "platform_configs",
    "--batching_parameters_file": _BATCHING,
}
_OTHER_CONFIGS = {flag: pattern(rf"{_BLANK}(?:{it})\b") for flag, it in _FLAGS.items()}
"""The first words of the other files of a server, by the flags that name them."""
_FREEZE = pattern(r"""^kind:[ \t]*+["']?Freeze\b""", re.MULTILINE)
_OTHER_YAML = pattern(
    r"""^(?:kind:[ \t]*+["']?(?!Environment\b)\w|services:[ \t]*+$)""", re.MULTILINE
)
"""The lines of manifests of Kubernetes, and of what Compose reads."""
_OWN = pattern(r"""^apiVersion:[ \t]*+["']?tfs-gitops""", re.MULTILINE)

_SCHEMA = pattern(r"""^\s*+"\$id": "urn:tfs-gitops:environment:""", re.MULTILINE)
_YAML = {".yaml", ".yml"}
_TEXT_FORMATS = {".config", ".conf", ".cfg", ".pbtxt", ".pbtext", ".textproto", ".textpb", ".txtpb"}


def kind_of(file: str, text: str) -> Kind:
    """Return the kind of a *file* by what it says; where that is unclear, by its ending.

    A file in YAML that says neither is meant as an environment, so that what is missing is told;
    not one that says to be something else.
    """
    if _CONFIG.match(text):
        return Kind.MODELS_CONFIG
    from generator.environment.project_folder import is_ours

    if _FREEZE.search(text):
        return Kind.FREEZE
    suffix = PurePath(file).suffix.lower()
    if is_ours(text) or (suffix in _YAML and not _is_of_others(text)):
        return Kind.ENVIRONMENT
    is_list = suffix in _TEXT_FORMATS and not flag_of(text)
    return Kind.MODELS_CONFIG if is_list else Kind.UNKNOWN


def flag_of(text: str) -> str:
    """Return the flag by which a server reads a text, beside a list of models; empty for none."""
    return next((flag for flag, words in _OTHER_CONFIGS.items() if words.match(text)), "")


def _is_of_others(text: str) -> bool:
    """Say whether a text in YAML says to be what other programs read; a slip in ours is ours."""
    return _OTHER_YAML.search(text) is not None and _OWN.search(text) is None


def is_schema(text: str) -> bool:
    """Say whether a text is the schema that lies beside environments, for editors."""
    return text.startswith("{") and _SCHEMA.search(text) is not None


def decoded(file: str, data: bytes) -> str:
    """Return the text of a *file*.

    Raises:
        InvalidInputError: It is not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(f"byte {error.start} is not UTF-8", Place(file, line))
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error
