"""The text of the served config and what it says, from round to round."""

from hypothesis import given
from hypothesis import strategies as st

from generator.agent.decide import config as configs
from generator.agent.pod.config_texts import ConfigTexts
from generator.serving.paths import MODELS
from tests.kit.agent_steps import entry

CONFIGS = st.dictionaries(
    st.sampled_from("abc"), st.builds(entry, st.integers(0, 3), stable=st.just(1)), max_size=3
).map(lambda found: {name: entry(1, *it.state.versions, stable=1) for name, it in found.items()})
ROOTS = st.sampled_from([MODELS, "s3://models"])


@given(st.lists(st.tuples(CONFIGS, ROOTS, st.booleans()), max_size=6))
def test_what_is_known_is_what_stands_in_the_file(steps):
    """Whoever wrote it, and whatever was written or read before."""
    texts = ConfigTexts()
    for config, root, is_ours in steps:
        text = texts.text(config, root) if is_ours else configs.text(config, root)
        assert text == configs.text(config, root)
        assert texts.parse(text, root) == configs.parse(text, root) == config
        assert texts.parse("{", root) is None
