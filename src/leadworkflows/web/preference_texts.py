"""What the pages about a person's mail say, in each language that they speak."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Texts:
    """The words of one language. `{company}`, `{address}` and `{topic}` are filled in."""

    language: str
    unsubscribe: str
    ask_all: str
    ask_topic: str
    unsubscribed: str
    done_all: str
    done_topic: str
    choose_instead: str
    changed_mind: str
    preferences: str
    choose: str
    topics: str
    no_mail: str
    no_mail_hint: str
    save: str
    saved: str
    saved_hint: str
    undeliverable: str
    held: str
    confirm: str
    ask_confirm: str
    do_confirm: str
    confirmed: str
    done_confirm: str
    not_you: str
    unknown_link: str
    unknown: str
    nobody: str
    nobody_hint: str
    names: dict[str, str] = field(default_factory=dict)
    """Topics by name; others are called by their own word."""

    def topic(self, word: str) -> str:
        """What a topic is called."""
        return self.names.get(word) or word.replace("_", " ").capitalize()


ENGLISH = Texts(
    language="en",
    unsubscribe="Unsubscribe",
    ask_all="Shall {company} send no more mail to {address}?",
    ask_topic="Shall {company} send no more mail about “{topic}” to {address}?",
    unsubscribed="You are unsubscribed",
    done_all="{company} sends no more mail to {address}.",
    done_topic="{company} sends no more mail about “{topic}” to {address}.",
    choose_instead="Choose what you get instead",
    changed_mind="Changed your mind? Choose what you get",
    preferences="Your mail from {company}",
    choose="Choose what is sent to {address}.",
    topics="I would like to get",
    no_mail="No mail at all",
    no_mail_hint="Whatever is ticked above.",
    save="Save",
    saved="Saved",
    saved_hint="This is what holds from now on.",
    undeliverable=(
        "At present nothing is sent to this address, because a mail came back or was reported as spam."
        " Please write to {company} if that is a mistake."
    ),
    held=(
        "{company} itself holds back some or all mail to this address at present, whatever is ticked here."
        " Please write to {company} if that is a mistake."
    ),
    confirm="Confirm your subscription",
    ask_confirm="Would you like to get mail from {company} at {address}?",
    do_confirm="Yes, confirm",
    confirmed="Thank you, it is confirmed",
    done_confirm="{company} may now write to {address}.",
    not_you="You did not ask for this? Then do nothing: without your confirmation nothing is sent.",
    unknown_link="This link does not work",
    unknown="Please open the one in your newest mail, or copy all of it.",
    nobody="There is nothing to unsubscribe from",
    nobody_hint=(
        "{company} holds no data any more on the person to whom this link was sent, and sends no mail by it."
    ),
    names={"nurture": "Tips and practical examples"},
)

GERMAN = Texts(
    language="de",
    unsubscribe="Abmelden",
    ask_all="Soll {company} keine E-Mails mehr an {address} senden?",
    ask_topic="Soll {company} keine E-Mails mehr zu „{topic}“ an {address} senden?",
    unsubscribed="Sie sind abgemeldet",
    done_all="{company} sendet keine E-Mails mehr an {address}.",
    done_topic="{company} sendet keine E-Mails mehr zu „{topic}“ an {address}.",
    choose_instead="Stattdessen Themen auswählen",
    changed_mind="Anders überlegt? Themen auswählen",
    preferences="Ihre E-Mails von {company}",
    choose="Wählen Sie, was an {address} gesendet wird.",
    topics="Ich möchte erhalten",
    no_mail="Gar keine E-Mails",
    no_mail_hint="Unabhängig von der Auswahl darüber.",
    save="Speichern",
    saved="Gespeichert",
    saved_hint="Das gilt ab sofort.",
    undeliverable=(
        "Zurzeit wird nichts an diese Adresse gesendet, weil eine E-Mail zurückkam oder als Spam gemeldet"
        " wurde. Bitte schreiben Sie {company}, wenn das ein Irrtum ist."
    ),
    held=(
        "Zurzeit hält {company} selbst E-Mails an diese Adresse ganz oder teilweise zurück, unabhängig von"
        " der Auswahl hier. Bitte schreiben Sie {company}, wenn das ein Irrtum ist."
    ),
    confirm="Anmeldung bestätigen",
    ask_confirm="Möchten Sie E-Mails von {company} an {address} erhalten?",
    do_confirm="Ja, bestätigen",
    confirmed="Danke, das ist bestätigt",
    done_confirm="{company} darf jetzt an {address} schreiben.",
    not_you="Sie haben das nicht angefordert? Dann tun Sie nichts: Ohne Bestätigung wird nichts gesendet.",
    unknown_link="Dieser Link funktioniert nicht",
    unknown="Bitte öffnen Sie den aus Ihrer neuesten E-Mail, oder kopieren Sie ihn ganz.",
    nobody="Es gibt nichts abzumelden",
    nobody_hint=(
        "{company} hat keine Daten mehr über die Person, an die dieser Link ging, und sendet darüber keine"
        " E-Mails."
    ),
    names={
        "nurture": "Tipps und Beispiele aus der Praxis",
        "case_studies": "Beispiele aus der Praxis",
        "newsletter": "Newsletter",
        "events": "Veranstaltungen",
        "webinars": "Webinare",
        "product_news": "Neues vom Produkt",
        "offers": "Angebote",
    },
)

_BY_LANGUAGE = {each.language: each for each in (ENGLISH, GERMAN)}


def texts_for(language: str | None, accepted: str = "") -> Texts:
    """In the person's language where the pages speak it, else in what the browser asks for, else English."""
    spoken = [language or "", *_by_preference(accepted)]
    return next((_BY_LANGUAGE[each] for each in spoken if each in _BY_LANGUAGE), ENGLISH)


def _by_preference(header: str) -> list[str]:
    """The languages of an `Accept-Language` header (RFC 9110, section 12.5.4), most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header[:1_000].split(","):
        name, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            wanted.append((quality, name.strip().lower().partition("-")[0]))
    return [name for _, name in sorted(wanted, key=lambda each: -each[0])]
