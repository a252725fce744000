from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.content import ContentError, ContentLibrary
from leadworkflows.policies.loader import content_folders
from tests.content.test_packaged_content import BARE, Someone

FRONT = "---\nsubject: Hi {{ first_name }}\ncategory: nurture\n---\n"
VALUES = (
    st.none() | st.text(max_size=300) | st.text(alphabet="<>&[]()*_`!#|\\\n\"'{}%:/.-\u202e", max_size=100)
)


def library(tmp_path, body="{{ hello }}", name="x.md", front=FRONT):
    (tmp_path / name).write_text(front + body, encoding="utf-8")
    return ContentLibrary.load(tmp_path)


@dataclass(frozen=True)
class Echo:
    body: str = "{{ first_name }} | {{ company }} | {{ title }}"


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    return library(tmp_path_factory.mktemp("echo"), Echo.body)


@given(first_name=VALUES, company=VALUES, title=VALUES)
def test_what_a_form_held_never_becomes_markup(echo, first_name, company, title):
    person = Someone("a@example.com", first_name, None, title, company)
    plain = echo.render("x", BARE, {})
    mail = echo.render("x", person, {})
    assert re.findall(r"<[a-zA-Z/!][^>]*>", mail.html) == re.findall(r"<[a-zA-Z/!][^>]*>", plain.html)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


def test_values_arrive_whole(echo):
    person = Someone("a@example.com", "Zoë", None, "Head of R&D", "[Click](evil.example) <b>AG</b>")
    mail = echo.render("x", person, {})
    assert "Zoë | [Click](evil.example) <b>AG</b> | Head of R&D" in mail.text


@pytest.mark.parametrize(
    "text",
    [
        "evil.example", "Ada: https://x.de", "WWW.x", "a@b", "a\uff0fb", "evil\uff0eexample",
        "evil.\u200bexample", "<b>Ada</b>",
    ],
)  # fmt: skip
def test_a_stranger_has_no_link_sent_from_our_domain(echo, text):
    person = Someone("a@example.com", text, text, text, "see https://evil.example")
    assert echo.render("x", person, {}).text.startswith("|  |")


def test_nobody_is_greeted_by_a_sentence(echo):
    person = Someone("a@example.com", "your account is locked, call 0800 1234567 now", None, None, None)
    assert echo.render("x", person, {}).text.startswith("|  |")


@pytest.mark.parametrize("company", ["Müller & Co. KG", "Node.js GmbH", "A/B Test AG"])
def test_a_company_with_a_dot_keeps_its_name(echo, company):
    person = Someone("a@example.com", "J. R. R.", None, "Head of R&D", company)
    assert f"J. R. R. | {company} | Head of R&D" in echo.render("x", person, {}).text


def test_a_variant_is_used_where_there_is_one_and_the_base_elsewhere(tmp_path):
    library(tmp_path, "base")
    both = library(tmp_path, "special", name="x.life-sciences.md")
    assert "special" in both.render("x", BARE, {}, "life_sciences").text
    assert both.render("x", BARE, {}, "fintech").source == "x"
    assert both.names() == ["x"]
    assert both.has("x")


def test_a_button_has_its_room_where_a_link_can_have_no_padding(tmp_path):
    mail = library(tmp_path, '[Read it](https://example.com/a_b "button")').render("x", BARE, {})
    assert re.search(r'<td [^>]*bgcolor="#[^>]*mso-padding-alt:13px 26px', mail.html)


def test_a_link_titled_button_is_a_button_and_an_address_in_the_text(tmp_path):
    mail = library(tmp_path, '[Read it](https://example.com/a_b "button")').render("x", BARE, {})
    assert 'href="https://example.com/a_b" style="display:inline-block' in mail.html
    assert "Read it: https://example.com/a_b" in mail.text


def test_plain_text_keeps_lists_tables_and_quotes(tmp_path):
    body = "1. one\n2. two\n   - inner\n\n| a | b |\n| --- | --- |\n| c | d |\n\n> said\n\n---\n\n## Head\n"
    text = library(tmp_path, body).render("x", BARE, {}).text
    assert "1. one\n2. two\n  - inner" in text
    assert "a | b\nc | d" in text
    assert "> said" in text
    assert "\n\nHead\n\n" in text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("no front matter", "front matter between two lines"),
        ("---\nsubject: [\n---\nx", "not YAML"),
        ("---\ncategory: nurture\n---\nx", "subject: Field required"),
        ("---\nsubject: a\ncategory: spam\n---\nx", "category"),
        ("---\nsubject: a\ncategory: nurture\ncolour: red\n---\nx", "colour"),
        ("---\nsubject: a\ncategory: nurture\n---\n \n", "no text"),
        (FRONT + "{{ frist_name }}", "'frist_name' is undefined"),
        (FRONT + "one\n{% if %}", "line 2"),
        (FRONT + "{{ ''.__class__.__mro__ }}", "unsafe"),
        (FRONT + "{{ 1 / 0 }}", "ZeroDivisionError"),
    ],
)
def test_a_broken_file_is_found_when_it_is_loaded_and_named(tmp_path, content, problem):
    (tmp_path / "x.md").write_text(content)
    with pytest.raises(ContentError, match=re.escape(problem)) as raised:
        ContentLibrary.load(tmp_path)
    assert str(raised.value).startswith("x.md: ")


def test_a_file_with_a_capital_letter_is_refused(tmp_path):
    with pytest.raises(ContentError, match="lower case"):
        library(tmp_path, name="Welcome.md")


def test_a_content_that_nobody_wrote_is_named(tmp_path):
    with pytest.raises(ContentError, match=r"y\.md"):
        library(tmp_path).render("y", BARE, {})


def test_without_a_link_the_footer_says_how_to_stop(tmp_path):
    mail = library(tmp_path).render("x", BARE, {})
    assert 'Reply "unsubscribe"' in mail.text
    assert "unsubscribe" in mail.html


def test_a_file_of_ones_own_takes_the_place_of_the_packaged_one_and_adds_to_them(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "welcome.md").write_text(FRONT + "Our own welcome")
    (own / "pilot-offer.md").write_text(FRONT + "Try it for six weeks")
    both = ContentLibrary.load(*content_folders(own))
    assert "Our own welcome" in both.render("welcome", BARE, {}).text
    assert {"pilot-offer", "roi-study"} <= set(both.names())


def test_a_content_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ContentError, match="no such folder"):
        ContentLibrary.load(*content_folders(tmp_path / "nowhere"))
