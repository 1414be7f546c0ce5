"""Who shops in the demo: 40 people, the first of whom one can sign in as."""

import unicodedata
from typing import Any, NamedTuple


class Person(NamedTuple):
    """A customer and where they live."""

    name: str
    language: str
    street: str
    number: str
    postal_code: str
    city: str
    country: str

    @property
    def email(self) -> str:
        """An address in a domain that exists nowhere (RFC 2606)."""
        plain = unicodedata.normalize("NFKD", self.name.split()[0]).encode("ascii", "ignore").decode()
        return f"{plain.lower()}@demo.example"

    @property
    def address(self) -> dict[str, str]:
        """As POST /orders takes it."""
        return {
            "recipient": self.name,
            "street": self.street,
            "number": self.number,
            "postal_code": self.postal_code,
            "city": self.city,
            "country": self.country,
        }


_STREETS = {
    "PT": ("pt", "Rua das Flores", "4050-262", "Porto"),
    "ES": ("en", "Calle de Alcalá", "28014", "Madrid"),
    "FR": ("fr", "Rue du Commerce", "75015", "Paris"),
    "BE": ("fr", "Rue Neuve", "1000", "Bruxelles"),
    "DE": ("en", "Kastanienallee", "10435", "Berlin"),
    "NL": ("en", "Prinsengracht", "1016 HK", "Amsterdam"),
    "IT": ("en", "Via Garibaldi", "10122", "Torino"),
    "AT": ("en", "Neubaugasse", "1070", "Wien"),
    "GB": ("en", "Mill Lane", "CB2 1RX", "Cambridge"),
    "US": ("en", "Elm Street", "02139", "Cambridge"),
    "BR": ("pt", "Rua Augusta", "01304-001", "São Paulo"),
    "CA": ("fr", "Rue Saint-Denis", "H2X 3K8", "Montréal"),
}

_NAMES = {
    "PT": ("Inês Carvalho", "Tomás Ferreira", "Beatriz Sousa", "Rui Almeida"),
    "ES": ("Lucía Romero", "Javier Ortega", "Carmen Vidal"),
    "FR": ("Chloé Martin", "Hugo Bernard", "Manon Petit", "Louis Moreau", "Camille Laurent"),
    "BE": ("Emma Peeters", "Arthur Claes"),
    "DE": ("Hannah Becker", "Jonas Vogel", "Marie Schulz", "Felix Krüger", "Greta Lindner"),
    "NL": ("Sanne Bakker", "Daan Visser", "Lotte Mulder"),
    "IT": ("Giulia Conti", "Matteo Ricci", "Elena Greco"),
    "AT": ("Anna Gruber", "Lukas Steiner"),
    "GB": ("Alice Turner", "Oliver Hughes", "Poppy Clarke", "Harry Wood", "Edith Marsh"),
    "US": ("Grace Miller", "Ethan Brooks", "Ruth Coleman"),
    "BR": ("Ana Ribeiro", "Caio Martins", "Luiza Teixeira"),
    "CA": ("Léa Tremblay", "Noah Gagnon"),
}


def _people() -> tuple[Person, ...]:
    made = []
    for country, names in _NAMES.items():
        language, street, postal_code, city = _STREETS[country]
        for position, name in enumerate(names):
            made.append(Person(name, language, street, str(7 + 12 * position), postal_code, city, country))
    return tuple(made)


PEOPLE = _people()

ACCOUNTS = (PEOPLE[0], PEOPLE[7])
"""Those whose passwords are shown, once: one writes in Portuguese, one in French."""

VIPS = (PEOPLE[0], PEOPLE[14], PEOPLE[27], PEOPLE[32])


def registration(person: Person, password: str) -> dict[str, Any]:
    """As POST /customers takes it."""
    return {"email": person.email, "password": password, "name": person.name, "language": person.language}
