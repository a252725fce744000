from __future__ import annotations

import re
from collections import Counter

import pytest

from leadworkflows.content import ContentError, ContentLibrary, MailLinks
from tests.content.test_packaged_content import ADA, BARE

EXPECTED = "acaccaba"
TEMPLATE = "d-0123456789abcdef0123456789abcdef"


def library(tmp_path, front, body="{{ hello }}", name="x.md"):
    (tmp_path / name).write_text(f"---\ncategory: nurture\n{front}\n---\n{body}")
    return ContentLibrary.load(tmp_path)


def drawn(lib, lead, content="x"):
    mail = lib.render(content, BARE, {"lead_id": lead})
    return mail.subject, mail.subject_variant


def test_one_subject_is_no_test(tmp_path):
    assert drawn(library(tmp_path, "subject: Only one"), "a1") == ("Only one", None)


def test_a_lead_keeps_its_subject_in_every_process_and_language(tmp_path):
    library(tmp_path, "subject: [First, Second, Third]")
    lib = library(tmp_path, "subject: [Erster, Zweiter, Dritter]", name="x.de.md")
    # Written out: another choice in a later version would mix what was measured.
    assert [drawn(lib, f"lead-{n}")[1] for n in range(8)] == list(EXPECTED)
    german = lib.render("x", BARE, {"lead_id": "lead-0"}, language="de")
    assert german.subject_variant == EXPECTED[0]
    assert german.subject == {"a": "Erster", "b": "Zweiter", "c": "Dritter"}[EXPECTED[0]]


def test_subjects_are_drawn_evenly_and_of_each_content_anew(tmp_path):
    library(tmp_path, "subject: [First, Second]")
    lib = library(tmp_path, "subject: [First, Second]", name="y.md")
    leads = [f"lead-{n}" for n in range(400)]
    assert all(160 < count < 240 for count in Counter(drawn(lib, lead) for lead in leads).values())
    same = sum(drawn(lib, lead) == drawn(lib, lead, "y") for lead in leads)
    assert 160 < same < 240


def test_without_a_lead_the_first_subject_is_taken(tmp_path):
    assert library(tmp_path, "subject: [First, Second]").render("x", BARE, {}).subject == "First"


@pytest.mark.parametrize("subjects", ["[]", "[a, b, c, d, e]", "['']", "3"])
def test_a_list_of_subjects_that_is_none_is_refused(tmp_path, subjects):
    with pytest.raises(ContentError, match=r"x\.md: subject"):
        library(tmp_path, f"subject: {subjects}")


def test_every_subject_is_checked_when_the_file_is_read(tmp_path):
    with pytest.raises(ContentError, match="'nobody' is undefined"):
        library(tmp_path, 'subject: [First, "{{ nobody }}"]')


def test_a_dynamic_template_gets_the_values_it_names(tmp_path):
    front = (
        f"subject: Hi\ntemplate_id: {TEMPLATE}\ndata: [first_name, your_company, subject, unsubscribe_url]"
    )
    mail = library(tmp_path, front, "").render("x", ADA, {}, links=MailLinks("https://x.example/u"))
    assert mail.template_id == TEMPLATE
    assert mail.data == {
        "first_name": "Ada", "your_company": "Müller & Söhne_GmbH*", "subject": "Hi",
        "unsubscribe_url": "https://x.example/u",
    }  # fmt: skip


def test_a_dynamic_template_needs_no_text_and_shows_the_text_it_has(tmp_path):
    front = f"subject: Hi\ntemplate_id: {TEMPLATE}"
    assert library(tmp_path, front, "").render("x", ADA, {}).text.startswith("The Example team")
    assert library(tmp_path, front, "What it says").render("x", ADA, {}).text.startswith("What it says")


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        (f"template_id: {TEMPLATE}\ndata: [frist_name]", "data: no value is called frist_name; "),
        ("template_id: 0123", "template_id: "),
        ("data: [first_name]", "data is for a dynamic template: name it in template_id, or remove data"),
    ],
)
def test_a_template_that_could_not_be_filled_is_refused(tmp_path, front, problem):
    with pytest.raises(ContentError, match=re.escape(problem)):
        library(tmp_path, f"subject: Hi\n{front}")


def test_a_content_without_a_template_has_none(tmp_path):
    mail = library(tmp_path, "subject: Hi").render("x", ADA, {})
    assert (mail.template_id, dict(mail.data)) == (None, {})
