"""The texts of a server's config: what the last one says is kept.

The file is read in each round and seldom changes, and to parse a list of thousands takes seconds.
"""

from dataclasses import dataclass

from generator.agent.decide import config as configs
from generator.agent.decide.config import Config


@dataclass(slots=True)
class ConfigTexts:
    """The last text that was written or read, with the root of its base paths."""

    _text: str = ""
    _root: str = ""
    _config: Config | None = None

    def text(self, config: Config, root: str) -> str:
        """Return the models.config of *config*; base paths are below *root*.

        Raises:
            InvalidInputError: It would break a server.
        """
        if self._config is None or (config, root) != (self._config, self._root):
            self._text, self._root, self._config = configs.text(config, root), root, config
        return self._text

    def parse(self, text: str, root: str) -> Config | None:
        """Return the config that `text` wrote with *root*; None if it did not write this one."""
        if self._config is None or (text, root) != (self._text, self._root):
            self._text, self._root, self._config = text, root, configs.parse(text, root)
        return self._config
