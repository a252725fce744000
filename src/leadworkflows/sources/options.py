"""What a user sets for one source, beside its secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json
from pydantic_settings import NoDecode

from leadworkflows.domain.facts import Word

_WORD: TypeAdapter[str] = TypeAdapter(Word)


def _form_map(value: Any) -> Any:
    """A JSON map from the environment, with words that the intents know."""
    if isinstance(value, str):
        try:
            value = from_json(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise ValueError('expected a JSON map of form ids such as {"lT4Z3j": "demo"}')
    return {str(form): _intent(str(form), intent) for form, intent in value.items()}


def _seconds(value: Any) -> Any:
    """The environment knows only text."""
    return float(value) if isinstance(value, str) and value.strip().isdigit() else value


def _intent(form: str, intent: Any) -> str:
    try:
        return _WORD.validate_python(intent)
    except ValidationError:
        raise ValueError(f"expected a word such as demo, quote or contact for the form {form!r}") from None


class SourceOptions(BaseModel):
    """Options of the built-in sources; a plug-in reads its own from the extra fields."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str | None = None
    """The registered source to use, where it is not the one of the same name: a second `standard`."""
    forms: Annotated[dict[str, str], NoDecode, BeforeValidator(_form_map)] = {}
    """Form id → demo, quote, sales, contact, newsletter … or the name of an event type."""
    header_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")] = "webhook"
    """`svix` for a sender that signs as Svix does."""
    honeypot: str = "_gotcha"
    """A field that people do not see: who fills it is a machine, and nothing is kept."""
    id_field: str | None = None
    """The field of a form that names the submission, for ever unique."""
    dedupe_window: Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0))] = timedelta(
        minutes=10
    )
    """For how long the same content without an id is the same submission, in seconds or ISO 8601."""
