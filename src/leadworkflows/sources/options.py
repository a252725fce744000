"""What a user sets for one source, beside its secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import from_json
from pydantic_settings import NoDecode

from leadworkflows.domain.events import OUR_OWN, EventType
from leadworkflows.domain.facts import Word
from leadworkflows.sources.intents import (
    UNSTATED,
    Intent,
    intent_of_event,
    intent_of_title,
    intent_of_word,
)
from leadworkflows.sources.topics import TOPICS, field_key

_WORD: TypeAdapter[str] = TypeAdapter(Word)


def _map(example: str, read: Callable[[str, Any], str]) -> Callable[[Any], Any]:
    """A JSON map from the environment, each value read beside its name."""

    def read_map(value: Any) -> dict[str, str]:
        if isinstance(value, str):
            try:
                value = from_json(value)
            except ValueError:
                value = None
        if not isinstance(value, dict):
            raise ValueError(f"expected a JSON map such as {example}")
        return {str(name): read(str(name), stated) for name, stated in value.items()}

    return read_map


def _form(form: str, intent: Any) -> str:
    try:
        return _WORD.validate_python(intent)
    except ValidationError:
        raise ValueError(f"expected a word such as demo, quote or contact for the form {form!r}") from None


def _topic(field: str, topic: Any) -> str:
    stated = field_key(topic).replace(" ", "_") if isinstance(topic, str) else ""
    if stated not in TOPICS:
        raise ValueError(f"expected for the field {field!r} one of {', '.join(sorted(TOPICS))}")
    return stated


def _event(event: str, stated: Any) -> str:
    found = intent_of_event(stated) if isinstance(stated, str) else None
    if found is None:
        known = ", ".join(sorted(set(EventType) - OUR_OWN))
        raise ValueError(
            f"expected for the event {event!r} a word such as demo, quote or contact, or one of {known}"
        )
    return found.form or found.type.value


def _page(page: str, stated: Any) -> str:
    try:
        return _WORD.validate_python(stated)
    except ValidationError:
        raise ValueError(f"expected a word such as pricing or product for the page {page!r}") from None


def _told_apart(fields: dict[str, str]) -> dict[str, str]:
    """Two spellings of one field cannot mean two things."""
    known: dict[str, str] = {}
    for field, topic in fields.items():
        if known.setdefault(field_key(field), topic) != topic:
            raise ValueError(f"the field {field!r} is mapped twice: case and underscores do not count")
    return known


def _intent(value: Any) -> Any:
    """An empty setting in a copied `.env` means that there is none."""
    if value is None or not str(value).strip():
        return None
    try:
        return _WORD.validate_python(value)
    except ValidationError:
        raise ValueError("expected a word such as demo, quote or contact") from None


def in_seconds(value: Any) -> Any:
    """The environment knows only text."""
    return float(value) if isinstance(value, str) and value.strip().isdigit() else value


class SourceOptions(BaseModel):
    """Options of the built-in sources; a plug-in reads its own from the extra fields."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str | None = None
    """The registered source to use, where it is not the one of the same name: a second `standard`."""
    forms: Annotated[dict[str, str], NoDecode, BeforeValidator(_map('{"lT4Z3j": "demo"}', _form))] = {}
    """Form id or name → demo, quote, sales, contact, newsletter … or the name of an event type."""
    intent: Annotated[str | None, BeforeValidator(_intent)] = None
    """What a form is for that says nothing itself and is not among `forms`."""
    fields: Annotated[
        dict[str, str],
        NoDecode,
        BeforeValidator(_map('{"Your team": "employees"}', _topic)),
        AfterValidator(_told_apart),
    ] = {}
    """A field's name, ref or title, as `field_key` writes it → one of `TOPICS`."""
    events: Annotated[
        dict[str, str], NoDecode, BeforeValidator(_map('{"Trial Started": "trial_started"}', _event))
    ] = {}
    """A vendor's name of an event → one of our event types, or a word such as demo."""
    pages: Annotated[dict[str, str], NoDecode, BeforeValidator(_map('{"/preise": "pricing"}', _page))] = {}
    """A page's name, or its path with all below it → the word that rules know it by: pricing, product …"""
    header_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")] = "webhook"
    """`svix` for a sender that signs as Svix does."""
    honeypot: str = "_gotcha"
    """A field that people do not see: who fills it is a machine, and nothing is kept."""
    id_field: str | None = None
    """The field of a form that names the submission, for ever unique."""
    dedupe_window: Annotated[timedelta, BeforeValidator(in_seconds), Field(ge=timedelta(0))] = timedelta(
        minutes=10
    )
    """For how long the same content without an id is the same submission, in seconds or ISO 8601."""

    def form_intent(self, *forms: str, stated: str | None = None, title: str = "") -> Intent:
        """What a form is for: what is set for its id or name, what it states, the default, its title.

        `forms` are the form's id and names, best first; `stated` is its own field `intent`.
        """
        return (
            next((found for form in forms if (found := self._mapped_form(form))), None)
            or intent_of_word(stated or "")
            or intent_of_word(self.intent or "")
            or intent_of_title(title)
            or UNSTATED
        )

    def event_intent(self, event: str) -> Intent | None:
        """What a vendor's event is set to mean, or None where nothing is set for it."""
        wanted = field_key(event)
        stated = next((word for name, word in self.events.items() if field_key(name) == wanted), None)
        return intent_of_event(stated) if stated else None

    def page(self, name: str, path: str) -> str | None:
        """The word that is set for a page, by its name or the longest path it is under, or None."""
        called, place = field_key(name), f"{path.rstrip('/').casefold()}/"
        under = {
            page: word
            for page, word in self.pages.items()
            if page.startswith("/") and place.startswith(f"{page.rstrip('/').casefold()}/")
        }
        named = (word for page, word in self.pages.items() if called and field_key(page) == called)
        return next(named, None) or (under[max(under, key=len)] if under else None)

    def _mapped_form(self, form: str) -> Intent | None:
        """An id is compared as it is, a name in any case."""
        wanted = field_key(form)
        named = (word for name, word in self.forms.items() if field_key(name) == wanted)
        stated = self.forms.get(form) or next(named, None)
        return intent_of_word(stated) if stated else None


class WithOptions:
    """A source that is told how its sender was set up."""

    def __init__(self, options: SourceOptions | None = None) -> None:
        self._options = options or SourceOptions()

    @classmethod
    def configured(cls, options: SourceOptions) -> Self:
        """The source with its options as set."""
        return cls(options)
