"""The files that a server reads only when it starts: batching.config and monitoring.config."""

from generator.environment.serving import Batching, Monitoring, ServerSpec
from generator.serving.config import printed
from generator.serving.tensorflow_serving_pb2 import BatchingParameters, MonitoringConfig


def start_files(serving: ServerSpec) -> dict[str, str]:
    """Return what a server reads only when it starts, by the name of the file."""
    found = {}
    if serving.batching is not None:
        found["batching.config"] = batching_config(serving.batching)
    if serving.monitoring is not None:
        found["monitoring.config"] = monitoring_config(serving.monitoring)
    return found


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
    return printed(config)


def monitoring_config(monitoring: Monitoring) -> str:
    """Return `monitoring.config`."""
    config = MonitoringConfig()
    config.prometheus_config.enable = monitoring.enabled
    config.prometheus_config.path = monitoring.path
    return printed(config)
