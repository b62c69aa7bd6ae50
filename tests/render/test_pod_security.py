"""The pods of an overlay keep the restricted Pod Security Standard, and stop in time."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.kit.manifests import (
    an_environment,
    container,
    objects,
    one,
    rendered,
)

ALLOWED_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret", "image"),
}

SAFE_SYSCTLS = {"net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"}


def violations(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield each condition of the restricted Pod Security Standard that a pod fails."""
    pod = spec.get("securityContext", {})
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    for volume in spec.get("volumes", ()):
        if kinds := set(volume) - {"name"} - ALLOWED_VOLUMES:
            yield f"volume {kinds}"
    if {item["name"] for item in pod.get("sysctls", ())} - SAFE_SYSCTLS:
        yield "sysctls"
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for item in spec.get(kind, ()):
            yield from container_violations(item, pod)


def container_violations(item: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    """Yield what *item* fails; some keys are inherited from the pod's own context."""
    own = item.get("securityContext", {})
    both = {**pod, **own}
    capabilities = own.get("capabilities", {})
    conditions = {
        "privileged": not own.get("privileged"),
        "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
        "runAsNonRoot": both.get("runAsNonRoot") is True,
        "runAsUser": both.get("runAsUser") != 0,
        "capabilities.drop": "ALL" in capabilities.get("drop", ()),
        "capabilities.add": set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"},
        "seccomp": both.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"},
        "procMount": own.get("procMount", "Default") == "Default",
        "hostPort": not any(port.get("hostPort") for port in item.get("ports", ())),
        "appArmor": both.get("appArmorProfile", {}).get("type") != "Unconfined",
        "seLinux": not set(both.get("seLinuxOptions", {})) & {"user", "role"},
        "probe host": "host" not in str([item.get(key) for key in PROBES]),
        "windows": not both.get("windowsOptions", {}).get("hostProcess"),
    }
    yield from (name for name, holds in conditions.items() if not holds)


PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


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
