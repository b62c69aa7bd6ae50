"""An issue as a value: the page on a forge that tells people of one environment."""

from msgspec import Struct


class Issue(Struct, frozen=True):
    """An issue, as the forge had it when it answered."""

    number: int
    url: str
    """Its page for people."""
    api_url: str
    """Its address in the forge's API."""
    title: str
    body: str
    """Markdown, with LF at the end of each line."""
    is_open: bool

    def says(self, body: str) -> bool:
        """Whether its text is *body*; forges take blanks off its ends."""
        return self.body.strip() == body.strip()


class IssueVersion(Struct, frozen=True):
    """One version of an issue."""

    url: str
    """Its address in the forge's API."""
    etag: str
    """The ETag of its record: another one where anything in it has changed."""
