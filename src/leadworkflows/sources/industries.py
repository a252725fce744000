"""Industries as people write them in forms, in English and German, to the words that a policy uses.

What somebody typed goes no further than the inbox: only a word of this table becomes a fact.
"""

from __future__ import annotations

import re
import unicodedata

_SYNONYMS: dict[str, str] = {
    "software": """software development|software engineering|computer software|software company
        app development|web development|cybersecurity|cyber security|it security|it sicherheit|video games
        martech|adtech|govtech|hr tech|legaltech|edtech|ed tech|education technology
        educational technology|education software|educational software|school software|e learning software
        learning management|Softwareentwicklung|Softwarehersteller|Softwareunternehmen|Softwarehaus
        Bildungssoftware|Lernsoftware""",
    "technology": """tech|high tech|hightech|deep tech|technologies|tech company|computer hardware
        hardware|internet|cloud|cloud computing|artificial intelligence|ai|machine learning|robotics
        big data|Technologie|Technologien|Technologieunternehmen|künstliche Intelligenz|KI|Robotik
        Digitalwirtschaft""",
    "saas": "software as a service|cloud software",
    "it_services": """it|ict|itk|edv|information technology|information technologies|information systems
        it service|it services|it consulting|it support|it industry|managed services
        managed service provider|msp|system integration|systems integration|system integrator
        systems integrator|web hosting|hosting|technology consulting|technology services
        Informationstechnik|Informationstechnologie|IT Branche|IT Dienstleister|IT Dienstleistung
        IT Dienstleistungen|IT Beratung|IT Systemhaus|Systemhaus|Informatik""",
    "fintech": """fin tech|financial technology|financial technologies|financial software
        banking software|payments|payment services|payment provider|crypto|blockchain|Finanztechnologie
        Zahlungsdienstleister""",
    "finance": """financial|financials|financial service|financial services|financial industry
        financial sector|financial institution|capital markets|investment|investments
        investment management|asset management|wealth management|private equity|venture capital|hedge fund
        leasing|Finanzen|Finanzwesen|Finanzbranche|Finanzdienstleister|Finanzdienstleistung
        Finanzdienstleistungen|Finanzindustrie|Finanzsektor|Finanzwirtschaft|Vermögensverwaltung
        Beteiligungsgesellschaft""",
    "banking": """bank|banks|investment banking|retail banking|credit union|credit unions|Banken
        Bankwesen|Bankensektor|Bankenbranche|Kreditinstitut|Kreditinstitute|Kreditwesen|Sparkasse
        Sparkassen""",
    "insurance": """insurances|insurer|insurers|insurance broker|reinsurance|insurtech|health insurance
        medical insurance|property insurance|car insurance|auto insurance|motor insurance|Versicherung
        Versicherungen|Versicherer|Versicherungswesen|Versicherungsbranche|Versicherungswirtschaft
        Versicherungsmakler|Rückversicherung|Krankenkasse|Krankenversicherung""",
    "professional_insurance": """professional insurances|professional liability insurance
        professional indemnity insurance|professional indemnity|Berufshaftpflicht
        Berufshaftpflichtversicherung|Vermögensschadenhaftpflicht""",
    "manufacturing": """manufacturer|manufacturers|manufacture|industrial|industrial manufacturing
        industrial engineering|industrial automation|industrial goods|machinery|machine building
        machine construction|mechanical engineering|mechanical|plant engineering|production|factory|metal
        metalworking|metals|steel|plastics|packaging|textiles|textile|furniture|printing|paper|Fertigung
        Fertigungsindustrie|Produktion|produzierendes Gewerbe|verarbeitendes Gewerbe|Industrie
        Industriebetrieb|Maschinenbau|Maschinenbauer|Maschinen und Anlagenbau|Anlagenbau
        Sondermaschinenbau|Werkzeugbau|Werkzeugmaschinenbau|Metallbau|Metallverarbeitung|Metallindustrie
        Metall|Stahl|Stahlindustrie|Stahlbau|Kunststoff|Kunststoffe|Kunststoffindustrie|Kunststofftechnik
        Verpackung|Verpackungsindustrie|Textil|Textilindustrie|Möbel|Möbelindustrie|Druckindustrie
        Papierindustrie|Automatisierungstechnik|Hersteller""",
    "automotive": """auto|automobile|automobiles|automotive industry|automotive supplier|car|cars
        car industry|car manufacturing|vehicles|vehicle manufacturing|Automobil|Automobilindustrie
        Automobilbranche|Automobilbau|Automobilzulieferer|Autoindustrie|Autobranche|Autohaus|Fahrzeugbau
        Fahrzeugindustrie|Kfz""",
    "aerospace": """aviation|aeronautics|aircraft|space industry|defence|defense|airline|airlines
        aerospace and defence|aerospace and defense|Luftfahrt|Raumfahrt|Luft und Raumfahrt|Flugzeugbau
        Rüstung|Rüstungsindustrie""",
    "electronics": """electronic|electronic components|electrical|electrical engineering
        electrical equipment|electronics manufacturing|electronic manufacturing|Elektronik
        Elektroindustrie|Elektronikindustrie|Elektrotechnik|Elektro|Elektronikfertigung""",
    "consumer_electronics": """consumer electronic|home electronics|Unterhaltungselektronik
        Konsumelektronik""",
    "semiconductors": """semiconductor|semiconductor industry|microchips|microelectronics|Halbleiter
        Halbleiterindustrie|Halbleitertechnik|Mikroelektronik""",
    "chemicals": """chemical|chemistry|chemical industry|chemical manufacturing|specialty chemicals
        Chemie|Chemieindustrie|chemische Industrie|Chemikalien|Spezialchemie""",
    "construction": """building industry|building trade|builder|building materials|civil engineering
        construction engineering|architecture|Bau|Baubranche|Bauen|Bauindustrie|Baugewerbe|Bauunternehmen
        Bauwesen|Bauwirtschaft|Baustoffe|Hochbau|Tiefbau|Architektur|Handwerk""",
    "energy": """energies|utilities|utility|oil|gas|oil and gas|petroleum|electricity|power generation
        renewables|renewable energy|renewable energies|solar|solar energy|wind energy|wind power|nuclear
        cleantech|clean tech|Energien|Energiebranche|Energiewirtschaft|Energieversorgung|Energieversorger
        Stadtwerke|Strom|erneuerbare Energien|Solarenergie|Photovoltaik|Windkraft|Windenergie|Versorger""",
    "biotech": """bio tech|biotechnology|biotechnologies|biotechs|life science|life sciences
        Biotechnologie|Biotechnik|Lebenswissenschaften""",
    "pharma": """pharmaceutical|pharmaceuticals|pharmaceutical industry|pharmacy|pharmacies
        drug manufacturing|Pharmaindustrie|Pharmabranche|Pharmazie|pharmazeutische Industrie|Arzneimittel
        Apotheke|Apotheken""",
    "healthcare": """health care|health|health services|health tech|healthtech|digital health
        public health|hospital|hospitals|university hospital|university clinic|clinic|clinics|medical
        medicine|medical practice|medical services|nursing|elderly care|mental health|Gesundheit
        Gesundheitswesen|Gesundheitsbranche|Gesundheitswirtschaft|Krankenhaus|Krankenhäuser
        Universitätsklinik|Universitätsklinikum|Klinik|Kliniken|Medizin|Arztpraxis|Pflege|Pflegedienst
        Altenpflege""",
    "medical_devices": """medical device|medical technology|medical technologies|medical equipment
        medtech|med tech|diagnostics|Medizintechnik|Medizinprodukte|Medizingeräte|medizinische Geräte
        Diagnostik""",
    "logistics": """logistic|supply chain|supply chain management|warehousing|freight|freight forwarding
        courier|parcel delivery|transport and logistics|transportation and logistics
        logistics and transport|Logistik|Logistikbranche|Logistikdienstleister|Transport und Logistik
        Spedition|Speditionen|Lieferkette|Lagerhaltung|Intralogistik|Kurierdienst""",
    "transport": """transportation|public transport|public transportation|railway|railways|rail|trucking
        shipping|maritime|mobility|Transportwesen|Verkehr|Verkehrswesen|öffentlicher Verkehr|Nahverkehr
        ÖPNV|Bahn|Schifffahrt|Mobilität|Güterverkehr|Transportunternehmen""",
    "telecommunications": """telecommunication|telecom|telecoms|telco|telcos|communications technology
        mobile network operator|internet service provider|Telekommunikation|Telekommunikationsbranche
        Telekom|Mobilfunk|Netzbetreiber""",
    "retail": """retailer|retailers|retail trade|retail industry|shop|supermarket|supermarkets
        fashion retail|Einzelhandel|Einzelhändler|Handel|Handelsunternehmen|Supermarkt|Ladengeschäft""",
    "ecommerce": """e commerce|electronic commerce|online retail|online retailer|online shop
        online shopping|online store|online marketplace|web shop|webshop|Onlinehandel|Onlineshop
        Internethandel|Versandhandel""",
    "wholesale": """wholesaler|wholesalers|wholesale trade|wholesale distribution|distribution
        distributor|distributors|import export|Großhandel|Großhändler|Groß und Außenhandel|Außenhandel
        Distributor""",
    "food": """foods|food and beverage|food and beverages|food and drink|food production|food processing
        food manufacturing|food industry|beverage|beverages|brewery|bakery|Lebensmittel
        Lebensmittelindustrie|Lebensmittelbranche|Lebensmittelproduktion|Nahrungsmittel
        Nahrungsmittelindustrie|Ernährung|Ernährungsindustrie|Getränke|Getränkeindustrie|Brauerei|Bäckerei
        Molkerei|Fleischerei""",
    "agriculture": """agricultural|agribusiness|agritech|agtech|farming|farm|farms|forestry|fishing
        Agrar|Agrarwirtschaft|Agrarindustrie|Landwirtschaft|Landwirtschaft und Forstwirtschaft
        Land und Forstwirtschaft|Forstwirtschaft|Gartenbau|Weinbau""",
    "media": """media and entertainment|entertainment|publishing|publisher|educational publishing
        broadcasting|television|film|music|video production|journalism|news|newspaper|Medien|Medienbranche
        Unterhaltung|Verlag|Verlage|Verlagswesen|Rundfunk|Fernsehen|Presse|Journalismus""",
    "consulting": """consultancy|consultant|consultants|business consulting|management consulting
        strategy consulting|public sector consulting|business consultancy|advisory|Beratung
        Consultingbranche|Unternehmensberatung|Unternehmensberater|Managementberatung|Strategieberatung
        Personalberatung""",
    "professional_services": """professional service|business services|b2b services|legal|legal services
        law|law firm|law practice|accounting|accountancy|audit|auditing|tax advisory|human resources
        recruiting|recruitment|staffing|staffing and recruiting|agency|market research|facility management
        cleaning|Dienstleistung|Dienstleistungen|Dienstleister|Unternehmensdienstleistungen|freie Berufe
        Rechtsberatung|Rechtsanwalt|Rechtsanwälte|Kanzlei|Anwaltskanzlei|Wirtschaftsprüfung|Steuerberatung
        Steuerberater|Buchhaltung|Personaldienstleister|Personaldienstleistung|Personalvermittlung
        Zeitarbeit|Agentur|Marktforschung""",
    "engineering": """engineering services|engineering office|Ingenieurwesen|Ingenieurbüro
        Ingenieurdienstleistungen""",
    "marketing": """marketing agency|marketing services|digital agency|advertising agency|Werbeagentur
        Marketingagentur|advertising|Werbung|Werbebranche|social media|public relations|Marketingbranche""",
    "real_estate": """property|properties|property management|property development|realty|realtor
        proptech|commercial real estate|housing|Immobilien|Immobilienbranche|Immobilienwirtschaft
        Immobilienverwaltung|Immobilienmakler|Hausverwaltung|Wohnungswirtschaft|Wohnungsbau""",
    "hospitality": """hotel|hotels|restaurant|restaurants|catering|tourism|travel|travel and tourism
        leisure|leisure and tourism|gastronomy|food service|food services|Gastgewerbe|Gastronomie
        Hotellerie|Hotelgewerbe|Tourismus|Touristik|Reisen|Reisebranche|Reisebüro|Freizeit""",
    "education": """educational|higher education|education sector|education management|e learning
        elearning|online learning|school|schools|primary school|high school|business school|university
        universities|college|colleges|academia|academic|kindergarten|Bildung|Bildungswesen|Bildungssektor
        Bildungsbranche|Bildungseinrichtung|Weiterbildung|Erwachsenenbildung|Erziehung|Unterricht|Schule
        Schulen|Schulwesen|Berufsschule|Hochschule|Hochschulen|Universität|Universitäten|Kita""",
    "gambling": """gaming and gambling|gambling and casinos|casino|casinos|betting|sports betting
        bookmaker|bookmakers|igaming|i gaming|lottery|lotteries|poker|online gambling|online casino
        Glücksspiel|Glücksspiele|Glücksspielbranche|Wetten|Wettbüro|Wettanbieter|Sportwetten|Lotterie
        Lotto|Spielbank|Spielhalle""",
    "government": """governmental|government administration|federal government|local government
        state government|public sector|public administration|public service|civil service|municipality
        municipalities|ministry|öffentlicher Dienst|öffentlicher Sektor|öffentliche Verwaltung
        öffentliche Hand|Behörde|Behörden|Regierung|Ministerium|Kommune|Kommunen|Kommunalverwaltung
        Stadtverwaltung""",
    "non_profit": """nonprofit|non profit organization|non profit organisation|nonprofits|not for profit
        ngo|ngos|charity|charities|non governmental organization|non governmental organisation
        gemeinnützig|gemeinnützige Organisation|gemeinnütziger Verein|Verein|Vereine
        Nichtregierungsorganisation|Stiftung|Hilfsorganisation|Wohltätigkeit""",
}  # fmt: skip
# "Consumer goods", "other" and their like are left out: they decide nothing.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_JOINERS = frozenset({"and", "und"})

INDUSTRIES = frozenset(_SYNONYMS)
"""Every industry that a form's answer can be."""


def industry(text: str) -> str | None:
    """The industry that an answer names first, or None where it names none that we know.

    Whole words count, and of phrases that begin at the same word the longest: "education technology" is
    software, "software for education" is software, "education, software" is education.
    """
    words = _words(_plain(text))
    starts = (_phrase_at(words, start) for start in range(len(words)))
    return next(filter(None, starts), None)


def _phrase_at(words: list[str], start: int) -> str | None:
    phrases = (" ".join(words[start : start + length]) for length in range(_LONGEST, 0, -1))
    return next((_BY_PHRASE[phrase] for phrase in phrases if phrase in _BY_PHRASE), None)


def _plain(text: str) -> str:
    """Lower case without accents; "ß" is "ss"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _words(plain: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", plain) if word not in _JOINERS]


def _spellings(phrase: str) -> set[str]:
    """A phrase with its umlauts as two letters too: "Möbel", "Mobel" and "Moebel"."""
    lower = phrase.strip().lower()
    return {" ".join(_words(_plain(text))) for text in (lower, lower.translate(_UMLAUTS))}


def _table() -> dict[str, str]:
    rows = (
        (name, phrase) for name, text in _SYNONYMS.items() for phrase in (name, *re.split(r"[|\n]", text))
    )
    return {spelling: name for name, phrase in rows for spelling in _spellings(phrase)}


_BY_PHRASE = _table()
_LONGEST = max(len(phrase.split()) for phrase in _BY_PHRASE)
