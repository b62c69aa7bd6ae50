"""The JSON of the REST API: TensorFlow Serving's own messages, as it prints them."""

import json
from collections.abc import Iterable


def status_json(versions: Iterable[tuple[int, str, str, str]]) -> str:
    """Return GetModelStatusResponse of (version, state, error code, message), highest first."""
    found = [
        {
            "version": str(version),
            "state": state,
            "status": {"error_code": code, "error_message": text},
        }
        for version, state, code, text in sorted(versions, reverse=True)
    ]
    return json.dumps({"model_version_status": found}, indent=1)


def metadata_json(name: str, version: int) -> str:
    """Return GetModelMetadataResponse; its signatures are left out, for they are TensorFlow's."""
    spec = {"name": name, "version": str(version), "signature_name": ""}
    text = json.dumps(spec, indent=1)
    signatures = '{\n "signature_def": {}\n}\n'
    return f'{{\n"model_spec":{text}\n,\n"metadata": {{"signature_def": {signatures}}}\n}}\n'


def error_json(message: str) -> str:
    """Return an error as the server writes it since 2.20: by rapidjson, indented by four."""
    escaped = "".join(_escaped(character) for character in message)
    return f'{{\n    "error": "{escaped}"\n}}'


def _escaped(character: str) -> str:
    known = {
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        '"': '\\"',
        "\\": "\\\\",
    }
    return known.get(character) or (f"\\u{ord(character):04X}" if character < " " else character)
