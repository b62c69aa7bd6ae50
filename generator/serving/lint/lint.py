"""What a server does with a models.config that a person wrote or edited.

A fresh server starts from the file. A live one runs another file, the applied one, and
finds this one at its next poll. Both have the flags that this program sets, among them
`--allow_version_labels_for_unavailable_models=true`, and find the data of every version:
a file does not tell what is in a store. What servers do is on docs/tfserving.md (F1 to F13,
F40 to F45, W1 to W7).
"""

from generator.serving.config_reader import Config, Place, UnreadableError, read
from generator.serving.lint.any_server import alone
from generator.serving.lint.finding import Finding, refused, with_the_other_server
from generator.serving.lint.live_server import beside, for_a_live_server


def lint(text: str, applied: Config | None = None) -> tuple[Finding, ...]:
    """Return what a fresh server, and a live one that runs *applied*, make of *text*.

    Without *applied*, a live server runs some list of models, and only what holds for any
    list counts as refused.
    """
    try:
        config = read(text)
    except UnreadableError as error:
        return tuple(refused(error.problem, error.way_out, place=error.place))
    found = [*alone(config), *for_a_live_server(config, applied)]
    if applied is not None:
        found += beside(config, applied)
    found.sort(key=lambda one: (one.place or Place(0, 0), one.severity))
    return tuple(with_the_other_server(found))
