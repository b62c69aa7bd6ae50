"""`agent --rollout`: what an overlay says is taken, and what nobody can mean is refused."""

import click
import pytest

from generator.agent.decide.rules import Margins, Rules
from generator.cli.wave_options import Rollout, WaveOptions, rollout
from generator.environment import serving
from generator.environment.environment import Environment
from generator.render import agent_options
from tests.kit.manifests import an_environment


def test_nothing_is_said_and_all_have_their_defaults():
    """Those of the key of an environment, and of the rules themselves."""
    assert rollout("") == Rollout()
    options = WaveOptions("p", (("h", 1),), Rollout())
    assert options.wave(Margins()).rules == Rules()


def test_what_an_overlay_says_is_what_the_agent_takes():
    """Also without a soak."""
    waves = serving.Rollout(2, 0, "all", 3600, "go")
    environment: Environment = an_environment("s3-pull", rollout=waves)
    told = {it["name"]: it for it in agent_options.wave_variables(environment, "agents")}
    assert rollout(told["AGENT_ROLLOUT"]["value"]) == Rollout(2, 0.0, "all", 3600.0, "go")
    assert told["AGENT_PEERS"]["value"] == "agents:9090"
    of_template = told["AGENT_POD_TEMPLATE"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert of_template == "metadata.labels['pod-template-hash']"


@pytest.mark.parametrize(
    "text", ["first=0", "first=x", "first=1,first=2", "soak=2", "then=some", "onTimeout=", "x=1"]
)
def test_what_nobody_can_mean_is_refused(text):
    """With what is expected."""
    with pytest.raises(click.BadParameter, match="expected"):
        rollout(text)


def test_peers_need_a_name_for_this_pod():
    """Without peers there are no waves."""
    with pytest.raises(click.UsageError, match="--pod"):
        WaveOptions(None, (("h", 1),), Rollout()).wave(Margins())
    assert WaveOptions(None, (), Rollout()).wave(Margins()).rules is None


def test_a_pod_swaps_what_has_no_room_where_the_overlay_says_how_much_there_is():
    """With `swap: drain`, how many pods there are: a number alone replaces none of them."""
    rooms = {"memory": 16 * 2**30, "rollout": serving.Rollout(), "swap": "drain", "replicas": 2}
    for keys, told in (
        ({}, [f"--memory={16 * 2**30}"]),
        ({"swap": "refuse"}, []),
        ({"replicas": 1}, [f"--memory={16 * 2**30}"]),
        ({"rollout": None}, []),
        ({"reload": "rolling"}, []),
    ):
        environment: Environment = an_environment("s3-pull", **rooms | keys)
        assert agent_options.swap_arguments(environment) == told
    options = WaveOptions("p", (("h", 1),), Rollout(), memory=16 * 2**30)
    assert options.wave(Margins()).swap.limit == 16 * 2**30
    assert WaveOptions(None, (), Rollout(), memory=1).wave(Margins()).swap.limit is None
