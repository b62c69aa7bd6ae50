"""`serving.networkPolicy`: what Kubernetes would refuse is found where it is written."""

import pytest
import yaml

from generator.environment import load
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError
from generator.render import network_policy

DOCUMENT = """
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: prod}
spec:
  source: {url: "s3://models", access: pull}
  delivery: {repository: https://git.example/fleet.git}
  serving: {image: "tensorflow/serving:2.19.1"}
  policy: [{match: "*", versions: {latest: 1}}]
"""


def read(folder, policy, **serving):
    """Load an environment whose network policy is *policy*."""
    document = yaml.safe_load(DOCUMENT)
    document["spec"]["serving"] |= {"networkPolicy": policy, **serving}
    (folder / "environments").mkdir()
    (folder / "environments/prod.yaml").write_text(yaml.safe_dump(document))
    return load.load(texts(folder), "prod")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"from": []}, "networkPolicy.from: found [], expected at least 1 entry"),
        ({"from": [{}]}, "at least 1 entry (A peer of a Kubernetes NetworkPolicy"),
        ({"from": [{"podSelektor": {}}]}, "did you mean 'podSelector'"),
        ({"monitoring": {}}, "at least 1 entry"),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]},
            "networkPolicy.from.0.ipBlock.cidr: '10.0.0.0' is not a range of addresses",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]},
            "ipBlock.except.0: '11.0.0.0/16' is not a range within '10.0.0.0/8'",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]},
            "is not a range within",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "::/0", "except": ["10.0.0.0/8"]}}]},
            "is not a range within",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]},
            "networkPolicy.from.0.ipBlock: it stands alone in its peer",
        ),
        (
            {"from": [{"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}]},
            "matchExpressions.0.operator: In needs `values`",
        ),
        (
            {
                "egress": [
                    {
                        "to": [
                            {
                                "podSelector": {
                                    "matchExpressions": [
                                        {"key": "a", "operator": "Exists", "values": ["b"]}
                                    ]
                                }
                            }
                        ]
                    }
                ]
            },
            "networkPolicy.egress.0.to.0.podSelector.matchExpressions.0.values: Exists takes no",
        ),
        ({"egress": [{"to": []}]}, "egress.0.to: found [], expected at least 1 entry"),
        (
            {"egress": [{"ports": [{"port": 90, "endPort": 80}]}]},
            "egress.0.ports.0.endPort: 80 is before the port 90",
        ),
        ({"egress": [{"ports": [{"port": "web", "endPort": 80}]}]}, "endPort: 80 needs a `port`"),
        ({"egress": [{"ports": [{"endPort": 80}]}]}, "endPort: 80 needs a `port`"),
        ({"egress": [{"ports": [{"port": 0}]}]}, "ports.0.port: found 0, expected"),
    ],
)
def test_what_kubernetes_would_refuse_is_refused_with_its_place(tmp_path, policy, told):
    """An apply that fails takes with it whatever is applied beside it."""
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, policy)

    assert told in str(caught.value)
    assert "environments/prod.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    "policy",
    [
        {"from": [{"ipBlock": {"cidr": "10.1.2.3/8", "except": ["10.4.5.6/32"]}}]},
        {"from": [{"ipBlock": {"cidr": "fd00::/8"}}, {"podSelector": {}}]},
        {"egress": []},
        {"egress": [{}]},
        {"egress": [{"ports": [{"port": 1, "endPort": 1}, {"protocol": "UDP"}]}]},
    ],
)
def test_what_kubernetes_takes_is_taken(tmp_path, policy):
    """As the API server reads it: an address need not be that of its network."""
    assert network_policy.spec(read(tmp_path, policy))


@pytest.mark.parametrize(
    ("serving", "warned"),
    [
        ({}, False),
        ({"agent": False, "access": "mount"}, True),
        ({"agent": False, "access": "mount", "monitoring": {}}, True),
    ],
)
def test_labels_of_a_namespace_that_nobody_comes_from_are_warned_of(tmp_path, serving, warned):
    """Without an agent, and where everybody may ask, they say nothing."""
    document = yaml.safe_load(DOCUMENT)
    if serving.pop("access", None):
        document["spec"]["source"] |= {"access": "mount", "mount": {"claimName": "m"}}
    document["spec"]["serving"] |= {"networkPolicy": {"monitoring": {"a": "b"}}, **serving}
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/prod.yaml").write_text(yaml.safe_dump(document))

    found = load.load(texts(tmp_path), "prod").warnings

    told = [one for one in found if "networkPolicy.monitoring" in str(one)]
    assert bool(told) == warned
