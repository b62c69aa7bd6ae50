"""The lint of a models.config that a person wrote or edited: what servers would do with it.

A fresh server starts from the file. A live one runs another file, the applied one, and
finds this one at its next poll. Both have the flags that this program sets, among them
`--allow_version_labels_for_unavailable_models=true`, and find the data of every version:
a file does not tell what is in a store. What servers do is on docs/tfserving.md (F1 to F13,
F40 to F45, W1 to W7).
"""

from generator.serving.config_reader import Config, Position, UnreadableError, read
from generator.serving.lint.any_server import any_server
from generator.serving.lint.finding import Finding, explain_divergence, refused
from generator.serving.lint.live_server import compared_with, live_server


def lint(text: str, applied: Config | None = None) -> tuple[Finding, ...]:
    """Return what a fresh server, and a live one that runs *applied*, make of *text*.

    Without *applied*, a live server runs some list of models, and only what holds for any
    list counts as refused.
    """
    try:
        config = read(text)
    except UnreadableError as error:
        return tuple(refused(error.problem, error.hint, position=error.position))
    found = [*any_server(config), *live_server(config, applied)]
    if applied is not None:
        found += compared_with(config, applied)
    found.sort(key=lambda one: (one.position or Position(0, 0), one.severity))
    return tuple(explain_divergence(found))
