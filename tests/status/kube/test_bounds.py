"""`status.kube.kubectl`: what kubectl says has an end, and an answer in time."""

import os
import time

import pytest

from generator.limits.answer import PODS_BYTES
from generator.status.kube.kubectl import Kubectl, KubectlError


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    """Return a function that puts a script of a shell in the place of kubectl."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def put(script, timeout=60):
        (tmp_path / "kubectl").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "kubectl").chmod(0o755)
        return Kubectl(timeout=timeout)

    return put


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exec cat /dev/zero", f"kubectl: more than {PODS_BYTES:,} bytes"),
        ("exec sleep 100", "kubectl: no answer in time"),
        ("echo '['; exec sleep 100", "kubectl: no answer in time"),
        ("head -c 100000 /dev/zero | tr '\\0' '['", "kubectl: more than 64 levels"),
        ("yes '[],' | head -c 20000000", "kubectl: more than 2,000,000 values"),
        ("echo 'no cluster here' >&2; exit 1", "kubectl: no cluster here"),
        ("head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1", "kubectl: xxx"),
    ],
    ids=["endless", "silent", "half", "deep", "many", "refused", "long"],
)
def test_whatever_kubectl_prints_is_an_error_in_one_line(kubectl, script, told):
    """It may be any program of that name, and a cluster may have any number of pods."""
    began = time.monotonic()

    with pytest.raises(KubectlError) as raised:
        kubectl(script, 0.5 if "sleep" in script else 60).get_pods("tf-serving", "app=tf-serving")

    assert str(raised.value).startswith(told)
    assert len(str(raised.value)) < 3000
    assert time.monotonic() - began < 60


def test_an_answer_of_some_size_is_read_whole(kubectl):
    """It comes in pieces."""
    found = kubectl("printf '{\"items\": [0'; yes ,1 | head -n 50000; echo ']}'").get_pods("n", "s")

    assert len(found["items"]) == 50_001
