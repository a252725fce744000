"""What is wrong with the parts of a policy about mails is said at its field, with the fix."""

from __future__ import annotations

import pytest

from tests.policies.files import changed, line_of, problems

HOURS, CAP = '  hours: {mon-fri: "08:00-18:00"}', "  cap: {mails: 3, within: 7d}"
STEP, GENERAL = "{after: 1h, content: welcome}", "    id: N5"
MISTAKES = [
    (HOURS, '  hours: {mon: "8-18"}', "sending.hours: '8-18' is no stretch of a day; write 09:00-18:00"),
    (HOURS, '  hours: {mo: "08:00-18:00"}', "sending.hours: 'mo' names no days; write mon, mon-fri"),
    (HOURS, "  hours: {}", "sending.hours: no mail could ever leave; give hours for one day at least"),
    (HOURS, "  hours: {mon: []}", "sending.hours: no mail could ever leave"),
    (HOURS, "  hours: {mon: 480}", "sending.hours.mon: expected text in quotes, or a list of it"),
    (HOURS, "  hours: always", "sending.hours: expected fields with values, such as {name: value}"),
    ("  zone: UTC\n  cap", "  zone: Berlin\n  cap", "sending.zone: expected an IANA time zone"),
    ("  zone: UTC\n  cap", "  zone:\n  cap", "sending.zone: has no value; write one, or remove the line"),
    (CAP, "  cap: 3", "sending.cap: expected fields with values"),
    (CAP, "  cap: {mails: 0, within: 7d}", "sending.cap.mails: must be 1 or more"),
    (CAP, "  cap: {mails: 51, within: 7d}", "sending.cap.mails: must be 50 or less"),
    (CAP, "  cap: {mails: three, within: 7d}", "sending.cap.mails: expected a whole number"),
    (CAP, "  cap: {mails: 3, within: 7}", "sending.cap.within: 7 has no unit; write 7m, 7h or 7d"),
    (CAP, "  cap: {mails: 3, within: 0d}", "sending.cap.within: a cap within no time holds nothing"),
    (CAP, "  cap: {mails: 3, within: 2 business days}", "working time does not count here"),
    ("  spread: 30m", "  spread: 99999999d", "sending.spread: '99999999d' is longer than ten years"),
    ("overdue: send", "overdue: dorp", "'latest', 'drop' or 'spread'; did you mean 'drop'?"),
    ("{required: false,", "{required: perhaps,", "consent.required: expected true or false"),
    ("languages: [en, de]", "languages: []", "languages: expected one at least"),
    ("languages: [en, de]", "languages: en", "languages: expected a list, such as [a, b]"),
    ("languages: [en, de]", "languages: [english]", "languages.0: expected an ISO 639 code of two letters"),
    ("hot: acceleration", "hot: fast", "enrolment.hot: there is no sequence 'fast'; there are finance"),
    ("silence_factor: 1.5", "silence_factor: 0.5", "enrolment.silence_factor: must be 1 or more"),
    (STEP, "{after: 1h, content: guide, otherwise: pilot}", "otherwise is never sent: add the when"),
    (STEP, "{after: 1h, content: guide, when: {engagement: clickd}}", "or silent, not clickd"),
    (STEP, "{after: 1h, content: guide, when: {engagement: {gt: 3}}}", "or silent, not a number"),
    (GENERAL, "    goal: webinar_regstered", "not known; did you mean 'webinar_registered'?"),
    (GENERAL, "    stop_on: sql", "nurture.general.stop_on: expected a list, such as [a, b]"),
    (GENERAL, "    reenter: {times: 2}", "nurture.general.reenter.after: missing; add it"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES, ids=[says[:60] for *_, says in MISTAKES])
def test_one_mistake_about_mails_is_one_problem_with_its_field_and_fix(old, new, says, tmp_path):
    (found,) = problems(changed(tmp_path, (old, new)))
    assert says in found


@pytest.mark.parametrize(("old", "new"), [(HOURS, '  hours: {mon: "8-18"}'), (HOURS, "  hours: {}")])
def test_hours_that_cannot_be_read_are_told_on_their_own_line(old, new, tmp_path):
    path = changed(tmp_path, (old, new))
    (found,) = problems(path)
    assert found.startswith(f"line {line_of(path, new)}: ")


def test_a_step_may_ask_for_any_engagement_that_there_is(tmp_path):
    for asked in ("clicked", "[clicked, engaged]", "{not_in: [silent]}"):
        step = f"{{after: 1h, content: welcome, when: {{engagement: {asked}}}, otherwise: pilot}}"
        assert problems(changed(tmp_path, (STEP, step))) == []
