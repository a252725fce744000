"""Whether a policy can be used here: its grammar, its actions' parameters, its contents; what is idle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ValidationError

from leadworkflows.activities.registry import params_models
from leadworkflows.cli.errors import nearest
from leadworkflows.cli.policy_idle import idle
from leadworkflows.cli.policy_parts import Place, Whereabouts, contents, specs
from leadworkflows.cli.somebody import SOME_FACTS, SOMEBODY
from leadworkflows.content import SOME_LINKS, ContentError, ContentLibrary
from leadworkflows.content.links import MailLinks
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import (
    DEFAULT_POLICY,
    PolicyProblem,
    PolicyRejected,
    content_folders,
    load_policy,
)
from leadworkflows.settings import Settings


@dataclass(frozen=True)
class Checked:
    """A policy that can be used, and what in it has no effect."""

    policy: Policy
    warnings: list[PolicyProblem]


@cache
def contents_with(own: Path | None) -> ContentLibrary:
    """The contents that a policy may name, read once a process. Raises ContentError."""
    return ContentLibrary.load(*content_folders(own))


def policy_path(settings: Settings) -> Path:
    """The policy file that the settings choose."""
    return settings.policy or DEFAULT_POLICY


def check_policy(path: Path, own_contents: Path | None = None) -> Checked:
    """Everything that can be known before a lead comes; `own_contents` is the user's content folder.

    Raises PolicyRejected with every problem; ContentError or ActionUnusable where the fault is not
    the policy's.
    """
    policy = load_policy(path)
    where, library = Whereabouts(path), contents_with(own_contents)
    problems = [*_actions(policy, where), *_contents(policy, where, library)]
    problems += _confirmation(policy, where, library)
    if problems:
        raise PolicyRejected(path, sorted(problems, key=lambda problem: problem.line))
    return Checked(policy, sorted(idle(policy, where, library), key=lambda problem: problem.line))


def _actions(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    models = params_models()
    for place, spec in specs(policy):
        model = models.get(spec.name)
        if model is None:
            yield where.problem(place, f"no action is called {spec.name}; {nearest(spec.name, models)}")
        else:
            yield from _params(model, spec, (*place, spec.name), where)


def _params(
    model: type[BaseModel], spec: ActionSpec, place: Place, where: Whereabouts
) -> Iterator[PolicyProblem]:
    try:
        model.model_validate(spec.params)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            yield where.problem(
                (*place, *found["loc"]), _fix(found["type"], found["msg"], found["loc"], model)
            )


def _fix(kind: str, message: str, loc: tuple[int | str, ...], model: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        return f"the action has no such parameter; {nearest(str(loc[-1]), model.model_fields)}"
    if kind == "missing":
        return "missing; add it"
    return message.removeprefix("Value error, ")


def _contents(policy: Policy, where: Whereabouts, library: ContentLibrary) -> Iterator[PolicyProblem]:
    for place, content, variant in contents(policy):
        yield from (
            where.problem(place, fault) for fault in _faults(library, content, variant, policy.languages)
        )


def _faults(
    library: ContentLibrary, content: str, variant: str | None, languages: tuple[str, ...]
) -> Iterator[str]:
    file = f"{content}.{variant.replace('_', '-')}" if variant else content
    missing = library.missing(content, variant, languages)
    if not library.has(content):
        yield f"no content is called {content}; {nearest(content, library.names())}"
    elif not library.languages(content, variant):
        yield f"no file {file}.md; {nearest(variant or '', library.variants(content))}"
    else:
        yield from (f"{file} is not written in {each}: add {file}.{each}.md" for each in missing)
        for language in languages:
            if language not in missing and (fault := rendering_fault(library, content, variant, language)):
                yield f"cannot be rendered: {fault}"


def _confirmation(policy: Policy, where: Whereabouts, library: ContentLibrary) -> Iterator[PolicyProblem]:
    """Nobody could ever confirm from a mail that can do without the link for it."""
    content, links = policy.consent.confirmation, replace(SOME_LINKS, confirm=None)
    for language in policy.languages if policy.consent.double_opt_in else ():
        if language in library.languages(content) and _renders(library, content, language, links):
            yield where.problem(
                ("consent", "confirmation"),
                f"{content} ({language}) has no link to confirm with; put {{{{ confirm_url }}}} into it",
            )


def _renders(library: ContentLibrary, content: str, language: str, links: MailLinks) -> bool:
    try:
        library.render(content, SOMEBODY, SOME_FACTS, None, links, language)
    except ContentError:
        return False
    return True


@cache
def rendering_fault(library: ContentLibrary, content: str, variant: str | None, language: str) -> str | None:
    """Why a content cannot be rendered for somebody of whom everything is known."""
    try:
        library.render(content, SOMEBODY, SOME_FACTS, variant, SOME_LINKS, language)
    except ContentError as error:
        return str(error)
    return None
