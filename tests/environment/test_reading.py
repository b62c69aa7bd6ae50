"""`generator.environment.reading`: how the servers of an environment read a version."""

import pytest

from generator.catalog.savedmodel.reading import Reading
from generator.environment.reading import reading_of
from generator.environment.serving import ServerSpec


@pytest.mark.parametrize(
    ("serving", "expected"),
    [
        (ServerSpec(), Reading()),
        (ServerSpec(tflite=True, warmup=False), Reading(tflite=True, warmup=False)),
        (ServerSpec(flags={"prefer_tflite_model": True}), Reading(tflite=True)),
        (ServerSpec(flags={"enable_model_warmup": False}), Reading(warmup=False)),
        (ServerSpec(flags={"saved_model_tags": ""}), Reading()),
        (ServerSpec(flags={"saved_model_tags": "serve,gpu"}), Reading(frozenset({"serve", "gpu"}))),
        # A server splits at commas, and at nothing else.
        (
            ServerSpec(flags={"saved_model_tags": "serve, gpu"}),
            Reading(frozenset({"serve", " gpu"})),
        ),
        (
            ServerSpec(flags={"enable_signature_method_name_check": True}),
            Reading(checks_method=True),
        ),
        (ServerSpec(image="tensorflow/serving:2.14.0"), Reading()),
        (ServerSpec(agent=True), Reading(probes=True)),
        (ServerSpec(image="tensorflow/serving:2.13.1"), Reading(fills_in=False)),
        (ServerSpec(image="ours:5000/tensorflow/serving:2.4.0-gpu"), Reading(fills_in=False)),
        (ServerSpec(image="acme/serving:1.4.2"), Reading()),
        (
            ServerSpec(image="tensorflow/serving:2.3.4"),
            Reading(checks_method=True, fills_in=False),
        ),
        (ServerSpec(image="tensorflow/serving@sha256:00"), Reading()),
    ],
)
def test_how_servers_read_a_version_is_in_their_flags(serving, expected):
    """By our own keys, by flags of a person, and by the release where the image names it."""
    assert reading_of(serving) == expected
