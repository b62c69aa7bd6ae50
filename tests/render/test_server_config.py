"""The files that a server reads when it starts, read back by TensorFlow's own parser."""

import pytest
from google.protobuf import text_format
from msgspec.structs import fields

from generator.environment.serving import Batching, Monitoring
from generator.render.server_config import batching_config, monitoring_config
from generator.serving import tensorflow_serving_pb2 as ours


def test_batching_is_what_the_environment_sets():
    """Wrapped values, each of its key; the server's parser requires the wrappers."""
    batching = Batching(
        max_batch_size=128,
        batch_timeout_micros=5000,
        max_enqueued_batches=1000,
        num_batch_threads=4,
        thread_pool_name="batch",
        allowed_batch_sizes=(32, 128),
        pad_variable_length_inputs=True,
        enable_large_batch_splitting=True,
        max_execution_batch_size=127,
    )
    text = batching_config(batching)
    config = text_format.Parse(text, ours.BatchingParameters())

    for item in fields(Batching):
        value = getattr(config, item.name)
        expected = getattr(batching, item.name)
        found = tuple(value) if isinstance(expected, tuple) else getattr(value, "value", value)
        assert found == expected, item.name
    assert "max_batch_size {\n  value: 128\n}" in text
    assert "allowed_batch_sizes: 32\nallowed_batch_sizes: 128" in text


def test_what_is_not_set_is_left_to_the_server():
    """An unset key is the server's default; a zero is a zero."""
    empty = text_format.Parse(batching_config(Batching()), ours.BatchingParameters())
    zero = Batching(batch_timeout_micros=0, enable_large_batch_splitting=False)
    zeros = text_format.Parse(batching_config(zero), ours.BatchingParameters())

    assert not empty.ListFields()
    assert [field.name for field, _ in zeros.ListFields()] == [
        "batch_timeout_micros",
        "enable_large_batch_splitting",
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_monitoring_is_what_the_environment_sets(enabled):
    """Where metrics are, and whether they are there."""
    text = monitoring_config(Monitoring(enabled, "/metrics"))
    config = text_format.Parse(text, ours.MonitoringConfig())

    assert config.prometheus_config.enable is enabled
    assert config.prometheus_config.path == "/metrics"


def test_every_batching_key_has_its_field():
    """A key of the environment that no message has could never reach a server."""
    names = {field.name for field in ours.BatchingParameters.DESCRIPTOR.fields}
    assert {item.name for item in fields(Batching)} == names
