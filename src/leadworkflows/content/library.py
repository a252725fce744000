"""All content files of a folder, rendered for one person at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from leadworkflows.content.errors import ContentError
from leadworkflows.content.markup import ACCENT, INK, LINE, MUTED, literal, parse, to_html
from leadworkflows.content.person import Recipient, Sender
from leadworkflows.content.plaintext import to_text
from leadworkflows.content.source import ContentSource, read
from leadworkflows.content.values import NOBODY, plain, values

_REASONS = {
    "confirmation": "You get this mail because you sent us a request.",
    "nurture": "You get this mail because you showed interest in what we do.",
    "recycled": "You get this mail because we have been in contact.",
}


@dataclass(frozen=True)
class Rendered:
    """A mail for one person. `source` names the file it came from, variant included."""

    source: str
    category: str
    subject: str
    preheader: str
    text: str
    html: str

    def __repr__(self) -> str:
        return f"Rendered({self.source!r}, …)"


class ContentLibrary:
    """Content by name, each file checked by rendering it once for a person nobody knows."""

    def __init__(self, sources: Mapping[str, ContentSource], sender: Sender) -> None:
        self._sources = dict(sources)
        self._sender = sender
        self._markdown = _environment(literal)
        self._plain = _environment(plain)
        self._layout = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(
            files("leadworkflows.content").joinpath("layout.html").read_text(encoding="utf-8")
        )
        for name, source in self._sources.items():
            self._render(name, source, NOBODY, {}, None)

    @classmethod
    def load(cls, *folders: Path, sender: Sender | None = None) -> ContentLibrary:
        """Every `*.md` of the folders, where a later folder's file takes an earlier one's place.

        Raises ContentError, also where a folder is none.
        """
        for folder in folders:
            if not folder.is_dir():
                raise ContentError(str(folder), "there is no such folder")
        sources = (read(file) for folder in folders for file in sorted(folder.glob("*.md")))
        return cls({source.name: source for source in sources}, sender or Sender())

    def names(self) -> list[str]:
        """Every content that a policy may name, without its variants."""
        return sorted(name for name in self._sources if "." not in name)

    def variants(self, content: str) -> list[str]:
        """The variants of a content."""
        found = (name.partition(".") for name in self._sources)
        return sorted(variant for base, _dot, variant in found if base == content and variant)

    def has(self, content: str) -> bool:
        """Whether a policy may name it."""
        return content in self._sources

    def render(
        self,
        content: str,
        person: Recipient,
        lead: Mapping[str, Any],
        variant: str | None = None,
        unsubscribe_url: str | None = None,
    ) -> Rendered:
        """The mail for one person, from the variant's file where there is one. Raises ContentError."""
        name = f"{content}.{(variant or '').replace('_', '-')}"
        source = self._sources.get(name) or self._sources.get(content)
        if source is None:
            raise ContentError(f"{content}.md", "there is no such content")
        return self._render(source.name, source, person, lead, unsubscribe_url)

    def _render(
        self,
        name: str,
        source: ContentSource,
        person: Recipient,
        lead: Mapping[str, Any],
        unsubscribe_url: str | None,
    ) -> Rendered:
        known = values(person, lead, self._sender)
        subject = self._line(name, source.front.subject, known)
        preheader = self._line(name, source.front.preheader, known)
        tokens = parse(_filled(self._markdown, name, source.body, known))
        text = to_text(tokens)
        return Rendered(
            source=name,
            category=source.front.category,
            subject=subject,
            preheader=preheader,
            text=f"{text}\n\n{self._footer(source, unsubscribe_url)}\n",
            html=self._layout.render(
                language=source.front.language,
                subject=subject,
                preheader=preheader,
                body=Markup(to_html(tokens)),  # noqa: S704 - our renderer's output, raw HTML is off
                sender=self._sender,
                reason=_REASONS[source.front.category],
                unsubscribe_url=unsubscribe_url,
                accent=ACCENT,
                ink=INK,
                line=LINE,
                muted=MUTED,
            ),
        )

    def _line(self, name: str, template: str, known: Mapping[str, Any]) -> str:
        return " ".join(_filled(self._plain, name, template, known).split())

    def _footer(self, source: ContentSource, unsubscribe_url: str | None) -> str:
        stop = f"Unsubscribe: {unsubscribe_url}" if unsubscribe_url else 'Reply "unsubscribe" and we stop.'
        who = ", ".join(part for part in (self._sender.company, self._sender.address) if part)
        return "\n".join([self._sender.signature, "", "-- ", _REASONS[source.front.category], stop, who])


def _environment(finalize: Any) -> ImmutableSandboxedEnvironment:
    """Content is marketing's, values are strangers': every value passes `finalize`."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=lambda value: finalize(str(value)),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _filled(
    environment: ImmutableSandboxedEnvironment, name: str, template: str, known: Mapping[str, Any]
) -> str:
    try:
        return environment.from_string(template).render(known)
    except TemplateSyntaxError as error:
        raise ContentError(f"{name}.md", f"line {error.lineno} of the text: {error.message}") from None
    except (UndefinedError, SecurityError) as error:
        raise ContentError(f"{name}.md", str(error)) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        # Their messages may quote a value.
        raise ContentError(f"{name}.md", f"cannot be rendered ({type(error).__name__})") from None
