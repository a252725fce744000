"""Pages for the reader of a mail: unsubscribe, choose topics, confirm. Who holds the link may use them.

Nobody logs in and no cookie is read, so no other site can act in a person's name: it would have to
know the link. Only a POST changes anything, because scanners of mailboxes open every link.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import TypeAdapter, ValidationError

from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.parts import PartsGiven
from leadworkflows.api.problems import Problem
from leadworkflows.api.requests import client_address, read_inbound
from leadworkflows.commands.preferences import PreferenceDesk, Reader, links_of
from leadworkflows.domain.facts import Word
from leadworkflows.sources.bodies import read_form
from leadworkflows.web.preference_texts import Texts, texts_for
from leadworkflows.web.rendering import PageProblem, PageRoute, letter
from leadworkflows.web.stored import stored_policy

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The only field of an RFC 8058 request, and what our own button sends."""
_BOX = "topic-"
_TOPIC: TypeAdapter[str] = TypeAdapter(Word)


class Visit:
    """One request by the holder of a link."""

    def __init__(self, request: Request, deps: ApiDeps, reader: Reader, token: str) -> None:
        self.request, self.deps, self.reader, self.token = request, deps, reader, token
        self.desk = _desk(deps)

    @property
    def texts(self) -> Texts:
        """In the person's own language."""
        known = (self.reader.record.snapshot or {}).get("language")
        return texts_for(known, self.request.headers.get("accept-language", ""))

    async def form(self) -> dict[str, Any]:
        """The fields that were posted, urlencoded or multipart."""
        return read_form(await read_inbound(self.request, self.deps.settings.public_url))

    def answer(self, template: str, **given: Any) -> HTMLResponse:
        """A page that names the company, and of the person nothing but the masked address."""
        texts = self.texts
        said = {"company": self.deps.settings.company_name, "address": masked(self.reader.email)}
        if topic := given.get("topic"):
            said["topic"] = texts.topic(topic)
        links = links_of("", self.token, given.get("topic"))
        shown: dict[str, Any] = {"texts": texts, "said": said, "links": links, "reader": self.reader}
        return letter(template, **shown, **given)


async def _visit(token: str, request: Request, deps: Deps, parts: PartsGiven) -> Visit:
    """Raises 404 for a token that is not ours, 429 for who tries too many.

    A token that fits is never refused: mailbox providers send everybody's requests from few addresses. That
    of somebody who was erased is answered with a page that says so.
    """
    reader = await _desk(deps).reader(token)
    if reader is None and await deps.store.links.is_ours(token):
        texts = texts_for(None, request.headers.get("accept-language", ""))
        said = {"company": deps.settings.company_name}
        raise PageProblem(letter("outlived_link.html", texts=texts, said=said), texts.nobody)
    if reader is None:
        address = client_address(request)
        parts.limits.check(address)
        parts.limits.count_failure(address)
        texts = texts_for(None, request.headers.get("accept-language", ""))
        said = {"company": deps.settings.company_name}
        shown = letter("unknown_link.html", 404, texts=texts, said=said)
        raise PageProblem(shown, texts.unknown)
    return Visit(request, deps, reader, token)


VisitGiven = Annotated[Visit, Depends(_visit)]
TopicGiven = Annotated[str | None, Query()]


@router.get("/unsubscribe/{token}")
async def ask_to_unsubscribe(visit: VisitGiven, topic: TopicGiven = None) -> HTMLResponse:
    """A button. Opening the page changes nothing."""
    return visit.answer("unsubscribe.html", topic=_topic(topic), done=False)


@router.post("/unsubscribe/{token}")
async def unsubscribe(visit: VisitGiven, topic: TopicGiven = None) -> Response:
    """RFC 8058's one click, and the page's button: no more mail, on disk when this answers."""
    form = await visit.form()
    if str(form.get(ONE_CLICK[0], "")).lower() != ONE_CLICK[1].lower():
        raise Problem(422, "invalid", f"Send the field {ONE_CLICK[0]} with the value {ONE_CLICK[1]}.")
    about = _topic(form.get("topic") or topic)
    await visit.desk.unsubscribe(visit.reader, about)
    if form.get("page"):
        return visit.answer("unsubscribe.html", topic=about, done=True)
    return PlainTextResponse("Unsubscribed.", headers={"Cache-Control": "no-store"})


@router.get("/preferences/{token}")
async def ask_for_preferences(visit: VisitGiven) -> HTMLResponse:
    """The topics there are, and whether they are wanted."""
    return await _preferences(visit, saved=False)


@router.post("/preferences/{token}")
async def save_preferences(visit: VisitGiven) -> HTMLResponse:
    """Save what was ticked."""
    form = await visit.form()
    wanted = {topic: f"{_BOX}{topic}" in form for topic in await _topics(visit)}
    await visit.desk.choose(visit.reader, wanted, no_mail="no-mail" in form)
    visit.reader = await visit.desk.reader(visit.token) or visit.reader
    return await _preferences(visit, saved=True)


@router.get("/confirm/{token}")
async def ask_to_confirm(visit: VisitGiven) -> HTMLResponse:
    """A button. Opening the page confirms nothing."""
    return visit.answer("confirm.html", done=False)


@router.post("/confirm/{token}")
async def confirm(visit: VisitGiven) -> HTMLResponse:
    """Double opt-in: consent counts from now on."""
    await visit.desk.confirm(visit.reader)
    return visit.answer("confirm.html", done=True)


def masked(email: str) -> str:
    """`a…@example.com`: enough to know one's own address by. A word joiner keeps it on one line."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…\u2060@{domain}"


def _desk(deps: ApiDeps) -> PreferenceDesk:
    return PreferenceDesk(deps.store, deps.classify, deps.on_accepted, deps.clock)


async def _preferences(visit: Visit, *, saved: bool) -> HTMLResponse:
    boxes = [
        (f"{_BOX}{topic}", visit.texts.topic(topic), topic not in visit.reader.unwanted)
        for topic in await _topics(visit)
    ]
    return visit.answer("preferences.html", boxes=boxes, saved=saved)


async def _topics(visit: Visit) -> list[str]:
    """Those of the sequences that the lead's policy has, and others that the person said something about."""
    followed = (visit.reader.record.snapshot or {}).get("policy") or visit.deps.policy_id
    policy = await stored_policy(visit.deps.store, followed)
    topics = [sequence.topic for sequence in policy.nurture.values()] if policy else []
    return list(dict.fromkeys([*topics, *sorted(each for each in visit.reader.standing if each)]))


def _topic(stated: Any) -> str | None:
    """Raises 422 for what can be no topic."""
    if not stated:
        return None
    try:
        return _TOPIC.validate_python(stated)
    except ValidationError:
        raise Problem(
            422, "invalid", "The field topic is no topic. Leave it out to get no mail at all."
        ) from None
