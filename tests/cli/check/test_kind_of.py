"""The kind of a file is what it says, not what it is called."""

import time

import pytest

from generator.cli.check.kind_of import flag_of, kind_of
from generator.cli.check.report import Kind

ENVIRONMENT = "apiVersion: tfs-gitops/v1\nkind: Environment\n"
CONFIG = "model_config_list { config { name: 'm' } }"


@pytest.mark.parametrize(
    ("file", "text", "kind"),
    [
        ("models.config", CONFIG, Kind.MODELS_CONFIG),
        ("odd.yaml", f"# by hand\n\n{CONFIG}", Kind.MODELS_CONFIG),
        ("noending", "model_config_list: {}", Kind.MODELS_CONFIG),
        ("any.txt", "custom_model_config {}", Kind.MODELS_CONFIG),
        ("models.config", "", Kind.MODELS_CONFIG),
        ("models.pbtxt", "garbage", Kind.MODELS_CONFIG),
        ("\ufeffmodels.config", f"\ufeff{CONFIG}", Kind.MODELS_CONFIG),
        ("dev.yaml", ENVIRONMENT, Kind.ENVIRONMENT),
        ("gpu.config", f"{ENVIRONMENT}spec:\n  nodeSelector:\n    kind: gpu\n", Kind.ENVIRONMENT),
        ("dev.config", f"---\n{ENVIRONMENT}", Kind.ENVIRONMENT),
        ("dev.json", '{"apiVersion": "tfs-gitops/v1"}', Kind.ENVIRONMENT),
        ("dev.yaml", "", Kind.ENVIRONMENT),
        ("dev.yml", "spec: {}", Kind.ENVIRONMENT),
        ("dev.yaml", "apiVersion: tfs-gitops/v1\nkind: Enviroment\n", Kind.ENVIRONMENT),
        ("dev.yaml", "apiVersion: v1\nkind: Environment\n", Kind.ENVIRONMENT),
        ("all.yaml", "apiVersion: apps/v1\nkind: Deployment\n---\nkind: X\n", Kind.UNKNOWN),
        ("docker-compose.yml", "services:\n  serving:\n    image: x\n", Kind.UNKNOWN),
        ("monitoring.config", "# ours\nprometheus_config { enable: true }", Kind.UNKNOWN),
        ("batching.config", "max_batch_size { value: 8 }", Kind.UNKNOWN),
        ("models.lock.json", '{\n "apiVersion": "tfs-gitops/v1",\n "kind": "Lock"}', Kind.UNKNOWN),
        ("README.md", "# model_config_list\n", Kind.UNKNOWN),
        ("README.md", "`apiVersion: tfs-gitops/v1` is the first line", Kind.UNKNOWN),
        ("notes", "model_config_lists are nice", Kind.UNKNOWN),
    ],
)
def test_a_file_is_what_it_says(file, text, kind):
    """Its ending counts where it says nothing."""
    assert kind_of(file, text) is kind


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("# ours\nprometheus_config { enable: true }", "--monitoring_config_file"),
        ("num_batch_threads { value: 8 }", "--batching_parameters_file"),
        ("platform_configs { key: 'x' }", "--platform_config_file"),
        (CONFIG, ""),
        (ENVIRONMENT, ""),
    ],
)
def test_another_file_of_a_server_is_known_by_its_flag(text, flag):
    """By its first word, as each of them is."""
    assert flag_of(text) == flag


@pytest.mark.parametrize("blank", ["\n", " ", "# \n", "#", "\ufeff", "kind\n", "apiVersion "])
def test_no_text_takes_long_to_tell(blank):
    """A hook is handed whatever somebody commits."""
    begun = time.process_time()

    kind_of("any", blank * 200_000)

    assert time.process_time() - begun < 2
