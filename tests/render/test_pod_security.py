"""The pods of an overlay keep the restricted Pod Security Standard, and stop in time."""

import copy
from typing import Any

import pytest

from tests.kit.manifests import (
    an_environment,
    container,
    objects,
    one,
    rendered,
)
from tests.kit.pod_security import violations


@pytest.mark.parametrize(
    ("path", "value", "condition"),
    [
        (("hostNetwork",), True, "hostNetwork"),
        (("volumes", 0), {"name": "x", "hostPath": {"path": "/"}}, "volume {'hostPath'}"),
        (("securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
        (("securityContext", "runAsUser"), 0, "runAsUser"),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}, "seccomp"),
        (("containers", 0, "securityContext", "privileged"), True, "privileged"),
        (("containers", 0, "securityContext", "capabilities"), {}, "capabilities.drop"),
        (
            ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
            None,
            "allowPrivilegeEscalation",
        ),
        (("containers", 0, "ports", 0, "hostPort"), 80, "hostPort"),
    ],
)
def test_a_pod_is_refused_for_each_condition_of_the_standard(path, value, condition, tmp_path):
    """The check that every combination passes does find a pod that fails it."""
    found = objects(tmp_path, rendered(an_environment()))
    spec = copy.deepcopy(one(found, "Deployment")["spec"]["template"]["spec"])
    inner: Any = spec
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    assert list(violations(spec)) == [condition]


def test_the_server_has_no_token_and_no_writable_root(tmp_path):
    """Beyond the standard: nothing to steal, and nowhere to stay."""
    found = objects(tmp_path, rendered(an_environment()))
    spec = one(found, "Deployment")["spec"]["template"]["spec"]

    assert spec["automountServiceAccountToken"] is False
    assert one(found, "ServiceAccount")["automountServiceAccountToken"] is False
    assert container(found)["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [item["name"] for item in container(found)["volumeMounts"] if "readOnly" not in item]
    assert writable == ["tmp"]


def test_a_rollout_may_take_as_long_as_a_start(tmp_path):
    """A slow load must not be reported as a failed rollout before its probe gives up."""
    found = objects(tmp_path, rendered(an_environment()))
    probe = container(found)["startupProbe"]

    deadline = one(found, "Deployment")["spec"]["progressDeadlineSeconds"]
    assert deadline > probe["periodSeconds"] * probe["failureThreshold"] >= 3600
