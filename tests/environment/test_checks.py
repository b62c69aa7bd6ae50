"""`generator.environment.checks`: unsafe combinations of keys, each with its way out."""

import pytest

from generator.environment import checks
from generator.environment.serving import image_version
from tests.kit.environments import environment, found, refused


def test_an_environment_that_keeps_the_rules_has_no_problem():
    """What the other tests change is sound to begin with."""
    assert found(environment()) == []
    assert list(checks.doubts(environment())) == []


@pytest.mark.parametrize(
    ("section", "key"), [("source", "url"), ("delivery", "repository"), ("serving", "image")]
)
def test_a_key_that_nothing_can_replace_is_asked_for(section, key):
    """A schema cannot demand them: an environment may get them from what it extends."""
    drop = {key: None} | ({"access": None, "mount": None} if key == "url" else {})
    path = f"spec.{section}.{key}"
    refused(environment(**{section: drop}), path, f"{path} is missing", "extends")


GCS, S3 = "gcsfuse.csi.storage.gke.io", "s3.csi.aws.com"


@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        (
            {"url": "file:///srv", "access": None, "mount": None},
            "access",
            ["the default for file://", "`access: mount`"],
        ),
        (
            {"url": "file:///srv", "access": "direct", "mount": None},
            "access",
            ["cannot see file://", "`access: mount`"],
        ),
        (
            {"access": "direct", "mount": None},
            "access",
            [
                "'tensorflow/serving:2.19.1' cannot read s3://",
                "2.7.0",
                "`access: mount`",
                "2.6.x",
                "`serving.s3: true`",
            ],
        ),
        ({"mount": None}, "mount", ["needs `mount:`", "`driver`", "`claimName`"]),
        (
            {"pull": {"size": "1Ti"}},
            "pull",
            ["pull has no effect with access: mount", "`access: pull`"],
        ),
        (
            {"url": "gs://models", "access": None},
            "mount",
            ["no effect with access: direct", "`access: mount`"],
        ),
        (
            {"mount": {"driver": GCS}},
            "mount",
            [f"'{GCS}' cannot mount s3://", f"use '{S3}'"],
        ),
        (
            {"url": "gs://models", "mount": {"driver": S3}},
            "mount",
            [f"'{S3}' cannot mount gs://", f"use '{GCS}'"],
        ),
        (
            {"url": "file:///srv", "mount": {"driver": S3}},
            "mount",
            ["cannot mount file://", "`claimName`"],
        ),
        (
            {"url": "s3://models/a b", "mount": {"driver": S3}},
            "url",
            ["'s3://models/a b'", "a space or a comma", "`claimName`"],
        ),
        (
            {"url": "gs://models/a,uid=0", "mount": {"driver": GCS}},
            "url",
            ["'gs://models/a,uid=0'", "a space or a comma"],
        ),
    ],
)
def test_an_access_that_cannot_work_names_its_ways_out(source, path, words):
    """Servers that cannot read their store never open a port."""
    refused(environment(source=source), f"spec.source.{path}", *words)


@pytest.mark.parametrize(
    ("source", "serving"),
    [
        ({"url": "file:///srv"}, {}),
        ({"url": "gs://models", "access": None, "mount": None}, {}),
        ({"mount": {"driver": S3}}, {}),
        ({"url": "gs://models/a", "mount": {"driver": GCS}}, {}),
        ({"url": "s3://models/a b"}, {}),
        ({"access": "direct", "mount": None}, {"s3": True}),
        ({"access": "direct", "mount": None}, {"image": "tensorflow/serving:2.6.5-gpu"}),
        ({"access": "direct", "mount": None}, {"image": "registry:5000/serving:2.5.1"}),
    ],
)
def test_an_access_that_works_is_no_problem(source, serving):
    """Each way out of the test above is one."""
    assert found(environment(source=source, serving=serving)) == []


@pytest.mark.parametrize(
    "image",
    ["tensorflow/serving", "serving@sha256:" + "2" * 64, "serving:latest", "serving:2.7.0"],
)
def test_an_image_that_is_not_known_to_read_s3_is_not_trusted(image):
    """No version, no promise: `serving.s3` says so where the tag cannot."""
    one = environment(source={"access": "direct", "mount": None}, serving={"image": image})
    refused(one, "spec.source.access", f"{image!r} cannot read s3://")


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"repository": "https://bot:hush@git.example/fleet.git"}, "repository"),
        ({"repository": "HTTPS://hush@git.example/fleet.git"}, "repository"),
        ({"forge": {"apiUrl": "https://bot:hush@git.example/api/v4"}}, "forge.apiUrl"),
    ],
)
def test_a_token_comes_from_the_environment_alone(keys, path):
    """A file in Git is no place for it; and the problem does not show it."""
    one = environment(delivery=keys)

    refused(one, f"spec.delivery.{path}", "credentials", "TFS_GITOPS_TOKEN")

    assert "hush" not in found(one)[0][1]


def test_the_user_of_an_ssh_url_is_no_secret():
    """Every one has it."""
    assert found(environment(delivery={"repository": "ssh://git@git.example/fleet.git"})) == []


@pytest.mark.parametrize("path", [".", "a/../b", "..", "a//b", ".git", "a/.GIT/b", "a\\b"])
def test_the_delivery_path_stays_inside_the_repository(path):
    """No sync writes beside its folder, or into Git's own."""
    refused(environment(delivery={"path": path}), "spec.delivery.path", repr(path), "not a folder")


@pytest.mark.parametrize("path", ["", "tf-serving", "/tf-serving/", "a/b.c/..d"])
def test_folders_of_the_repository_are_no_problem(path):
    """Slashes at the ends are dropped."""
    assert found(environment(delivery={"path": path})) == []


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("tensorflow/serving:2.19.1", (2, 19)),
        ("tensorflow/serving:2.19.1-gpu", (2, 19)),
        ("tensorflow/serving:2.6", (2, 6)),
        ("tensorflow/serving:v2.10.0", (2, 10)),
        ("tensorflow/serving:2.19.1@sha256:" + "1" * 64, (2, 19)),
        ("registry.example:5000/team/serving:2.8.0-custom", (2, 8)),
        ("tensorflow/serving@sha256:" + "1" * 64, None),
        ("registry.example:5000/team/serving", None),
        ("10.2.3.4:5000/serving", None),
        ("tensorflow/serving:latest", None),
        ("tensorflow/serving:nightly-gpu", None),
        ("tensorflow/serving", None),
    ],
)
def test_the_version_is_read_from_the_tag(image, version):
    """Not from a registry's port, an address or a digest."""
    assert image_version(image) == version
