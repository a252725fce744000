"""What stands in every mail beside its content, in the mail's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The greeting, the footer, and names for what is not known.

    `at` is what stands before a company's name, `at_yours` the whole where it is not known.
    """

    hello: str
    your_company: str
    at: str
    at_yours: str
    confirmation: str
    nurture: str
    recycled: str
    unsubscribe: str
    preferences: str
    reply: str
    team: str
    """Who signs where nobody said so, with the company's name in its place."""
    full_name: bool = False
    """Who is not on first-name terms is greeted by the whole name, or by none."""

    def reason(self, category: str) -> str:
        """Why somebody gets a mail of this category."""
        return {"confirmation": self.confirmation, "recycled": self.recycled}.get(category, self.nurture)


_ENGLISH = Words(
    hello="Hello",
    your_company="your company",
    at="at",
    at_yours="at your company",
    confirmation="You get this mail because you sent us a request.",
    nurture="You get this mail because you showed interest in what we do.",
    recycled="You get this mail because we have been in contact.",
    unsubscribe="Unsubscribe",
    preferences="Choose what you get",
    reply='Reply "unsubscribe" and we stop.',
    team="The {} team",
)
_WORDS = {
    "en": _ENGLISH,
    "de": Words(
        hello="Guten Tag",
        your_company="Ihr Unternehmen",
        at="bei",
        at_yours="in Ihrem Unternehmen",
        confirmation="Sie erhalten diese E-Mail, weil Sie uns eine Anfrage geschickt haben.",
        nurture="Sie erhalten diese E-Mail, weil Sie sich für unser Angebot interessiert haben.",
        recycled="Sie erhalten diese E-Mail, weil wir schon einmal in Kontakt waren.",
        unsubscribe="Abmelden",
        preferences="Themen auswählen",
        reply="Antworten Sie mit „abmelden“, und Sie hören nichts mehr von uns.",
        team="Ihr Team von {}",
        full_name=True,
    ),
    "fr": Words(
        hello="Bonjour",
        your_company="votre entreprise",
        at="chez",
        at_yours="dans votre entreprise",
        confirmation="Vous recevez cet e-mail parce que vous nous avez adressé une demande.",
        nurture="Vous recevez cet e-mail parce que vous vous êtes intéressé à notre offre.",
        recycled="Vous recevez cet e-mail parce que nous avons déjà été en contact.",
        unsubscribe="Se désabonner",
        preferences="Choisir ce que vous recevez",
        reply="Répondez « désabonner » et nous arrêtons.",
        team="L'équipe {}",
        full_name=True,
    ),
}


def words_of(language: str) -> Words:
    """The words of a language, `de` or `de-AT`; the English ones where ours are not written yet."""
    return _WORDS.get(language[:2], _ENGLISH)
