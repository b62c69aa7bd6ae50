"""Texts of models.config for the lint, and what it finds in them."""

import warnings

from generator.serving import config_reader
from generator.serving.lint import lint
from generator.serving.lint.finding import Finding, Severity
from generator.simulated_server.config import RefusedError, parse

FRESH, LIVE, WARNING = Severity.REFUSED_FRESH, Severity.REFUSED_LIVE, Severity.WARNING
EMPTY_LIST = "model_config_list {}"
CUSTOM = 'custom_model_config { type_url: "x/y" }'
TENSORFLOW = 'model_platform: "tensorflow"'


def entry(words: str, base_path: str | None = None, platform: str = TENSORFLOW) -> str:
    """Return a model from its name, its pins or a policy's name, and its labels: `m 1 a:1`."""
    name, *rest = words.split()
    pins = " ".join(f"versions: {word}" for word in rest if word.lstrip("-").isdigit())
    policy = next((f"{word} {{}}" for word in rest if word in {"all", "latest"}), None)
    labels = [word.split(":") for word in rest if ":" in word]
    lines = [
        f'name: "{name.strip("?")}"',
        f'base_path: "{f"/models/{name}" if base_path is None else base_path}"',
        platform,
        f"model_version_policy {{ {policy or f'specific {{ {pins} }}'} }}",
        *(f'version_labels {{ key: "{key}" value: {value} }}' for key, value in labels),
    ]
    return "  config {\n" + "".join(f"    {line}\n" for line in lines if line) + "  }\n"


def listed(*models: str) -> str:
    """Return a file of models, each as words or as the text of an entry."""
    texts = [one if "config" in one else entry(one) for one in models]
    return "model_config_list {\n" + "".join(texts) + "}\n"


def findings(text: str, applied: str | None = None) -> tuple[Finding, ...]:
    """Return what the lint says of *text* for a live server that runs *applied*."""
    return lint.lint(text, None if applied is None else config_reader.read(applied))


def refused(text: str, applied: str | None = None) -> set[Severity]:
    """Return which servers do not take *text*."""
    return {one.severity for one in findings(text, applied)} - {WARNING}


def readable(text: str) -> bool:
    """Whether the server's own messages parse *text*.

    Where the server's parser refuses an escape sequence, the one in Python warns.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parse(text)
    except (RefusedError, DeprecationWarning):
        return False
    return True


ONE_OF_EACH = listed(
    entry("m 1 a:1", platform="model_type: OTHER logging_config { sampling_config { } }"), "n all"
)
