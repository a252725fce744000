"""Every mail that ships, in each language, for somebody we know well and for somebody we hardly know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from leadworkflows.content import ContentError, ContentLibrary, MailLinks, Sender
from leadworkflows.policies.loader import CONTENT_FOLDER
from tests.domain.variants import DEFAULT
from tests.vendors.sendgrid_rules import problems

LIBRARY = ContentLibrary.load(
    CONTENT_FOLDER, sender=Sender("Nordwind", "https://nordwind.example", "Your Nordwind team", "Berlin")
)
LANGUAGES = ("en", "de")
VARIANTS = [
    *[(name, None) for name in LIBRARY.names()],
    *[(name, variant) for name in LIBRARY.names() for variant in LIBRARY.variants(name)],
]
FILES = [(name, variant, language) for name, variant in VARIANTS for language in LANGUAGES]
LINKS = MailLinks(
    *(f"https://leads.example.com/{page}/opaque" for page in ("unsubscribe", "mails", "confirm"))
)
FOOTERS = {"en": ("Unsubscribe", "Choose what you get"), "de": ("Abmelden", "Themen auswählen")}
TITLES = {
    persona: next(iter(each.titles), "") for persona, each in DEFAULT.personas.items()
} | {"anyone else": "Beekeeper"}  # fmt: skip


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
GREETINGS = {
    ("en", ADA): "Hello Ada,\n", ("en", BARE): "Hello,\n",
    ("de", ADA): "Guten Tag Ada Lovelace,\n", ("de", BARE): "Guten Tag,\n",
}  # fmt: skip


def rendered(name, variant=None, language="en", person=ADA, lead=FINTECH):
    return LIBRARY.render(name, person, lead, variant, LINKS, language)


def test_every_content_of_the_default_sequences_is_there():
    assert LIBRARY.names() == sorted(
        [
            *("demo-confirmation", "quote-confirmation", "meeting-confirmation", "confirm-subscription"),
            *("roi-study", "roi-analysis", "customer-case"),
            *("technical-sheet", "technical-documentation", "technical-workshop"),
            *("practical-guide", "sector-case-study", "expert-webinar"),
            *("sales-guide", "case-study", "phone-diagnostic"),
            *("welcome", "guide", "complete-profile", "fresh-start"),
            *("diagnostic-15", "workshop-30", "pilot", "expert-call"),
        ]
    )
    assert LIBRARY.variants("sector-case-study") == ["fintech", "manufacturing", "software"]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_every_content_and_variant_is_written_in_english_and_german(name, variant):
    assert LIBRARY.languages(name, variant) == ["de", "en"]
    sources = {language: rendered(name, variant, language) for language in LANGUAGES}
    assert {language: mail.language for language, mail in sources.items()} == {"en": "en", "de": "de"}
    assert sources["en"].category == sources["de"].category
    assert set(links(sources["en"])) == set(links(sources["de"]))


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
@pytest.mark.parametrize("person", [ADA, BARE], ids=["known", "bare"])
@pytest.mark.parametrize("lead", [FINTECH, {}], ids=["industry", "none"])
def test_every_mail_reads_well_for_whoever_gets_it(name, variant, language, person, lead):
    mail = rendered(name, variant, language, person, lead)
    file = ".".join(part for part in (name, variant, "de" if language == "de" else None) if part)
    assert mail.source == file
    for part in (mail.subject, mail.preheader, mail.text, mail.html):
        assert not re.search(r"None|\{\{|\}\}|\{%|undefined|\\[_*.]", part)
        assert (
            not re.search(r" ,|\( *\)|  \w", re.sub(r"^ +|&\S+;", "", part, flags=re.MULTILINE))
            or part is mail.html
        )
    assert mail.text.startswith(GREETINGS[language, person])
    assert 15 <= len(mail.subject) <= 90
    assert 20 <= len(mail.preheader) <= 110
    assert 400 < len(mail.text) < 3000


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
def test_every_persona_gets_every_mail_with_whatever_is_known_of_them(name, variant, language):
    for title in TITLES.values():
        for company in ("Engines", None):
            for first_name in ("Ada", None):
                person = Someone("ada@example.com", first_name, None, title or None, company)
                mail = rendered(name, variant, language, person)
                assert "None" not in mail.text
                assert company is None or not re.search("your company|Ihrem? Unternehmen\\b", mail.subject)


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
def test_every_mail_says_who_sends_it_why_and_how_to_stop_in_its_language(name, variant, language):
    mail = rendered(name, variant, language)
    because = {"en": "You get this mail because", "de": "Sie erhalten diese E-Mail, weil"}[language]
    for part in (mail.text, mail.html):
        assert LINKS.unsubscribe in part
        assert LINKS.preferences in part
        assert "Nordwind, Berlin" in part
        assert "Your Nordwind team" in part
        assert all(word in part for word in (because, *FOOTERS[language]))
    assert f'<html lang="{language}"' in mail.html


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
def test_the_plain_text_has_every_address_and_no_markup(name, variant, language):
    mail = rendered(name, variant, language)
    assert links(mail)
    assert all(link in mail.text for link in links(mail))
    assert not re.search(r"<[a-z/]|\*\*|\]\(|^#", mail.text, re.MULTILINE)
    assert (
        max(len(line) for line in mail.text.split("\n") if "https://" not in line and "|" not in line) <= 76
    )


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
def test_the_html_closes_what_it_opens(name, variant, language):
    checked = _Closed()
    checked.feed(rendered(name, variant, language).html)
    assert checked.crossed == checked.open == []


@pytest.mark.parametrize(("name", "variant", "language"), FILES)
def test_sendgrid_takes_every_mail(name, variant, language):
    mail = rendered(name, variant, language)
    parts = {"text/plain": mail.text, "text/html": mail.html}
    header = {
        "List-Unsubscribe": f"<{LINKS.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    body = {
        "personalizations": [{"to": [{"email": ADA.email}], "headers": header}],
        "from": {"email": "sales@nordwind.example"},
        "subject": mail.subject,
        "content": [{"type": kind, "value": value} for kind, value in parts.items()],
        "categories": [mail.category, name],
    }
    assert list(problems(body, 0)) == []
    # Gmail cuts a mail off behind 102 KB, and with it the footer.
    assert len(mail.html.encode()) < 60_000


def test_the_mail_that_asks_for_a_confirmation_is_nothing_without_its_link():
    for language in LANGUAGES:
        assert LINKS.confirm in rendered("confirm-subscription", None, language).text
        with pytest.raises(ContentError, match="confirm_url"):
            LIBRARY.render("confirm-subscription", ADA, {}, None, MailLinks("https://x.example/u"), language)


def test_german_mails_begin_in_lower_case_after_the_comma():
    """A noun or a name may follow, so only the words that often begin a sentence are looked for."""
    for name, variant in VARIANTS:
        text = rendered(name, variant, "de").text
        assert not re.match(
            r"Guten Tag[^\n]*,\n\n(Wir|Vielen|Die|Der|Das|Ein|Eine|Wer|Für|Vor|In|Im)\b", text
        )


def test_a_company_name_full_of_markup_is_shown_as_it_is():
    mail = rendered("roi-study")
    assert "Müller & Söhne_GmbH*" in mail.subject
    assert "Müller &amp; Söhne_GmbH*" in rendered("demo-confirmation").html


def links(mail):
    return set(re.findall(r'href="([^"]+)"', mail.html)) - {"https://nordwind.example"}


class _Closed(HTMLParser):
    """Tags that do not close each other."""

    def __init__(self):
        super().__init__()
        self.open, self.crossed = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br", "hr", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)
