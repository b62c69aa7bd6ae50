"""Notes of a lock on models: taken away, failed in pods, kept on hold, on their way in steps."""

from msgspec import Struct

from generator.serving.state import Labels


class Removed(Struct, frozen=True, order=True):
    """A model that was taken away."""

    model: str
    inputs: str
    """Digest of the rules and the candidates that led to it."""
    generation: int = 0
    """One more than that of the model when it was served last."""


class Failed(Struct, frozen=True, order=True):
    """A version that failed in pods, and that no sync brings again by itself."""

    model: str
    version: int
    digest: str
    """Of its objects: other ones under the same number are another version."""
    pods: tuple[str, ...] = ()
    why: str = ""
    surroundings: str = ""
    """The digest of what pods got beside models when it failed; empty where nobody knows it."""
    probe: str = ""
    """The probe of its policy at that time; empty where it was up to the version."""

    @property
    def told(self) -> str:
        """The words for it."""
        place = f"pod {', '.join(self.pods)}" if self.pods else "a commit status"
        tells = "tell that it fails" if len(self.pods) > 1 else "tells that it fails"
        return f"{place} {tells}{f': {self.why}' if self.why else ''}"


class OnHold(Struct, frozen=True, order=True):
    """A model that stays as it is, beside its policy, until people let it go again."""

    model: str
    by: str
    """Those who asked for it."""


class Pending(Struct, frozen=True):
    """The state that the policy wants of a model, which is on its way there in steps."""

    model: str
    versions: tuple[int, ...]
    labels: Labels = ()
