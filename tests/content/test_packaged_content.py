"""Every mail that ships, for somebody we know well and for somebody we hardly know."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from leadworkflows.content import ContentLibrary, Sender
from leadworkflows.policies.loader import CONTENT_FOLDER

LIBRARY = ContentLibrary.load(
    CONTENT_FOLDER, sender=Sender("Nordwind", "https://nordwind.example", "Your Nordwind team", "Berlin")
)
FILES = [
    *[(name, None) for name in LIBRARY.names()],
    *[(name, variant) for name in LIBRARY.names() for variant in LIBRARY.variants(name)],
]
UNSUBSCRIBE = "https://leads.example.com/unsubscribe/opaque"


@dataclass(frozen=True)
class Someone:
    email: str
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    company: str | None = None
    phone: str | None = None


ADA = Someone("ada@example.com", "Ada", "Lovelace", "CFO", "Müller & Söhne_GmbH*", "+49 30 1234")
BARE = Someone("ada@example.com")
FINTECH = {"industry": "financial_services"}


def rendered(name, variant, person=ADA, lead=FINTECH):
    return LIBRARY.render(name, person, lead, variant, UNSUBSCRIBE)


def test_every_content_of_the_default_sequences_is_there():
    assert LIBRARY.names() == sorted(
        [
            *("demo-confirmation", "quote-confirmation", "meeting-confirmation"),
            *("roi-study", "roi-analysis", "customer-case"),
            *("technical-sheet", "technical-documentation", "technical-workshop"),
            *("practical-guide", "sector-case-study", "expert-webinar"),
            *("sales-guide", "case-study", "phone-diagnostic"),
            *("welcome", "guide", "complete-profile", "fresh-start"),
        ]
    )
    assert LIBRARY.variants("sector-case-study") == ["fintech", "manufacturing", "software"]


@pytest.mark.parametrize(("name", "variant"), FILES)
@pytest.mark.parametrize("person", [ADA, BARE], ids=["known", "bare"])
@pytest.mark.parametrize("lead", [FINTECH, {}], ids=["industry", "none"])
def test_every_mail_reads_well_for_whoever_gets_it(name, variant, person, lead):
    mail = rendered(name, variant, person, lead)
    assert mail.source == (f"{name}.{variant}" if variant else name)
    for part in (mail.subject, mail.preheader, mail.text, mail.html):
        assert not re.search(r"None|\{\{|\}\}|\{%|undefined|\\[_*.]", part)
        assert (
            not re.search(r" ,|\( *\)|  \w", re.sub(r"^ +|&\S+;", "", part, flags=re.MULTILINE))
            or part is mail.html
        )
    assert ("Hello Ada," if person is ADA else "Hello,") in mail.text
    assert 15 <= len(mail.subject) <= 90
    assert 400 < len(mail.text) < 3000


@pytest.mark.parametrize(("name", "variant"), FILES)
def test_every_mail_says_who_sends_it_and_how_to_stop(name, variant):
    mail = rendered(name, variant)
    for part in (mail.text, mail.html):
        assert UNSUBSCRIBE in part
        assert "Nordwind, Berlin" in part
        assert "Your Nordwind team" in part


@pytest.mark.parametrize(("name", "variant"), FILES)
def test_the_plain_text_has_every_address_and_no_markup(name, variant):
    mail = rendered(name, variant)
    links = set(re.findall(r'href="([^"]+)"', mail.html)) - {"https://nordwind.example"}
    assert links
    assert all(link in mail.text for link in links)
    assert not re.search(r"<[a-z/]|\*\*|\]\(|^#", mail.text, re.MULTILINE)
    assert (
        max(len(line) for line in mail.text.split("\n") if "https://" not in line and "|" not in line) <= 76
    )


def test_a_company_name_full_of_markup_is_shown_as_it_is():
    mail = rendered("roi-study", None)
    assert "Müller & Söhne_GmbH*" in mail.subject
    assert "Müller &amp; Söhne_GmbH*" in rendered("demo-confirmation", None).html
