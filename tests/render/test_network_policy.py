"""Who may reach the pods of an environment, and what they may reach."""

import ipaddress

import pytest
from msgspec.structs import replace

from generator.environment.environment import Source
from generator.environment.serving import Monitoring, NetworkPolicy, Rollout, ServiceAccount
from generator.render.network_policy import MONITORING
from tests.kit.manifests import an_environment, objects, one, rendered

SERVING = [{"port": "grpc"}, {"port": "http"}]
WEB = {"podSelector": {"matchLabels": {"app": "web"}}}
COLLECTORS = {"namespaceSelector": {"matchLabels": MONITORING}}
AGENT = {"from": [{"podSelector": {}}, COLLECTORS], "ports": [{"port": 9090}]}
DNS = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}


def built(folder, kind="s3-csi", source=None, **serving):
    """Return the spec of the NetworkPolicy that Kustomize makes of an environment."""
    environment = an_environment(kind, **serving)
    if source:
        environment = replace(environment, source=source)
    return one(objects(folder, rendered(environment)), "NetworkPolicy")["spec"]


def pulling(url="s3://models", **source):
    """Return a store from which agents download."""
    return Source(url, access="pull", **source)


# --- who may come in --------------------------------------------------------------------


def test_everybody_may_ask_the_server_unless_an_environment_says_who(tmp_path):
    """And nothing but the server can be reached where there is no agent."""
    found = built(tmp_path)

    assert found["ingress"] == [{"ports": SERVING}]
    assert found["policyTypes"] == ["Ingress"]


def test_the_agent_is_reached_from_its_namespace_and_from_who_collects_metrics(tmp_path):
    """Its /status says what is served, from where and why not."""
    assert built(tmp_path, agent=True)["ingress"] == [{"ports": SERVING}, AGENT]


def test_the_server_is_reached_from_where_the_environment_says(tmp_path):
    """The agent as before: pods of clients have no business with it."""
    policy = NetworkPolicy(clients=(WEB, {"ipBlock": {"cidr": "10.0.0.0/8"}}))
    found = built(tmp_path, agent=True, network_policy=policy)

    assert found["ingress"] == [
        {"from": [WEB, {"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": SERVING},
        AGENT,
    ]


def test_metrics_of_a_server_are_collected_also_where_few_may_ask_it(tmp_path):
    """They are at the port of its REST API; without metrics nobody is let in for them."""
    policy = NetworkPolicy(clients=(WEB,), monitoring={"team": "sre"})
    sre = {"namespaceSelector": {"matchLabels": {"team": "sre"}}}
    for name, monitoring, extra in (
        ("on", Monitoring(), [{"from": [sre], "ports": [{"port": "http"}]}]),
        ("off", Monitoring(enabled=False), []),
        ("none", None, []),
    ):
        found = built(tmp_path / name, network_policy=policy, monitoring=monitoring)
        assert found["ingress"] == [{"from": [WEB], "ports": SERVING}, *extra]


def test_the_labels_of_who_collects_metrics_are_a_key(tmp_path):
    """Written out, the usual ones are what the component has."""
    other = built(
        tmp_path / "other", agent=True, network_policy=NetworkPolicy(monitoring={"team": "sre"})
    )
    usual = built(
        tmp_path / "usual", agent=True, network_policy=NetworkPolicy(monitoring=MONITORING)
    )

    assert other["ingress"][1]["from"][1] == {"namespaceSelector": {"matchLabels": {"team": "sre"}}}
    assert usual == built(tmp_path / "none", agent=True)


# --- what they may reach ----------------------------------------------------------------


def test_pods_that_do_not_download_go_where_they_like(tmp_path):
    """The server reads the store itself, or a volume does: nobody knows how."""
    for kind in ("s3-csi", "gs-direct", "claim"):
        assert "egress" not in built(tmp_path / kind, kind)


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        (pulling(credentials_secret="s"), [{"ports": [443]}]),
        (pulling(endpoint="https://minio.example", credentials_secret="s"), [{"ports": [443]}]),
        (pulling(endpoint="http://minio.eu.example", credentials_secret="s"), [{"ports": [80]}]),
        (
            pulling(endpoint="http://minio.eu.example:9000/x", credentials_secret="s"),
            [{"ports": [9000]}],
        ),
        (
            pulling(endpoint="http://10.1.2.3:9000", credentials_secret="s"),
            [{"to": ["10.1.2.3/32"], "ports": [9000]}],
        ),
        (
            pulling(endpoint="https://[fd00::1]:9000", credentials_secret="s"),
            [{"to": ["fd00::1/128"], "ports": [9000]}],
        ),
        (
            pulling(endpoint="http://minio.storage.svc:9000", credentials_secret="s"),
            [{"to": ["storage"]}],
        ),
        (
            pulling(endpoint="http://minio.storage.svc.cluster.local", credentials_secret="s"),
            [{"to": ["storage"]}],
        ),
        (
            pulling(endpoint="http://minio.storage:9000", credentials_secret="s"),
            [{"ports": [9000]}],
        ),
        (pulling(endpoint="http://minio:9000", credentials_secret="s"), [{"to": [{}]}]),
        (
            pulling(),
            [{"ports": [443]}, {"to": ["169.254.170.23/32", "169.254.169.254/32"], "ports": [80]}],
        ),
        (
            pulling("gs://models"),
            [
                {"ports": [443]},
                {"to": ["169.254.169.254/32", "169.254.169.252/32"], "ports": [80, 988]},
            ],
        ),
    ],
)
def test_pods_that_download_reach_names_the_store_and_who_gives_credentials(
    tmp_path, source, rules
):
    """A Service of the cluster is translated to its pods, whose port nobody here knows."""
    found = built(tmp_path, "s3-pull", source)

    assert found["policyTypes"] == ["Ingress", "Egress"]
    dns, *others = found["egress"]
    assert dns == DNS
    assert [short(rule) for rule in others] == rules


def short(rule):
    """Return a rule with what tells it from others: namespaces, ranges and ports of TCP."""
    found = {}
    if "to" in rule:
        found["to"] = [_name(peer) for peer in rule["to"]]
    if "ports" in rule:
        assert {port["protocol"] for port in rule["ports"]} == {"TCP"}
        found["ports"] = [port["port"] for port in rule["ports"]]
    return found


def _name(peer):
    if "ipBlock" in peer:
        assert ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return peer["ipBlock"]["cidr"]
    if "podSelector" in peer:
        return peer["podSelector"]
    [name] = peer["namespaceSelector"]["matchLabels"].values()
    return name


def test_a_role_of_the_service_account_leaves_the_node_alone(tmp_path):
    """Its token goes to a service at 443; what the node may do is not for a pod."""
    account = ServiceAccount(role_arn="arn:aws:iam::123456789012:role/models")
    found = built(tmp_path, "s3-pull", pulling(), service_account=account)

    assert [short(rule) for rule in found["egress"][1:]] == [{"ports": [443]}]


@pytest.mark.parametrize("kind", ["s3-pull", "s3-csi"])
def test_what_pods_may_reach_is_a_key_that_takes_the_place_of_the_store(tmp_path, kind):
    """Names are always resolved; an empty list is nothing else, also where nobody downloads."""
    rule = {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 9000}]}
    for name, rules in (("none", ()), ("one", (rule,)), ("all", ({},))):
        found = built(tmp_path / name, kind, network_policy=NetworkPolicy(egress=rules))
        assert found["egress"] == [DNS, *rules]
        assert found["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(("agent", "is_open"), [(True, True), (False, False)])
def test_pods_reach_agents_of_others_where_agents_make_waves(tmp_path, agent, is_open):
    """Rules of waves that nobody keeps open no port."""
    policy = NetworkPolicy(egress=())
    found = built(tmp_path, agent=agent, rollout=Rollout(), network_policy=policy)
    to_agents = {"to": [{"podSelector": {}}], "ports": [{"port": 9090, "protocol": "TCP"}]}
    assert (to_agents in found["egress"]) is is_open


def test_a_policy_that_a_person_took_out_of_the_base_is_not_missed(tmp_path):
    """A patch of nothing is none: to bring the policy back would cut off who asks the server."""
    files = dict(rendered(an_environment("s3-pull", network_policy=NetworkPolicy(clients=(WEB,)))))
    files.pop("base/networkpolicy.yaml")
    base = "base/kustomization.yaml"
    files[base] = files[base].replace(b"  - networkpolicy.yaml\n", b"")

    assert not [one for one in objects(tmp_path, files) if one["kind"] == "NetworkPolicy"]


def test_what_a_person_narrowed_in_the_base_stays(tmp_path):
    """An environment that says nothing of who may come in changes nothing of it."""
    files = dict(rendered(an_environment("s3-pull")))
    policy = "base/networkpolicy.yaml"
    files[policy] = files[policy].replace(
        b"    - ports:\n", b"    - from: [{podSelector: {}}]\n      ports:\n"
    )

    found = one(objects(tmp_path, files), "NetworkPolicy")["spec"]
    assert found["ingress"] == [{"from": [{"podSelector": {}}], "ports": SERVING}, AGENT]
