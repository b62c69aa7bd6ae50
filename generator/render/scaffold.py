"""The scaffold of an environment: files that are written where they are absent, and then stay.

They belong to their readers from then on; see `overlay` for those that every sync rewrites.
"""

from collections.abc import Iterator, Mapping

from generator.environment.environment import Environment
from generator.lock.paths import Files
from generator.render.overlay import NAMES
from generator.render.templates import TEMPLATES, Templates


def scaffold_of(environment: Environment, templates: Templates) -> Mapping[str, Files]:
    """Return base/, each component and the overlay's own kustomization.

    The key is the kustomization that stands for them: where it exists, the files beside it are a
    person's, and those that are missing were deleted on purpose. Files are rendered when they are
    taken from here: most repositories have them all.
    """
    return _Scaffold(environment, templates)


class _Scaffold(Mapping[str, Files]):
    def __init__(self, environment: Environment, templates: Templates) -> None:
        self._own = f"overlays/{environment.name}/kustomization.yaml"
        self._templates = templates
        self._all = (self._own, *_units())

    def __getitem__(self, unit: str) -> Files:
        if unit == self._own:
            return {unit: _file(self._templates, "overlay/kustomization.yaml")}
        if unit not in self._all:
            raise KeyError(unit)
        paths = sorted((TEMPLATES / unit).parent.glob("*.yaml"))
        names = [path.relative_to(TEMPLATES).as_posix() for path in paths]
        return {name: _file(self._templates, name) for name in names}

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _units() -> Iterator[str]:
    for part in ("base", "components"):
        for path in sorted((TEMPLATES / part).rglob("kustomization.yaml")):
            yield path.relative_to(TEMPLATES).as_posix()


def _file(templates: Templates, name: str) -> bytes:
    return templates.render(name, names=NAMES).encode()
