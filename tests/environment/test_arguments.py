"""What servers are started with, and where they find the store."""

import pytest

from generator.environment.arguments import arguments, owned
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Mount, Source
from generator.environment.flags import TYPES
from generator.environment.serving import Batching, Monitoring, Polling, ServerSpec

MOUNTED = Source("s3://models", access="mount", mount=Mount(claim_name="models"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (MOUNTED, "/models"),
        (Source("gs://models/team/"), "gs://models/team"),
        (Source("gs://models", access="mount"), "/models"),
        (Source("s3://models", access="direct"), "s3://models"),
        (Source("s3://models/x"), "/models"),
        (Source("file:///srv/models"), "/models"),
    ],
)
def test_the_root_of_base_paths_is_where_the_server_finds_the_store(source, expected):
    """Servers that read the store get its URL, all others a folder; never a slash too many."""
    assert source.root == expected


def an_environment(**values):
    """An environment with the serving keys *values*."""
    place = "environments/prod.yaml"
    image = ServerSpec("tensorflow/serving:2.19.1", **values)
    return Environment("prod", place, MOUNTED, Delivery("fleet"), image, ())


def test_arguments_follow_from_the_keys_of_the_environment():
    """Batching and monitoring bring their flags; a person's flags come beside them."""
    environment = an_environment(
        batching=Batching(),
        monitoring=Monitoring(),
        polling=Polling(config=5, files=7),
        flags={
            "per_process_gpu_memory_fraction": 0.5,
            "prefer_tflite_model": True,
            "num_load_threads": 4,
        },
    )
    assert arguments(environment) == (
        "--allow_version_labels_for_unavailable_models=true",
        "--batching_parameters_file=/config/start/batching.config",
        "--enable_batching=true",
        "--file_system_poll_wait_seconds=7",
        "--model_config_file=/config/models/models.config",
        "--model_config_file_poll_wait_seconds=5",
        "--monitoring_config_file=/config/start/monitoring.config",
        "--num_load_threads=4",
        "--per_process_gpu_memory_fraction=0.5",
        "--port=8500",
        "--prefer_tflite_model=true",
        "--rest_api_port=8501",
    )


def test_a_persons_flag_never_wins_over_one_of_ours():
    """`check` refuses it; a document that skipped the check does not get its way either."""
    environment = an_environment(flags={"model_config_file_poll_wait_seconds": 0})
    assert "--model_config_file_poll_wait_seconds=60" in arguments(environment)


def test_beside_an_agent_a_broken_version_holds_nobody_up_unless_a_person_says_so():
    """One retry after a second; what a person sets wins, each for itself."""
    ours = {"max_num_load_retries": 1, "load_retry_interval_micros": 1_000_000}

    def retries(**values):
        found = arguments(an_environment(**values))
        words = [item.removeprefix("--").partition("=") for item in found]
        return {name: int(value) for name, _, value in words if name in ours}

    assert retries() == {}
    assert retries(agent=True) == ours
    for name, value in (("max_num_load_retries", 3), ("load_retry_interval_micros", 2)):
        assert retries(agent=True, flags={name: value}) == ours | {name: value}


def test_our_flags_are_flags_of_a_server():
    """A server goes on without a flag that it does not know."""
    every = ServerSpec(batching=Batching(), monitoring=Monitoring(), agent=True)
    assert set(owned(every)) <= set(TYPES)
