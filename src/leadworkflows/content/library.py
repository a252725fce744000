"""All content files of a folder, rendered for one person at a time."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from leadworkflows.content import markup
from leadworkflows.content.errors import ContentError
from leadworkflows.content.links import SOME_LINKS, MailLinks
from leadworkflows.content.person import Recipient, Sender
from leadworkflows.content.plaintext import WIDTH, to_text
from leadworkflows.content.shelf import Shelf
from leadworkflows.content.source import ContentSource, read
from leadworkflows.content.template import environment, filled
from leadworkflows.content.values import NOBODY, link_values, plain, values
from leadworkflows.content.words import Words, words_of

_LETTERS = "abcd"


@dataclass(frozen=True)
class Rendered:
    """A mail for one person. `source` names the file it came from, variant and language included.

    `subject_variant` is the letter of the subject where several are tried. With a `template_id` the
    vendor makes the mail from `data`; subject, text and html are ours, for the outbox and previews.
    """

    source: str
    category: str
    subject: str
    preheader: str
    text: str
    html: str
    language: str = "en"
    subject_variant: str | None = None
    template_id: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Rendered({self.source!r}, …)"


class ContentLibrary:
    """Content by name, each file checked by rendering it once for a person nobody knows."""

    def __init__(self, sources: Iterable[ContentSource], sender: Sender) -> None:
        self._shelf = Shelf(sources)
        self._sender = sender
        self._markdown = environment(markup.literal)
        self._plain = environment(plain)
        self._layout = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(
            files("leadworkflows.content").joinpath("layout.html").read_text(encoding="utf-8")
        )
        for source in self._shelf.files.values():
            for number in range(len(source.front.subject)):
                self._render(source, NOBODY, {}, SOME_LINKS, number)

    @classmethod
    def load(cls, *folders: Path, sender: Sender | None = None) -> ContentLibrary:
        """Every `*.md` of the folders, where a later folder's file takes an earlier one's place.

        Raises ContentError, also where a folder is none.
        """
        for folder in folders:
            if not folder.is_dir():
                raise ContentError(str(folder), "there is no such folder")
        return cls((read(file) for each in folders for file in sorted(each.glob("*.md"))), sender or Sender())

    def names(self) -> list[str]:
        """Every content that a policy may name, without its variants."""
        return self._shelf.contents()

    def variants(self, content: str) -> list[str]:
        """The variants of a content."""
        return self._shelf.variants(content)

    def has(self, content: str) -> bool:
        """Whether a policy may name it."""
        return content in self._shelf.contents()

    def languages(self, content: str, variant: str | None = None) -> list[str]:
        """The languages that a content, or a variant of it, is written in, by their two letters."""
        return self._shelf.languages(content, _in_a_name(variant))

    def missing(self, content: str, variant: str | None, languages: Iterable[str]) -> list[str]:
        """Those of the languages in which there is no such content, or no such variant of it."""
        there = self.languages(content, variant)
        return [language for language in languages if language not in there]

    def subjects(self, content: str, variant: str | None = None, language: str | None = None) -> int:
        """How many subjects a content tries. Raises ContentError."""
        return len(self._shelf.find(content, _in_a_name(variant), language).front.subject)

    def category(self, content: str) -> str:
        """What a content is for: confirmation, nurture or recycled. Raises ContentError."""
        return self._shelf.find(content, None, next(iter(self.languages(content)), None)).front.category

    def render(
        self,
        content: str,
        person: Recipient,
        lead: Mapping[str, Any],
        variant: str | None = None,
        links: MailLinks | None = None,
        language: str | None = None,
    ) -> Rendered:
        """The mail for one person. Raises ContentError.

        Taken from the file of the variant and language, else of the language, else of the variant,
        else of the content. `lead["lead_id"]` chooses the subject where several are tried.
        """
        source = self._shelf.find(content, _in_a_name(variant), language)
        number = _choice(content, lead.get("lead_id"), len(source.front.subject))
        return self._render(source, person, lead, links or MailLinks(), number)

    def _render(
        self, source: ContentSource, person: Recipient, lead: Mapping[str, Any], links: MailLinks, number: int
    ) -> Rendered:
        front, words = source.front, words_of(source.language)
        known = {**values(person, lead, self._sender, source.language), **link_values(links)}
        subject = self._line(source, front.subject[number], known)
        preheader = self._line(source, front.preheader, known)
        reason = self._line(source, front.reason, known) or words.reason(front.category)
        tokens = markup.parse(filled(self._markdown, source.name, source.body, known))
        footer = _footer(self._sender, words, known["signature"], reason, links)
        said = {**known, "subject": subject, "preheader": preheader, "reason": reason}
        return Rendered(
            source=source.name,
            category=front.category,
            subject=subject,
            preheader=preheader,
            text="\n\n".join(part for part in (to_text(tokens), footer) if part) + "\n",
            html=self._layout.render(
                language=front.language,
                subject=subject,
                preheader=preheader,
                body=Markup(markup.to_html(tokens)),  # noqa: S704 - our renderer's output, raw HTML is off
                sender=self._sender,
                signature=known["signature"],
                reason=reason,
                words=words,
                links=links,
                colours=markup.COLOURS,
            ),
            language=source.language,
            subject_variant=_LETTERS[number] if len(front.subject) > 1 else None,
            template_id=front.template_id,
            data=_template_data(source, said),
        )

    def _line(self, source: ContentSource, template: str, known: Mapping[str, Any]) -> str:
        return " ".join(filled(self._plain, source.name, template, known).split())


def _in_a_name(variant: str | None) -> str | None:
    """A variant is an industry, whose words are joined by `_`; in names of files they are by `-`."""
    return variant.replace("_", "-") if variant else None


def _choice(content: str, lead_id: Any, count: int) -> int:
    """Which of the subjects a lead gets: always the same one, and of each mail another lead another."""
    if count == 1 or not isinstance(lead_id, str):
        return 0
    return int.from_bytes(hashlib.sha256(f"{content}:{lead_id}".encode()).digest()[:8]) % count


def _template_data(source: ContentSource, said: Mapping[str, Any]) -> dict[str, str]:
    unknown = next((name for name in source.front.data if name not in said), None)
    if unknown:
        raise ContentError(
            f"{source.name}.md", f"data: no value is called {unknown}; {', '.join(sorted(said))}"
        )
    return {name: str(said[name]) for name in source.front.data}


def _footer(sender: Sender, words: Words, signature: str, reason: str, links: MailLinks) -> str:
    stop = [f"{words.unsubscribe}: {links.unsubscribe}"] if links.unsubscribe else [words.reply]
    choose = [f"{words.preferences}: {links.preferences}"] if links.preferences else []
    who = ", ".join(part for part in (sender.company, sender.address) if part)
    because = textwrap.fill(reason, WIDTH, break_on_hyphens=False)
    return "\n".join([signature, "", "-- ", because, *stop, *choose, who])
