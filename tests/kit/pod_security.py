"""The restricted Pod Security Standard, as a check of the manifest of a pod."""

from collections.abc import Iterator, Mapping
from typing import Any

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
