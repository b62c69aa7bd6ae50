"""The agent reads its own config back."""

from generator.agent.decide import config as configs
from generator.serving.paths import MODELS
from tests.kit.agent_steps import entry


def test_a_config_reads_back_and_one_of_another_program_does_not():
    """Another root, another policy, no list: what is served has to be asked for."""
    config = {"a": entry(1, 2, stable=1), "b": entry(7, base="x/b")}
    text = configs.text(config, MODELS)
    assert configs.parse(text, MODELS) == config
    assert configs.parse(configs.text({}, MODELS), MODELS) == {}
    assert configs.parse(text, "s3://models") is None
    assert configs.parse(text.replace("specific", "all").replace("versions: 1", ""), MODELS) is None
    assert configs.parse("# nothing\n", MODELS) is None
    assert configs.parse("{", MODELS) is None
