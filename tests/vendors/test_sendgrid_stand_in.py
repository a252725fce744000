"""The stand-in is only worth something if it refuses what SendGrid refuses."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.vendors.sendgrid import SendGridStandIn, judge
from tests.vendors.server import Answer

VECTORS = json.loads((Path(__file__).parent / "vectors/out_sendgrid_mail_send.json").read_text())
NOW = 1_770_000_000


def mail(**changes):
    return {
        "personalizations": [{"to": [{"email": "ada@example.com"}]}],
        "from": {"email": "sales@example.com"},
        "subject": "Hello",
        "content": [{"type": "text/plain", "value": "Hello"}],
        **changes,
    }


def one(**changes):
    return mail(personalizations=[{"to": [{"email": "ada@example.com"}], **changes}])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_every_recorded_mail_is_judged_as_sendgrid_judges_it(case):
    request = case["request"]
    with SendGridStandIn() as sendgrid:
        answer = httpx.request(
            request["method"],
            f"{sendgrid.url}{request['path']}",
            json=request["json"],
            headers={"Authorization": "Bearer SG.test"},
        )
    assert (answer.status_code in {200, 202}) is case["expected"]["valid"], answer.text
    if not case["expected"]["valid"]:
        assert str(answer.status_code) == case["expected"]["status"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (mail(personalizations=[{"to": [{"email": "a@example.com"}]}] * 1001), "personalizations"),
        (one(to=[{"email": f"a{n}@example.com"} for n in range(1001)]), "personalizations"),
        (one(to=[{"email": "no address"}]), "personalizations.0.to.0.email"),
        (one(cc=[{"email": "ADA@example.com"}]), "personalizations.0.cc.0.email"),
        (one(to=[{"email": "ada@example.com", "name": "a\nb"}]), "personalizations.0.to.0.name"),
        (mail(subject=""), "personalizations.0.subject"),
        (mail(subject="a\r\nBcc: b@example.com"), "personalizations.0.subject"),
        (one(custom_args={"n": 1}), "personalizations.0.custom_args.n"),
        (
            mail(content=[{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "a"}]),
            "content",
        ),
        (mail(categories=[str(n) for n in range(11)]), "categories"),
        (mail(categories=["x" * 256]), "categories.0"),
        (mail(send_at=NOW + 72 * 3600 + 1), "send_at"),
        (mail(headers={"X-SG-EID": "1"}), "headers.x-sg-eid"),
        (mail(headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}), "headers.list-unsubscribe"),
        (mail(colour="red"), "colour"),
        (mail(mail_settings={"sandbox_mode": {"enable": "yes"}}), "mail_settings.sandbox_mode.enable"),
    ],
)  # fmt: skip
def test_what_the_documents_forbid_is_named_by_its_field(wrong, field):
    assert field in [where for where, _problem in judge(wrong, NOW)]


def test_a_small_correct_mail_is_taken():
    assert not list(judge(mail(), NOW))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {"Authorization": "Bearer wrong"}}, 401),
        ({"headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"\xff\xfe"}, 415),
        ({"content": b"{"}, 400),
        ({"content": b'"' + b"x" * (30 * 1024 * 1024) + b'"'}, 413),
    ],
)
def test_a_request_is_judged_before_the_mail_in_it(change, status):
    headers = {"Authorization": "Bearer SG.test", "Content-Type": "application/json"}
    with SendGridStandIn() as sendgrid:
        answer = httpx.post(
            f"{sendgrid.url}/v3/mail/send",
            content=change.get("content", b"{}"),
            headers={**headers, **change.get("headers", {})},
        )
    assert answer.status_code == status


def test_a_fault_is_used_up_by_one_request():
    with SendGridStandIn() as sendgrid:
        sendgrid.fail(Answer(500))
        answers = [
            httpx.post(
                f"{sendgrid.url}/v3/mail/send", json=mail(), headers={"Authorization": "Bearer SG.test"}
            ).status_code
            for _ in range(2)
        ]
    assert answers == [500, 202]
    assert len(sendgrid.accepted) == 1
