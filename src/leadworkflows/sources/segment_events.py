"""What calls of Segment's mean: names of track calls to our events, pages to their words."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.domain.facts import Facts
from leadworkflows.sources.intents import Intent, intent_of_word
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.parts import part, text
from leadworkflows.sources.rejections import FieldsRejected, problems_of

Meaning = tuple[EventType, dict[str, Any]]
"""The event that a call is, and the facts that its name and properties state of it."""

HOME, OTHER = "home", "other"
_WORDS_OF_PAGES: dict[str, tuple[str, ...]] = {
    "pricing": ("pricing", "prices", "price", "plans", "tarifs", "preise"),
    "case_study": ("case study", "case studies", "customers", "customer stories", "success stories"),
    "documentation": ("documentation", "docs", "developers", "api", "reference"),
    "comparison": ("comparison", "compare", "comparisons", "alternatives", "vs"),
    "blog": ("blog", "news", "articles"),
    "product": ("product", "products", "features", "solutions", "platform", "product tour"),
    "product_video": ("product video", "video", "videos"),
    HOME: ("home", "homepage"),
}
_PAGES = {name: word for word, names in _WORDS_OF_PAGES.items() for name in names}

_TRACKED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"demo (requested|request|booked)|(requested|request|booked|book)( a| the)? demo", "demo"),
        (r"(quote|quotation) (requested|request)|(requested|request)( a)? (quote|quotation)", "quote"),
        (r"(user )?signed up|(free )?trial started|started( a)?( free)? trial", "trial_started"),
        (r"(contacted|contact) sales|sales contacted|talked to sales", "sales"),
        (r"newsletter (subscribed|signup)|subscribed( to)?( the| our)? newsletter", "newsletter_subscribed"),
        (r"webinar (registered|registration)|registered (for|to)( a| the)? webinar", "webinar_registered"),
    )
)
_FORM = re.compile(r"(contact )?form submitted|submitted( a)?( contact)? form")
_DOWNLOAD = re.compile(r"(?P<what>.+) downloaded|downloaded( a| the)? (?P<which>.+)")
_ASSETS = {
    "whitepaper": "whitepaper", "white paper": "whitepaper", "ebook": "ebook", "e book": "ebook",
    "case study": "case_study", "roi study": "roi_study", "guide": "guide",
    "technical sheet": "technical_sheet", "data sheet": "technical_sheet", "datasheet": "technical_sheet",
    "api documentation": "api_documentation", "api docs": "api_documentation",
    "content": OTHER, "asset": OTHER, "resource": OTHER,
}  # fmt: skip
_ASSET_NAMES = ("asset", "asset_type", "content_type", "resource_type", "type")


def page_word(message: dict[str, Any], options: SourceOptions) -> str:
    """The word for a page: as set, by its name, by its address. Others have one word between them.

    A path may hold a name or an address of somebody (`/users/ada`), so it never becomes a word itself.
    """
    properties = part(message, "properties")
    name = text(message.get("name")) or text(properties.get("name"))
    host, path = _address(message, properties)
    if stated := options.page(name, path):
        return stated
    steps = [_plain(step) for step in path.split("/") if step]
    candidates = [_plain(name), _plain(host.partition(".")[0]), *steps]
    found = next((_PAGES[candidate] for candidate in candidates if candidate in _PAGES), None)
    return found or (HOME if path and not steps else OTHER)


def tracked(message: dict[str, Any], options: SourceOptions) -> Meaning | None:
    """What a track call means: as set, or by a name that says it. None for all the others.

    Raises `PayloadRejected` where the settings name a type whose facts the properties do not state.
    """
    name, properties = text(message.get("event")), _snake(part(message, "properties"))
    if stated := options.event_intent(name):
        return _with_facts(stated, message, properties, options)
    plain = _plain(name)
    if found := next((word for pattern, word in _TRACKED if pattern.fullmatch(plain)), None):
        recognised = intent_of_word(found)
        return _with_facts(recognised, message, properties, options) if recognised else None
    if _FORM.fullmatch(plain):
        forms = [text(properties.get(name)) for name in ("form_id", "form_name", "form")]
        said = text(properties.get("intent"))
        intent = options.form_intent(*forms, stated=said, title=forms[1] or forms[2] or plain)
        return intent.type, intent.facts()
    asset = _asset_of_name(plain)
    return (EventType.CONTENT_DOWNLOADED, {"asset": _asset(properties, asset)}) if asset else None


def _with_facts(
    intent: Intent, message: dict[str, Any], properties: dict[str, Any], options: SourceOptions
) -> Meaning:
    """The facts that only this type has, out of the properties of the same names."""
    model = facts_model(intent.type)
    own = model.model_fields.keys() - Facts.model_fields.keys()
    stated = {name: properties[name] for name in own if name in properties} | intent.facts()
    if intent.type is EventType.CONTENT_DOWNLOADED:
        stated["asset"] = _asset(properties, _asset_of_name(_plain(text(message.get("event")))) or OTHER)
    if intent.type is EventType.PAGE_VIEWED:
        stated["page"] = page_word(message, options)
    try:
        return intent.type, model.model_validate(stated).model_dump(exclude_unset=True)
    except ValidationError as error:
        wrong = {found["loc"][0] for found in error.errors(include_url=False)}
    try:  # a fact that cannot be read is left out, and missed only where the event is nothing without it
        known = {name: value for name, value in stated.items() if name not in wrong}
        return intent.type, model.model_validate(known).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise FieldsRejected(problems_of(error, "properties")) from None


def _asset_of_name(plain: str) -> str | None:
    found = _DOWNLOAD.fullmatch(plain)
    return _ASSETS.get(found["what"] or found["which"]) if found else None


def _asset(properties: dict[str, Any], named: str) -> str:
    """The event's own name, or what its properties call the asset."""
    stated = (_ASSETS.get(_plain(text(properties.get(name)))) for name in _ASSET_NAMES)
    return named if named != OTHER else next(filter(None, stated), OTHER)


def _address(message: dict[str, Any], properties: dict[str, Any]) -> tuple[str, str]:
    """Host and path of the page."""
    page = part(part(message, "context"), "page")
    url = text(properties.get("url")) or text(page.get("url"))
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    except ValueError:
        host, path = "", ""
    return host, text(properties.get("path")) or text(page.get("path")) or path


def _snake(properties: dict[str, Any]) -> dict[str, Any]:
    return {_plain(name).replace(" ", "_"): value for name, value in properties.items()}


def _plain(name: str) -> str:
    """`trialStarted`, `trial_started` and "Trial Started" alike."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\W_]+", " ", spaced).strip().lower()
