from __future__ import annotations

import re

import pytest

from leadworkflows.content import ContentError, ContentLibrary, MailLinks
from tests.content.test_packaged_content import ADA, BARE


def front(**more):
    given = {"subject": "Hi {{ first_name }}", "category": "nurture", **more}
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in given.items()) + "---\n"


@pytest.fixture
def written(tmp_path):
    """A library of files, each saying its own name."""

    def write(*names, **more):
        for name in names:
            language = {"language": name.split(".")[-2]} if re.search(r"\.[a-z]{2}\.md$", name) else {}
            (tmp_path / name).write_text(front(**language, **more) + f"This is {name}")
        return ContentLibrary.load(tmp_path)

    return write


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ("x.md x.fintech.md x.de.md x.fintech.de.md", "x.fintech.de"),
        ("x.md x.fintech.md x.de.md", "x.de"),
        ("x.md x.fintech.md", "x.fintech"),
        ("x.md x.software.de.md", "x"),
    ],
)
def test_the_readers_language_comes_before_their_industry(written, files, taken):
    mail = written(*files.split()).render("x", BARE, {}, "fintech", None, "de")
    assert mail.source == taken
    assert mail.language == ("de" if taken.endswith("de") else "en")


def test_the_file_without_a_language_in_its_name_stands_for_all_others(written):
    library = written("x.md", "x.de.md")
    assert [library.render("x", BARE, {}, None, None, each).source for each in ("en", "fr", None)] == [
        "x"
    ] * 3


def test_a_file_may_be_written_in_another_language_than_english(tmp_path):
    (tmp_path / "x.md").write_text(front(language="de-AT") + "Grüß Gott")
    (tmp_path / "x.fintech.en.md").write_text(front() + "Good day")
    library = ContentLibrary.load(tmp_path)
    mail = library.render("x", BARE, {}, None, None, "de")
    assert mail.language == "de"
    assert '<html lang="de-AT"' in mail.html
    assert "weil Sie sich für unser Angebot interessiert haben" in " ".join(mail.text.split())
    assert library.render("x", BARE, {}, "fintech", None, "de").source == "x"
    assert library.render("x", BARE, {}, "fintech", None, "en").source == "x.fintech.en"


def test_it_is_known_what_is_missing(written):
    library = written("x.md", "x.de.md", "x.life-sciences.md", "y.fr.md")
    assert library.names() == ["x", "y"]
    assert library.languages("x") == ["de", "en"]
    assert library.languages("x", "life_sciences") == ["en"]
    assert library.missing("x", None, ("en", "de", "fr")) == ["fr"]
    assert library.missing("x", "life_sciences", ("en", "de")) == ["de"]
    assert library.missing("nothing", None, ("en",)) == ["en"]


def test_a_content_in_no_language_that_would_do_is_named(written):
    with pytest.raises(ContentError, match=r"y\.md: there is no such content; it is written in fr"):
        written("y.fr.md").render("y", BARE, {}, None, None, "de")


def test_a_name_and_a_front_matter_that_disagree_are_refused(tmp_path):
    (tmp_path / "x.de.md").write_text(front(language="en") + "Hello")
    with pytest.raises(ContentError, match=r"x\.de\.md: language: the file's name says de, not en"):
        ContentLibrary.load(tmp_path)


def test_a_language_of_which_we_have_no_words_gets_the_english_footer(written):
    assert "You get this mail because" in written("x.md", "x.tr.md").render("x", ADA, {}, language="tr").text


def test_the_greeting_is_the_languages_own(tmp_path):
    for language in ("en", "de", "fr"):
        (tmp_path / f"x.{language}.md").write_text(front() + "{{ hello }} {{ at_your_company }}")
    library = ContentLibrary.load(tmp_path)
    said = {
        each: library.render("x", ADA, {}, language=each).text.split("\n")[0] for each in ("en", "de", "fr")
    }
    assert said == {
        "en": "Hello Ada, at Müller & Söhne_GmbH*",
        "de": "Guten Tag Ada Lovelace, bei Müller & Söhne_GmbH*",
        "fr": "Bonjour Ada Lovelace, chez Müller & Söhne_GmbH*",
    }
    assert library.render("x", BARE, {}, language="de").text.startswith("Guten Tag, in Ihrem Unternehmen\n")


def test_an_industry_without_a_word_in_the_language_is_left_out(tmp_path):
    (tmp_path / "x.md").write_text(front() + "[{{ industry }}]")
    (tmp_path / "x.de.md").write_text(front() + "[{{ industry }}]")
    library = ContentLibrary.load(tmp_path)
    said = [
        library.render("x", BARE, {"industry": industry}, language=language).text.split("\n")[0]
        for industry in ("medical_devices", "falconry")
        for language in ("en", "de")
    ]
    assert said == ["[medical devices]", "[Medizintechnik]", "[falconry]", "[]"]


def test_a_mail_links_to_what_it_was_given_and_to_nothing_else(written):
    library = written("x.md")
    with_both = library.render("x", BARE, {}, links=MailLinks("https://x.example/u", "https://x.example/p"))
    assert "Unsubscribe: https://x.example/u\nChoose what you get: https://x.example/p" in with_both.text
    only_one = library.render("x", BARE, {}, links=MailLinks("https://x.example/u"))
    assert "Choose what you get" not in only_one.text + only_one.html


def test_whoever_logs_links_shows_none():
    assert "secret" not in repr(MailLinks("https://x.example/secret"))
