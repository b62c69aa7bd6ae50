"""HTML as a browser reads it: the tags of a page, their attributes, and the text between them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Tag:
    """A tag with its attributes and the text inside of it."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A page; `tags` are in the order in which they begin."""

    text: str
    tags: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Tag] = []
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and wait for its end if it has one."""
        found = Tag(tag, dict(attrs))
        self.tags.append(found)
        if tag not in {"meta", "link", "input"}:
            self._open.append(found)

    def handle_endtag(self, tag: str) -> None:
        """End the tag that was opened last, which has to be this one."""
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        """Note text for all the tags that it is in."""
        for tag in self._open:
            tag.text += data

    def all(self, kind: str, **attributes: str) -> list[Tag]:
        """Return the tags of a kind that have these attributes."""
        return [
            tag
            for tag in self.tags
            if tag.name == kind and attributes.items() <= tag.attributes.items()
        ]

    def of_class(self, name: str) -> list[str]:
        """Return the texts of the tags of a class, in one line each."""
        found = [tag for tag in self.tags if name in (tag.attributes.get("class") or "").split()]
        return [" ".join(tag.text.split()) for tag in found]
