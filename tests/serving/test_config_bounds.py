"""`serving.config_reader`: no models.config of a person is read without end, or is a bug."""

import time

import pytest

from generator.limits.file import CONFIG_BYTES
from generator.serving import config_reader
from generator.serving.config_reader import UnreadableError

ANY = "[type.googleapis.com/google.protobuf.Any] { "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("custom_model_config { " + ANY * 5000, "too deep"),
        ("custom_model_config { " + ANY * 1000 + "}" * 1001, "too deep"),
        ('a: "' + '\\"' * 500_000, "does not parse"),
        ("a: '" + "\\'" * 500_000, "does not parse"),
        ('"' * 500_001, "does not parse"),
        ("foo {" * 100_000, "does not parse"),
        ("# " * (CONFIG_BYTES // 2 + 1), "bytes, expected at most 16,777,216"),
    ],
    ids=["open", "closed", "escapes", "single", "quotes", "unknown", "long"],
)
def test_what_no_server_parses_is_told_within_seconds(text, told):
    """Neither the depth of a message nor the escapes of a text are followed to their end."""
    began = time.process_time()

    with pytest.raises(UnreadableError, match=told):
        config_reader.read(text)

    assert time.process_time() - began < 5
