"""Jinja for content files: marketing's text around strangers' values, in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leadworkflows.content.errors import ContentError


def environment(finalize: Callable[[str], str]) -> ImmutableSandboxedEnvironment:
    """Content is marketing's, values are strangers': every value passes `finalize`."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=lambda value: finalize(str(value)),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=1024)  # a content file is a few templates, and the same for everybody it is sent to
def _compiled(jinja: ImmutableSandboxedEnvironment, template: str) -> Template:
    return jinja.from_string(template)


def filled(jinja: ImmutableSandboxedEnvironment, name: str, template: str, known: Mapping[str, Any]) -> str:
    """The template with its values. Raises ContentError, which quotes nobody's value."""
    try:
        return _compiled(jinja, template).render(known)
    except TemplateSyntaxError as error:
        raise ContentError(f"{name}.md", f"line {error.lineno} of the text: {error.message}") from None
    except (UndefinedError, SecurityError) as error:
        raise ContentError(f"{name}.md", str(error)) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        # Their messages may quote a value.
        raise ContentError(f"{name}.md", f"cannot be rendered ({type(error).__name__})") from None
