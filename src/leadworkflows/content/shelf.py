"""Which file a content is taken from: by variant and language."""

from __future__ import annotations

from collections.abc import Iterable

from leadworkflows.content.errors import ContentError
from leadworkflows.content.source import ContentSource


class Shelf:
    """The files by content, variant and language. A later file takes the place of one of the same name."""

    def __init__(self, sources: Iterable[ContentSource]) -> None:
        self.files = {source.name: source for source in sources}
        self._by_language: dict[tuple[str, str | None, str], ContentSource] = {}
        self._otherwise: dict[tuple[str, str | None], ContentSource] = {}
        for source in self.files.values():
            key = (source.content, source.variant, source.language)
            if source.named_language or key not in self._by_language:
                self._by_language[key] = source
            if source.named_language is None:
                self._otherwise[source.content, source.variant] = source

    def contents(self) -> list[str]:
        """Every content, without variants and languages."""
        return sorted({source.content for source in self.files.values() if source.variant is None})

    def variants(self, content: str) -> list[str]:
        """The variants of a content, in whichever languages."""
        found = {source.variant for source in self.files.values() if source.content == content}
        return sorted(variant for variant in found if variant)

    def languages(self, content: str, variant: str | None) -> list[str]:
        """The languages that a content, or a variant of it, is written in."""
        wanted = (content, variant)
        return sorted({key[2] for key in self._by_language if key[:2] == wanted})

    def find(self, content: str, variant: str | None, language: str | None) -> ContentSource:
        """The file for somebody: in their language first, by their variant then. Raises ContentError."""
        spoken = [self._by_language.get((content, each, language or "")) for each in (variant, None)]
        else_ = [self._otherwise.get((content, each)) for each in (variant, None)]
        found = next((source for source in (*spoken, *else_) if source), None)
        if found is None:
            there = self.languages(content, None)
            where = f"; it is written in {', '.join(there)}" if there else ""
            raise ContentError(f"{content}.md", f"there is no such content{where}")
        return found
