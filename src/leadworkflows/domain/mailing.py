"""The mails of a policy: sequences and who enters them, when mails leave, and what must be agreed to."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from leadworkflows.domain.calendars import Week
from leadworkflows.domain.conditions import Condition, Test
from leadworkflows.domain.facts import FIRMOGRAPHIC, TimeZone, Word
from leadworkflows.domain.grammar import MOMENT, ActionSpec, Part, Triggers, check_names
from leadworkflows.domain.hours import read_week
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.spans import Elapsed, Span

MAILS_KEPT = 50
"""So many mails of a lead are remembered, for the cap."""


class Step(Part):
    """A step of a nurture sequence: a mail, or any other action.

    `variants` chooses the mail by industry. Where `when` does not hold, `otherwise` is the mail, or the
    step is passed over; beside the facts of the lead it may ask for `engagement`: clicked, engaged or
    silent since the step before.
    """

    after: Span
    content: str = ""
    variants: dict[Word, str] = Field(default_factory=dict)
    do: ActionSpec | None = None
    when: Condition = Field(default_factory=dict)
    otherwise: str = ""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.content) == (self.do is not None):
            raise ValueError("a step has either content or do, such as content: welcome")
        check_names(self.when, tuple(dict.fromkeys((*MOMENT, *FIRMOGRAPHIC, "engagement"))))
        if self.otherwise and not self.when:
            raise ValueError("otherwise is never sent: add the when it is the other side of, or remove it")
        if "engagement" in self.when:
            _check_engagement(self.when["engagement"])
        return self

    @property
    def is_mail(self) -> bool:
        """Whether it writes to the lead, however that is spelt: such a step keeps to hours and caps."""
        return bool(self.content) or (self.do is not None and self.do.name == "email.send")


ENGAGEMENT = ("clicked", "engaged", "silent")
"""What a lead did since the step before."""
_SAID = "clicked, engaged or silent"


def _check_engagement(test: Test) -> None:
    named = [test.equals] if test.equals is not None else [*(test.one_of or ()), *(test.none_of or ())]
    strange = [str(each) for each in named if each not in ENGAGEMENT]
    if strange or not named:
        raise ValueError(f"engagement is {_SAID}, not {', '.join(strange) or 'a number'}")


class Reentry(Part):
    """When a lead may go through a sequence again in the same pass."""

    after: Elapsed
    times: int = Field(default=1, ge=1, le=20)


class Sequence(Part):
    """A nurture sequence (N1 to N5)."""

    id: str = ""
    topic: Word = "nurture"
    """What a person unsubscribes from who wants no more of it."""
    steps: tuple[Step, ...] = Field(min_length=1)
    stop_on: tuple[Stage, ...] = (Stage.SQL,)
    goal: Triggers = ()
    """What the sequence is for: it ends, reached, when one of these happens."""
    reenter: Reentry | None = None


class Cap(Part):
    """How many mails one person gets within a span, over all sequences; what they asked for counts too."""

    mails: int = Field(ge=1, le=MAILS_KEPT)
    within: Elapsed

    @field_validator("within")
    @classmethod
    def _some_time(cls, within: Span) -> Span:
        if not within.seconds:
            raise ValueError("a cap within no time holds nothing; write a length such as 7d, or remove cap")
        return within


class Sending(Part):
    """When mails leave that nobody asked for: in the lead's own zone, and not too many.

    What a person asked for (a confirmation) is sent at once, whatever stands here.
    """

    hours: dict[str, str | tuple[str, ...]] = Field(default={"mon-sun": "00:00-24:00"})
    """Send windows by day in the lead's zone; everything else is quiet. May cross midnight."""
    zone: TimeZone = "UTC"
    """Where the lead is when neither its zone nor its country is known: the company's own."""
    cap: Cap | None = None
    after_one_off: Elapsed = Span(seconds=0)
    """How long a sequence keeps still after a mail that the person asked for."""
    spread: Elapsed = Span(seconds=0)
    """Mails that wait for a window to open are spread over so much of its beginning."""
    overdue: Literal["send", "latest", "drop", "spread"] = "send"
    """What becomes of a mail that could not leave for longer than `late`: sent all the same, sent unless the
    next step's time has come (then that one is), dropped, or sent spread over `spread`."""
    late: Elapsed = Span(seconds=86_400)

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        if not any(hours.values()):
            raise ValueError(
                'no mail could ever leave; give hours for one day at least: {mon-fri: "08:00-18:00"}'
            )
        read_week(hours)
        return hours

    @cached_property
    def week(self) -> Week:
        """The windows of Monday to Sunday."""
        return read_week(self.hours)


class Consent(Part):
    """What a person must have agreed to before a sequence writes to them."""

    required: bool = False
    """True: only who gave consent (an event `consent_given`, or a form that says so) is nurtured."""
    double_opt_in: bool = False
    """True: consent counts once the person confirmed it from the mail `confirmation`."""
    confirmation: str = "confirm-subscription"


class Enrolment(Part):
    """Who enters which sequence, and how it follows the lead's own rhythm."""

    stages: tuple[Stage, ...]
    default: str
    recycled: dict[Word, str] = Field(default_factory=dict)
    """Sequence by return reason; `persona` means the sequence of the lead's persona."""
    hot: str | None = None
    """The sequence of acceleration offers, which a priority MQL enters at once."""
    click_factor: float = Field(default=1.0, gt=0, le=1)
    silence_factor: float = Field(default=1.0, ge=1, le=10)
